"""What an app needs of the series that it accepts, held against images: before a study is complete, and after."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache

from collega.model.app import Manifest, Needs
from collega.model.stack import is_gap_free, slice_place
from collega.model.study import Attribute, Instance, InstanceHeader
from collega.route.rules import IMAGE_RULES, fulfils

# Sets of values that are remembered: the series that come in at one time, some of them with several.
MOST_ALIKE = 256


def takers(apps: Mapping[str, Manifest]) -> Callable[[InstanceHeader], Collection[str]]:
    """Make what says which apps take an image, of those that say what they need and so can start early."""
    asked = Askers({})

    def takes_image(header: InstanceHeader) -> Collection[str]:
        nonlocal asked
        if (present := dict(apps.items())) != asked.apps:
            asked = Askers(present)
        return asked.of(header)

    return takes_image


class Askers:
    """The apps that say what they need; images that are alike in all that their rules read are asked about once.

    Parameters
    ----------
    apps : mapping
        They do not change any more.
    """

    def __init__(self, apps: Mapping[str, Manifest]) -> None:
        self.apps = apps
        self._needing = {app_id: manifest for app_id, manifest in apps.items() if manifest.needs is not None}
        keys = {key for manifest in self._needing.values() for key in manifest.accepts}
        self._read = tuple({rule.attribute for key, rule in IMAGE_RULES.items() if key in keys})
        self._takers = lru_cache(maxsize=MOST_ALIKE)(self._ask)

    def of(self, header: InstanceHeader) -> Collection[str]:
        """Give the apps that take an image."""
        return self._takers(tuple(map(header.value, self._read)))

    def _ask(self, values: tuple[Attribute, ...]) -> Collection[str]:
        value = dict(zip(self._read, values, strict=True)).get
        return tuple(app_id for app_id, manifest in self._needing.items() if takes(manifest, value))


def takes(manifest: Manifest, value: Callable[[str], Attribute]) -> bool:
    """Whether an image fulfils each rule of an app that is about single images; ``value`` reads an attribute of it."""
    return all(
        fulfils(rule, manifest.accepts[key], value(rule.attribute))
        for key, rule in IMAGE_RULES.items()
        if key in manifest.accepts
    )


def fitting_series(images: Sequence[Instance], needs: Needs) -> list[str]:
    """Give the series that are as an app needs them; none where too few are."""
    series: dict[str, list[InstanceHeader]] = defaultdict(list)
    for item in images:
        series[item.header.series_instance_uid].append(item.header)
    found = [uid for uid, headers in series.items() if _fits(headers, needs)]
    return found if len(found) >= needs.series else []


def _fits(headers: Sequence[InstanceHeader], needs: Needs) -> bool:
    if sum(header.slices for header in headers) < needs.minimum_slices:
        return False
    is_single = len(headers) == 1 and headers[0].slices > 1  # the frames of one object are a stack by themselves
    places = [slice_place(header.attributes) for header in headers]
    return not needs.contiguous or is_single or is_gap_free(places, needs.largest_gap_mm)
