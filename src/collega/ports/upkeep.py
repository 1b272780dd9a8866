"""What looking after a site records: files that go, studies that never came, times without AI."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from collega.model.app import Manifest
from collega.model.coverage import Here, Round, Sighting
from collega.model.keeping import Kept, Removal, StudyFacts
from collega.model.outage import MessageSigns, Notice, NoticeState, Outage, Signs


class Keeping(Protocol):
    """What retention asks and records; part of a `Store` transaction."""

    async def facts_after(self, kind: Kept, after: tuple[datetime, str] | None, limit: int) -> Sequence[StudyFacts]:
        """List studies that have files of a kind, after a place in the order of (last object, key)."""
        ...

    async def facts_of(self, kind: Kept, study_key: str) -> StudyFacts | None:
        """Lock a study and read its facts."""
        ...

    async def studies_of_jobs(self, job_keys: Sequence[str]) -> Mapping[str, str]:
        """Tell to which study each job belongs; a job that is not known is left out."""
        ...

    async def old_quarantine(self, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """List key and path of what was set apart before then and is kept for no open case."""
        ...

    async def mark_removed(self, kind: Kept, facts: StudyFacts, length: timedelta, at: datetime) -> Removal:
        """Say that files of a study are removed; the files themselves go after this has committed."""
        ...

    async def mark_quarantine_removed(self, key: str, size: int, length: timedelta, at: datetime) -> Removal:
        """Say that a file that was set apart is removed."""
        ...

    async def open_removals(self, limit: int) -> Sequence[Removal]:
        """List decisions whose files may still be there, oldest first."""
        ...

    async def begin_removal(self, key: str) -> Removal | None:
        """Lock a decision and its study while the files go; None where they are gone."""
        ...

    async def end_removal(self, key: str, at: datetime) -> None:
        """Note that the files are gone."""
        ...

    async def restore_instance(self, sop_instance_uid: str, study_key: str) -> None:
        """Note that a removed object has come again."""
        ...

    async def hold_study(self, study_key: str, reason: str, actor: str, at: datetime) -> None:
        """Keep a study whatever the rule says, until it is released."""
        ...

    async def release_study(self, study_key: str, at: datetime) -> int:
        """End every hold of a study; returns how many there were."""
        ...


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

    async def here(self, study_instance_uids: Collection[str], counted: Collection[str] = ()) -> Mapping[str, Here]:
        """Tell what collega has of studies, by UID; those of which it has nothing are left out.

        Objects are counted by series for the ``counted`` studies alone.
        """
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

    async def message_signs(
        self, destinations: Sequence[str], zone: ZoneInfo, at: datetime, *, silent: timedelta | None
    ) -> MessageSigns:
        """Gather what bears on messages from and to others; senders only where a silence counts."""
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
