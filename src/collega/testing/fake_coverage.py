"""Rounds and sightings in memory, and a PACS that is asked for its studies."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from collega.errors import PeerError
from collega.model.coverage import OPEN_SIGHTINGS, Here, Moved, PacsCount, PacsSeries, PacsStudy, Round, Sighting
from collega.model.job import JobState
from collega.model.study import StudyState
from collega.testing.fake_arrivals import FakeArrivals


class FakeCoverage(FakeArrivals):
    """See `collega.ports.upkeep.Coverage`."""

    async def lock_coverage(self) -> None:
        """Do nothing: the transactions of this store run one after the other."""

    async def last_round(self) -> Round | None:
        """Read the round that was recorded last."""
        return self._memory.rounds[-1] if self._memory.rounds else None

    async def told_attributes(self, since: datetime) -> frozenset[str]:
        """Gather the attributes that the PACS was seen to fill."""
        return frozenset(name for done in self._memory.rounds if done.at >= since for name in done.told)

    async def add_round(self, done: Round) -> None:
        """Record a round."""
        self._memory.rounds.append(done)

    async def note_fetched(self) -> None:
        """Count one fetched study with the last round."""
        self._memory.rounds[-1] = replace(self._memory.rounds[-1], fetched=self._memory.rounds[-1].fetched + 1)

    async def here(self, study_instance_uids: Collection[str], counted: Collection[str] = ()) -> Mapping[str, Here]:
        """Tell what collega has of studies."""
        found = {}
        for study in self._memory.studies.values():
            if study.study_instance_uid not in study_instance_uids:
                continue
            stored = [item for item in self._memory.instances.values() if item.study_key == study.key]
            series = [item.header.series_instance_uid for item in stored if study.study_instance_uid in counted]
            jobs = [job for job in self._memory.jobs.values() if job.study_key == study.key]
            found[study.study_instance_uid] = Here(
                study_instance_uid=study.study_instance_uid,
                routed=study.state is StudyState.ROUTED,
                last_received_at=study.last_received_at,
                apps=frozenset(job.app_id for job in jobs if job.state is not JobState.SUPERSEDED),
                series={uid: series.count(uid) for uid in series},
            )
        return found

    async def count_received(self, first_day: str, last_day: str) -> int:
        """Count the received studies of some days."""
        return sum(first_day <= study.study_date <= last_day for study in self._memory.studies.values())

    async def sightings(self, study_instance_uids: Collection[str]) -> Mapping[str, Sighting]:
        """Read the sightings of studies, and all open ones."""
        return {
            uid: item
            for uid, item in self._memory.sightings.items()
            if uid in study_instance_uids or item.state in OPEN_SIGHTINGS
        }

    async def save_sighting(self, sighting: Sighting) -> None:
        """Record how a study was found; when it was first seen does not change."""
        before = self._memory.sightings.get(sighting.study_instance_uid, sighting)
        self._memory.sightings[sighting.study_instance_uid] = replace(sighting, first_seen_at=before.first_seen_at)


class FakeQuery:
    """A PACS that says what it has; see `collega.ports.peers.PacsQuery`.

    Attributes
    ----------
    away : bool
        No association can be had.
    kept : dict
        Studies and their series by study UID.
    moved : list
        Study UIDs that it was asked to send, repetitions included.
    problem : str
        What is wrong with each C-MOVE; empty where nothing is.
    sends : callable
        Called in the place of sending.
    """

    def __init__(self) -> None:
        self.away = False
        self.kept: dict[str, tuple[PacsStudy, Sequence[PacsSeries]]] = {}
        self.moved: list[str] = []
        self.problem = ""
        self.sends: Callable[[], None] = lambda: None

    def studies(self, first: date, last: date) -> Sequence[PacsStudy]:
        """List the studies of some days."""
        self._check()
        days = (f"{first:%Y%m%d}", f"{last:%Y%m%d}")
        return [study for study, _ in self.kept.values() if days[0] <= study.study_date <= days[1]]

    def series(self, study_instance_uids: Sequence[str]) -> Mapping[str, Sequence[PacsSeries]]:
        """List the series of studies."""
        self._check()
        return {uid: self.kept[uid][1] for uid in study_instance_uids if uid in self.kept}

    def counts(self, study_instance_uids: Sequence[str]) -> Mapping[str, PacsCount]:
        """Count the objects of studies; its series have images alone."""
        self._check()
        found = {uid: self.kept[uid] for uid in study_instance_uids if uid in self.kept}
        return {uid: _count(study, series) for uid, (study, series) in found.items()}

    def move(self, study_instance_uid: str, destination: str) -> Moved:  # noqa: ARG002
        """Note what is to be sent."""
        self._check()
        self.moved.append(study_instance_uid)
        self.sends()
        return Moved(completed=0 if self.problem else 1, failed=int(bool(self.problem)), problem=self.problem)

    def _check(self) -> None:
        if self.away:
            message = "the PACS does not answer"
            raise PeerError(message)


def _count(study: PacsStudy, series: Sequence[PacsSeries]) -> PacsCount:
    numbers = [item.instances for item in series]
    return PacsCount(
        images={item.series_instance_uid: item.instances for item in series},
        all_series=len(series),
        all_instances=None if None in numbers else sum(number or 0 for number in numbers),
        said_series=len(series),
        said_instances=study.instances,
    )
