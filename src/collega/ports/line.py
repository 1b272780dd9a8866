"""What the line of a study records: arrivals, work, deliveries; parts of a `Store` transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from collega.model.app import Manifest
from collega.model.delivery import Delivery, DeliveryState, ResultObject
from collega.model.finding import AppResult, Outcome
from collega.model.job import Attempt, Job, JobState
from collega.model.procedure_step import ProcedureStep
from collega.model.study import Instance, InstanceHeader, Priority, Study, StudyState


class Arrivals(Protocol):
    """What the receiver records; part of a `Store` transaction."""

    async def study_by_uid(self, study_instance_uid: str, *, lock: bool = False) -> Study | None:
        """Find a study; ``lock`` holds others off until the transaction ends."""
        ...

    async def instance(self, sop_instance_uid: str) -> Instance | None:
        """Find a stored object of any role."""
        ...

    async def is_own(self, sop_instance_uid: str) -> bool:
        """Tell whether collega itself built the object of that UID."""
        ...

    async def add_study(self, header: InstanceHeader, key: str, at: datetime) -> Study:
        """Record a study of which a first object has come."""
        ...

    async def known_among(self, sop_instance_uids: Sequence[str]) -> Collection[str]:
        """Say which of these objects are recorded, in whatever study."""
        ...

    async def uids_of(self, study_key: str) -> Collection[str]:
        """SOP Instance UIDs of all objects of a study."""
        ...

    async def add_instances(self, instances: Sequence[Instance]) -> None:
        """Record objects whose bytes are durable."""
        ...

    async def correct_instance(self, instance: Instance) -> None:
        """Replace header and path of a known object whose pixels are unchanged."""
        ...

    async def touch_study(self, study_key: str, *, revision: int, at: datetime, state: StudyState) -> None:
        """Note that an object came, and the revision and state that follow from it."""
        ...

    async def set_priority(self, study_key: str, priority: Priority, source: str) -> None:
        """Record how soon the study is to be read, as images (``dicom``) or orders say it.

        What images say is kept beside what an order says, and does not replace it.
        """
        ...

    async def update_identity(self, study_key: str, header: InstanceHeader, at: datetime) -> None:
        """Take over a corrected description of patient and study."""
        ...

    async def quarantine(  # noqa: PLR0913 - one row, one call
        self,
        *,
        kind: str,
        code: str,
        text: str,
        at: datetime,
        study_instance_uid: str = "",
        sop_instance_uid: str = "",
        job_key: str | None = None,
        path: str = "",
        source: str = "",
    ) -> None:
        """Keep a record of what was set apart, and why."""
        ...


class ProcedureSteps(Protocol):
    """Performed procedure steps of modalities; part of a `Store` transaction."""

    async def procedure_step(self, sop_instance_uid: str) -> ProcedureStep | None:
        """Find a step."""
        ...

    async def save_procedure_step(self, before: ProcedureStep | None, after: ProcedureStep) -> None:
        """Compare with ``before``, None for a new one, then set; `FencedError` where it has changed meanwhile."""
        ...


class Work(Protocol):
    """Jobs, attempts and results; part of a `Store` transaction."""

    async def close_study(self, study_key: str, *, revision: int, before: StudyState, after: StudyState) -> Study:
        """Move a study on; `FencedError` where revision or state have changed meanwhile."""
        ...

    async def raise_revision(self, study: Study) -> Study:
        """Begin another revision of the same images; `FencedError` where the study has moved on meanwhile."""
        ...

    async def add_job(self, study: Study, manifest: Manifest, inputs: Sequence[str], digest: str, at: datetime) -> Job:
        """Queue an app for the present revision of a study."""
        ...

    async def jobs_of(self, study_key: str) -> Sequence[Job]:
        """All jobs of a study, oldest first."""
        ...

    async def job(self, job_key: str) -> Job | None:
        """Find one job."""
        ...

    async def jobs_since(self, app_id: str, since: datetime) -> int:
        """Count the jobs of an app that were queued since then."""
        ...

    async def start_attempt(self, job_key: str, at: datetime) -> Job:
        """Take a queued or orphaned job; `FencedError` where it is past that."""
        ...

    async def end_attempt(self, job: Job, attempt: Attempt, at: datetime, after: JobState) -> None:
        """Close the attempt that ``job`` names; `FencedError` where another has begun."""
        ...

    async def failures(self, job_key: str) -> Sequence[Attempt]:
        """List the attempts of a job that ended without an answer, oldest first; lost ones not counted."""
        ...

    async def last_attempt(self, job_key: str) -> Attempt | None:
        """How the latest ended attempt went."""
        ...

    async def move_job(  # noqa: PLR0913 - the compare-and-set of one row
        self,
        job: Job,
        *,
        after: JobState,
        at: datetime,
        outcome: Outcome | None = None,
        reason_code: str = "",
        reason: str = "",
    ) -> None:
        """Compare state and attempt with ``job``, then set; `FencedError` where they differ."""
        ...

    async def supersede(self, job_key: str, at: datetime) -> None:
        """Put aside a job whose input has changed, whatever its state."""
        ...

    async def add_result(self, job: Job, result: AppResult, at: datetime) -> None:
        """Keep an app's checked answer."""
        ...

    async def result_of(self, job_key: str) -> AppResult | None:
        """Read a kept answer."""
        ...


class Deliveries(Protocol):
    """Result objects and their way to each PACS; part of a `Store` transaction."""

    async def add_object(self, result_object: ResultObject, pacs: str, at: datetime) -> None:
        """Record a built object and plan its delivery."""
        ...

    async def objects_of(self, study_key: str) -> Sequence[ResultObject]:
        """Every object built for a study, oldest first."""
        ...

    async def object_of(self, sop_instance_uid: str) -> ResultObject | None:
        """Find a built object."""
        ...

    async def mark_committed(self, sop_instance_uids: Sequence[str], at: datetime) -> Sequence[str]:
        """Note a storage commitment; returns the keys of the studies that it concerns."""
        ...

    async def deliveries_with(self, sop_instance_uids: Sequence[str]) -> Sequence[Delivery]:
        """Every delivery of these objects, oldest first."""
        ...

    async def deliveries_of(self, study_key: str) -> Sequence[Delivery]:
        """Every delivery of a study's objects, oldest first."""
        ...

    async def due(self, pacs: str, at: datetime, limit: int) -> Sequence[Delivery]:
        """Deliveries that want attention now, oldest first."""
        ...

    async def set_delivery(  # noqa: PLR0913 - the compare-and-set of one row
        self,
        delivery: Delivery,
        *,
        state: DeliveryState,
        at: datetime,
        next_at: datetime | None,
        detail: str,
        sent: bool = False,
        asked: bool = False,
    ) -> None:
        """Move one delivery on; `FencedError` where it has moved meanwhile."""
        ...

    async def adopt(self, pacs: str, at: datetime) -> int:
        """Let ``pacs`` take over what waits to be sent to a PACS of another name; returns how many.

        The settings name one PACS: what was planned under its former AE title must not be stranded.
        """
        ...

    async def next_due(self, pacs: str) -> datetime | None:
        """When the next delivery wants attention, None where nothing is open."""
        ...

    async def link(self, pacs: str) -> tuple[int, datetime | None]:
        """Consecutive failures to reach a PACS, and not before when to try again."""
        ...

    async def set_link(self, pacs: str, failures: int, not_before: datetime | None) -> None:
        """Record reachability of a PACS."""
        ...
