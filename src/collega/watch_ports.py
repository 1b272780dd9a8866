"""Seams of what is watched beside the line: what never arrived, and what is out. `collega.ports` holds the others."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from collega.model.app import Manifest
from collega.model.coverage import Here, Moved, PacsSeries, PacsStudy, Round, Sighting
from collega.model.outage import Notice, NoticeState, Outage, Signs


class Coverage(Protocol):
    """What the PACS has and collega may lack; part of a `Store` transaction."""

    async def lock_coverage(self) -> None:
        """Hold off others who would record a round, until the transaction ends."""
        ...

    async def last_round(self) -> Round | None:
        """Read the round that was recorded last."""
        ...

    async def told_attributes(self, since: datetime) -> frozenset[str]:
        """Attributes that the PACS was seen to fill in the rounds since then."""
        ...

    async def add_round(self, done: Round) -> None:
        """Record a round, answered or not."""
        ...

    async def here(self, study_instance_uids: Collection[str]) -> Mapping[str, Here]:
        """Tell what collega has of studies, by UID; those of which it has nothing are left out."""
        ...

    async def count_received(self, first_day: str, last_day: str) -> int:
        """Count the received studies of some days, as DICOM writes them, both included."""
        ...

    async def sightings(self, study_instance_uids: Collection[str]) -> Mapping[str, Sighting]:
        """Sightings of these studies and all open ones, by study UID."""
        ...

    async def save_sighting(self, sighting: Sighting) -> None:
        """Record how a study was found, in the place of what was recorded before."""
        ...

    async def note_fetched(self) -> None:
        """Count one fetched study with the last round."""
        ...


class Outages(Protocol):
    """Times when AI is not available, and the notices of them; part of a `Store` transaction."""

    async def signs(self, apps: Sequence[Manifest], pacs: str) -> Signs:
        """Gather what bears on whether AI is available."""
        ...

    async def open_outages(self) -> Sequence[Outage]:
        """Outages that have not ended."""
        ...

    async def save_outage(self, before: Outage | None, after: Outage) -> Outage | None:
        """Compare with ``before``, then set; None where somebody else was quicker."""
        ...

    async def claim_waiting_studies(self, before: datetime) -> Sequence[tuple[str, int]]:
        """Studies, key and revision, that wait for an app declared unavailable; each job is given once an outage.

        An app that fails ends each of its jobs by itself: of those, only the jobs ordered ``before`` are given.
        """
        ...

    async def late_jobs(self, outage: Outage) -> tuple[int, int]:
        """Count the jobs that waited in an outage of an app, and those of them that still do."""
        ...

    async def add_notice(self, notice: Notice) -> None:
        """Plan a notice, once for each outage, kind and channel."""
        ...

    async def drop_notices(self, outage_key: str) -> frozenset[str]:
        """Give up the unsent notices of an outage; returns the channels on which none was ever tried."""
        ...

    async def take_notices(self, at: datetime, lease: timedelta) -> Sequence[Notice]:
        """Take the notices that are due for oneself, for as long as the lease."""
        ...

    async def set_notice(
        self, notice: Notice, state: NoticeState, at: datetime, next_at: datetime | None, detail: str
    ) -> None:
        """Record how sending went; nothing where another has taken the notice meanwhile."""
        ...


class PacsQuery(Protocol):
    """A PACS that says what it has; each call blocks, so call it off the event loop.

    Every call raises `PeerError` where the PACS cannot be reached or gives no whole answer.
    """

    def studies(self, first: date, last: date) -> Sequence[PacsStudy]:
        """List the studies of some days, both included."""
        ...

    def series(self, study_instance_uids: Sequence[str]) -> Mapping[str, Sequence[PacsSeries]]:
        """List the series with images of studies; a study for which none are named is left out."""
        ...

    def move(self, study_instance_uid: str, destination: str) -> Moved:
        """Have a study sent to an AE title."""
        ...


class Notifier(Protocol):
    """The ways out of the house by which people are told: mail and web hooks."""

    def send(self, notice: Notice) -> None:
        """Send one notice on its channel; blocks, so call it off the event loop.

        Raises
        ------
        PeerError
            It did not go out.
        """
        ...
