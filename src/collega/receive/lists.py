"""Lists of objects that others have named, and how many of each are still to come."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from collega.model.evidence import Evidence, EvidenceKind

# A procedure step that has ended does not begin again, in whatever order the two words reach us.
ENDED_STEPS = frozenset({EvidenceKind.MPPS_COMPLETED, EvidenceKind.MPPS_DISCONTINUED})
NAMING = ENDED_STEPS | {EvidenceKind.INSTANCES_AVAILABLE, EvidenceKind.COMMITMENT_ASKED}


@dataclass(slots=True)
class NamedList:
    """One list: what it names, what of it is still to come.

    ``is_current``: one of its objects came with the present revision; a list of which none did was
    about an earlier one. ``is_spent``: it has completed the study once already.
    """

    evidence: Evidence
    named: int
    pending: set[str]
    series_of: dict[str, str]
    is_current: bool = False
    is_spent: bool = False
    pending_in: dict[str, int] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether it names something and all of that is here."""
        return self.named > 0 and not self.pending

    @property
    def counts(self) -> bool:
        """Whether it may say something of the present revision."""
        return self.is_current and not self.is_spent

    def covers(self, series_instance_uid: str) -> bool:
        """Whether all that it names of a series is here, and it names something of it."""
        return self.pending_in.get(series_instance_uid, 1) == 0

    def here(self, uid: str, *, is_current: bool) -> bool:
        """Note that an object is here; true where nothing more is to come, of the list or of its series."""
        self.is_current = self.is_current or is_current
        if uid not in self.pending:
            return False
        self.pending.discard(uid)
        series = self.series_of[uid]
        self.pending_in[series] -= 1
        return not self.pending or not self.pending_in[series]


class Lists:
    """All that was said of one study.

    Attributes
    ----------
    named : list of NamedList
    open_steps : set of str
        Procedure steps in progress, by their SOP Instance UID.
    counts : list of Evidence
        Readings of the PACS, oldest first.
    spent : set of Evidence
        Lists that have completed the study once already.
    """

    def __init__(self) -> None:
        self.named: list[NamedList] = []
        self.open_steps: set[str] = set()
        self.counts: list[Evidence] = []
        self.spent: set[Evidence] = set()
        self._heard: set[Evidence] = set()
        self._ended_steps: set[str] = set()
        self._waiting: dict[str, list[NamedList]] = defaultdict(list)

    def hear(self, evidence: Evidence, here: dict[str, bool]) -> None:
        """Take in one word; the same word twice counts once.

        Parameters
        ----------
        here : dict
            Objects that are here; true: of the present revision.
        """
        if evidence in self._heard:
            return
        self._heard.add(evidence)
        if evidence.kind is EvidenceKind.PACS_COUNT:
            self.counts = sorted([*self.counts, evidence], key=lambda item: item.at)
        if evidence.kind in ENDED_STEPS:
            self._ended_steps.add(evidence.reference)
            self.open_steps.discard(evidence.reference)
        if evidence.kind is EvidenceKind.MPPS_IN_PROGRESS and evidence.reference not in self._ended_steps:
            self.open_steps.add(evidence.reference)
        if evidence.kind in NAMING:
            self._expect(_named_list(evidence), here)

    def arrived(self, uid: str, *, is_current: bool) -> bool:
        """Note an object; true where nothing more is to come of some list, or of a series in it."""
        waiting = self._waiting.pop(uid, None)
        return waiting is not None and sum(one.here(uid, is_current=is_current) for one in waiting) > 0

    @property
    def steps(self) -> int:
        """Procedure steps of which anything was heard."""
        return len(self.open_steps | self._ended_steps)

    def of(self, kinds: Collection[EvidenceKind]) -> Iterator[NamedList]:
        """Give the lists of some kinds that name something."""
        return (one for one in self.named if one.evidence.kind in kinds and one.named)

    def whole(self) -> set[Evidence]:
        """Give the lists of which nothing more is to come: they have had their say once the study is complete."""
        return {one.evidence for one in self.named if one.is_whole}

    def _expect(self, one: NamedList, here: dict[str, bool]) -> None:
        one.is_spent = one.evidence in self.spent
        self.named.append(one)
        for uid in list(one.series_of):
            if uid in here:
                one.here(uid, is_current=here[uid])
            else:
                self._waiting[uid].append(one)


def _named_list(evidence: Evidence) -> NamedList:
    series_of = {uid: said.series_instance_uid for said in evidence.series for uid in said.sop_instance_uids}
    pending_in: dict[str, int] = defaultdict(int)
    for series in series_of.values():
        pending_in[series] += 1
    return NamedList(
        evidence=evidence,
        named=len(series_of),
        pending=set(series_of),
        series_of=series_of,
        pending_in=dict(pending_in),
    )
