"""What an app needs of the series that it accepts, held against images: before a study is complete, and after."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence

from collega.model.app import Manifest, Needs
from collega.model.stack import is_gap_free, slice_place
from collega.model.study import Instance, InstanceHeader
from collega.route.rules import IMAGE_RULES, fulfils


def takers(apps: Mapping[str, Manifest]) -> Callable[[InstanceHeader], Collection[str]]:
    """Make what says which apps take an image, of those that say what they need and so can start early."""
    return lambda header: [
        app_id for app_id, manifest in apps.items() if manifest.needs is not None and takes(manifest, header)
    ]


def takes(manifest: Manifest, header: InstanceHeader) -> bool:
    """Whether an image fulfils each rule of an app that is about single images."""
    return all(
        fulfils(rule, manifest.accepts[key], header.value(rule.attribute))
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
