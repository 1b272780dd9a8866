"""Studies kept in the order of reading: what changes is put into its place, the others stay where they are."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from types import MappingProxyType

from collega.read.worklist import Candidate, in_view, sort_key


class KeptOrder:
    """The same order as `collega.read.worklist.in_order` gives, without sorting thousands for one that has changed.

    Parameters
    ----------
    studies : iterable of Candidate
        What it begins with.
    """

    def __init__(self, studies: Iterable[Candidate] = ()) -> None:
        self._studies = {study.key: study for study in studies}
        self._order = sorted(sort_key(study) for study in self._studies.values())

    def put(self, key: str, study: Candidate | None) -> None:
        """Put a study where it belongs now; None takes it away."""
        before = self._studies.pop(key, None)
        if before is not None:
            del self._order[bisect_left(self._order, sort_key(before))]
        if study is not None:
            self._studies[key] = study
            insort(self._order, sort_key(study))

    def part(self, now: datetime, keep_signed: timedelta, limit: int, offset: int = 0) -> list[Candidate]:
        """Give those that stand on the board at ``now``, the first to be read first."""
        ordered = (self._studies[key] for *_, key in self._order)
        first = min(offset, len(self._order))  # whatever number was asked for
        return list(islice((study for study in ordered if in_view(study, now, keep_signed)), first, first + limit))

    @property
    def studies(self) -> Mapping[str, Candidate]:
        """All of them, by key."""
        return MappingProxyType(self._studies)

    def differing(self, other: "KeptOrder") -> set[str]:
        """Name the studies that are not the same in another one."""
        mine, theirs = self.studies, other.studies
        return {key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key)}
