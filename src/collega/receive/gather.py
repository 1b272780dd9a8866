"""What has come of one study so far, kept so that each arrival costs the same however many came before."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from collega.model.app import Manifest, Needs
from collega.model.stack import Stack
from collega.model.study import InstanceHeader, Role
from collega.receive.lists import Lists


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """What apps wait for: those that say what they need, by id, and which of them take an image."""

    apps: Mapping[str, Manifest] = field(default_factory=dict)
    takes: Callable[[InstanceHeader], Collection[str]] = lambda _: ()

    @property
    def needs(self) -> Mapping[str, Needs]:
        """The needs of each app that has any."""
        return {app_id: manifest.needs for app_id, manifest in self.apps.items() if manifest.needs is not None}


@dataclass(slots=True)
class SeriesHere:
    """One series as it is here.

    ``carried``: objects by the association that brought them; ``busy``: associations that are at it;
    ``live``: those that have brought some and not ended.
    ``is_current``: at least one object belongs to the present revision. ``returned_to``: an
    association came back to it after another series, so that going on proves nothing. ``is_broken``:
    the last association that brought it was not released by its sender.
    """

    uid: str
    objects: int = 0
    is_current: bool = False
    returned_to: bool = False
    is_broken: bool = False
    carried: Counter[str] = field(default_factory=Counter)
    busy: set[str] = field(default_factory=set)
    live: set[str] = field(default_factory=set)
    in_acquisition: dict[float | None, int] = field(default_factory=Counter)
    stated: dict[float | None, float] = field(default_factory=dict)
    is_stated: bool = True
    stacks: dict[str, Stack] = field(default_factory=lambda: defaultdict(Stack))
    frames: Counter[str] = field(default_factory=Counter)

    @property
    def acquisition_full(self) -> bool:
        """Whether each acquisition has as many images here as each of them states (0020,1002)."""
        return self.is_stated and self.stated == self.in_acquisition

    @property
    def carriers_over(self) -> bool:
        """Whether every association that brought it was released or has gone on to something else."""
        return bool(self.carried) and not self.busy and not self.is_broken

    @property
    def carriers_ended(self) -> bool:
        """Whether every association that brought it was released."""
        return bool(self.carried) and not self.live and not self.is_broken

    def is_stack(self, app_id: str, needs: Needs) -> bool:
        """Whether the images that an app takes are enough, and without a gap where that is asked for."""
        if self.frames[app_id] < needs.minimum_slices:
            return False
        stack = self.stacks[app_id]
        is_single = len(stack) == 1 and self.frames[app_id] > 1  # the frames of one object are a stack by themselves
        return not needs.contiguous or is_single or stack.is_gap_free(needs.largest_gap_mm)


# An acquisition of one image states nothing of its series.
LEAST_STATED = 2
ALL = ""  # stands for every image of a series, in the stacks that are kept per app


class Gathering:
    """The picture of one study: its series, who brought them, what was said of it.

    Attributes
    ----------
    here : dict
        SOP Instance UIDs of the objects that are here; true: of the present revision.
    series_of : dict
        The series of each of them.
    started : set of str
        Apps that have started early on the present revision.
    last_at : datetime, optional
        When the last object came.
    """

    def __init__(self, wishes: Wishes) -> None:
        self.wishes = wishes
        self.here: dict[str, bool] = {}
        self.series_of: dict[str, str] = {}
        self._unattributed: set[str] = set()
        self.images = 0
        self.series: dict[str, SeriesHere] = {}
        self.lists = Lists()
        self.started: set[str] = set()
        self.last_at: datetime | None = None

    def add(self, header: InstanceHeader, *, association: str | None, at: datetime, is_current: bool = True) -> bool:
        """Note an object; true where evidence may have become whole by it.

        ``association`` is None for what an earlier process or revision received.
        """
        uid = header.sop_instance_uid
        if uid in self.here:
            return self._attribute(header, association)
        if association is None:
            self._unattributed.add(uid)
        series = header.series_instance_uid
        self.here[uid] = is_current
        self.series_of[uid] = series
        self.last_at = at if self.last_at is None else max(at, self.last_at)
        one = self.series.get(series)
        if one is None:
            one = self.series[series] = SeriesHere(uid=series)
        one.objects += 1
        one.is_current = one.is_current or is_current
        if association is not None:
            _note_carrier(one, association)
        is_whole = self.lists.arrived(uid, is_current=is_current)
        if header.role is not Role.IMAGE:
            return is_whole
        self.images += 1
        _note_acquisition(one, header)
        self._note_slices(one, header)
        return is_whole or one.acquisition_full

    def _attribute(self, header: InstanceHeader, association: str | None) -> bool:
        """Note who brought an object that the store had told of before its arrival was told here."""
        if association is None or header.sop_instance_uid not in self._unattributed:
            return False
        self._unattributed.discard(header.sop_instance_uid)
        _note_carrier(self.series[header.series_instance_uid], association)
        return True

    def _note_slices(self, one: SeriesHere, header: InstanceHeader) -> None:
        slices = header.slices
        for app_id in (ALL, *self.wishes.takes(header)):
            one.stacks[app_id].add(header.attributes)
            one.frames[app_id] += slices

    def moved_on(self, association: str, series_instance_uid: str) -> bool:
        """Note that an association goes on to another series; true where the one that it leaves may be over."""
        one = self.series.get(series_instance_uid)
        if one is not None:
            one.busy.discard(association)
        return one is not None and one.carriers_over and not one.returned_to

    def ended(self, association: str, *, broken: bool = False) -> None:
        """Note that an association is over, by release of its sender or not."""
        for one in self.series.values():
            if association in one.live:
                one.is_broken = broken
            one.busy.discard(association)
            one.live.discard(association)

    def candidates(self, app_id: str) -> list[SeriesHere]:
        """Series that have as many slices as an app needs, of those that it takes."""
        fewest = self.wishes.needs[app_id].minimum_slices
        return [one for one in self.series.values() if one.frames[app_id] >= fewest]


def _note_carrier(one: SeriesHere, association: str) -> None:
    one.returned_to = one.returned_to or (association in one.live and association not in one.busy)
    one.carried[association] += 1
    one.busy.add(association)
    one.live.add(association)


def _note_acquisition(one: SeriesHere, header: InstanceHeader) -> None:
    """Count images per acquisition; one that states no number, another one, or itself alone, spoils the evidence."""
    number, stated = header.attributes.get("acquisition_number"), header.attributes.get("images_in_acquisition")
    key = number if isinstance(number, float) else None
    one.in_acquisition[key] += 1
    if not isinstance(stated, float) or stated < LEAST_STATED or one.stated.setdefault(key, stated) != stated:
        one.is_stated = False
