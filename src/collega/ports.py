"""The seams of the house: what the pipeline needs from the world, as protocols."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from collega.model.app import Manifest, Stage
from collega.model.delivery import Delivery, DeliveryState, Exchange, ResultObject, SendReport
from collega.model.disk import DiskMark
from collega.model.finding import AppResult, Outcome
from collega.model.host import MachineFacts
from collega.model.job import Attempt, Event, Job, JobState, NextStep
from collega.model.keeping import Kept, Removal, StudyFacts
from collega.model.peer import CommitmentAnswer, Greeting
from collega.model.result import ObjectReference
from collega.model.study import Instance, InstanceHeader, Priority, Study, StudyState
from collega.watch_ports import Coverage, Outages


class Clock(Protocol):
    """Time as the pipeline sees it."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


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

    async def add_instance(self, instance: Instance) -> None:
        """Record an object whose bytes are durable."""
        ...

    async def correct_instance(self, instance: Instance) -> None:
        """Replace header and path of a known object whose pixels are unchanged."""
        ...

    async def touch_study(self, study_key: str, *, revision: int, at: datetime, state: StudyState) -> None:
        """Note that an object came, and the revision and state that follow from it."""
        ...

    async def set_priority(self, study_key: str, priority: Priority, source: str) -> None:
        """Record how soon the requester wants the study read, and who said so."""
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


class Work(Protocol):
    """Jobs, attempts and results; part of a `Store` transaction."""

    async def close_study(self, study_key: str, *, revision: int, before: StudyState, after: StudyState) -> Study:
        """Move a study on; `FencedError` where revision or state have changed meanwhile."""
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


class Transaction(Arrivals, Work, Deliveries, Keeping, Coverage, Outages, Protocol):
    """All that can be done together or not at all."""

    async def study(self, study_key: str, *, lock: bool = False) -> Study | None:
        """Find a study by its key."""
        ...

    async def instances(self, study_key: str) -> Sequence[Instance]:
        """List the stored objects of a study, in the order of their arrival."""
        ...

    async def studies_in(self, state: StudyState) -> Sequence[Study]:
        """Studies in one state, oldest first."""
        ...

    async def stage_of(self, app_id: str, version: str) -> Stage:
        """Stage of an app version at this site."""
        ...

    async def set_stage(self, app_id: str, version: str, stage: Stage, actor: str, reason: str) -> None:
        """Change the stage; who and why are kept."""
        ...

    async def add_event(self, event: Event) -> None:
        """Append one line to the record."""
        ...

    async def add_step(self, step: NextStep) -> None:
        """Order the next step: it exists if and only if this transaction commits."""
        ...


class Store(Protocol):
    """The database."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction: committed at the end of the block, rolled back by an exception."""
        ...


class Archive(Protocol):
    """The folder of studies, app runs and results."""

    def path(self, relative: str) -> Path:
        """Where a kept file is."""
        ...

    def mark(self, relative: str = "studies", size: int = 0) -> DiskMark:
        """Say which mark the disk of a place has passed, or would pass with ``size`` bytes more."""
        ...

    def keep(self, relative: str, content: bytes) -> None:
        """Write a file that is whole and durable on return; `StoreFullError` where there is no room."""
        ...

    def keep_result(self, relative: str, content: bytes) -> None:
        """Write a result object durably; a second call with the same name keeps the first file."""
        ...

    def give(self, relative: str, target: Path) -> None:
        """Let a kept file appear at ``target`` for an app."""
        ...

    def job_folder(self, job_key: str, attempt: int) -> Path:
        """Make the empty folder of one attempt."""
        ...

    def drop_job_folder(self, job_key: str) -> None:
        """Remove what the attempts of a job left behind."""
        ...

    def old_runs(self, before: datetime, limit: int) -> Sequence[str]:
        """List keys of jobs whose attempts left something behind before then."""
        ...

    def size(self, relative: str) -> tuple[int, int]:
        """Count files and bytes at a place; nothing where there is none."""
        ...

    def remove(self, relatives: Collection[str]) -> tuple[int, int]:
        """Remove files; returns how many there were, and their bytes."""
        ...

    def remove_others(self, folder: str, kept: Collection[str]) -> tuple[int, int]:
        """Remove the objects of a folder that are not named; returns files and bytes."""
        ...


class AppRunner(Protocol):
    """Starts an app, isolated, and waits for it."""

    async def run(self, manifest: Manifest, inputs: Path, outputs: Path) -> Attempt:
        """Run once; every way of failing is an `AttemptOutcome`, `TransientError` where it never began."""
        ...


class ResultSink(Protocol):
    """A PACS that takes results."""

    def exchange(self, store: Sequence[tuple[ObjectReference, Path]], ask: Sequence[ObjectReference]) -> Exchange:
        """Send objects, and ask for those and others whether they have arrived, over one association.

        Blocks; call it off the event loop.

        Raises
        ------
        PeerError
            No association could be had.
        """
        ...


class PacsProbe(Protocol):
    """A PACS at the first meeting; every method blocks, and takes an association of its own."""

    def greet(self, sop_classes: Sequence[str]) -> Greeting:
        """Connect, propose each SOP class with each of our transfer syntaxes, send a C-ECHO; a fault is an answer."""
        ...

    def store(self, objects: Sequence[bytes]) -> Sequence[SendReport]:
        """Send whole files; `PeerError` where no association could be had."""
        ...

    def find(self, level: str, keys: Mapping[str, str], asked: Sequence[str]) -> Sequence[Mapping[str, str]] | None:
        """Query by study root; None where the PACS offers or allows no such query, `PeerError` without an answer."""
        ...

    def ask_commitment(
        self, references: Sequence[ObjectReference], *, keep_open_s: float, heard: Callable[[], bool]
    ) -> CommitmentAnswer:
        """Ask to commit, and stay on the association until a report came there, or elsewhere by ``heard``.

        `PeerError` where no association could be had.
        """
        ...


class CommitmentEar(Protocol):
    """Hears the commitment reports that a PACS sends to our port, whoever listens there."""

    def listening(self) -> AbstractContextManager[str]:
        """Listen for the block; yields who listens. `ConfigurationError` where the port cannot be had."""
        ...

    def heard(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the SOP Instance UIDs of the test patient that were reported as committed, and as failed."""
        ...


class Machine(Protocol):
    """The machine that collega runs on."""

    def facts(self, data: Path) -> MachineFacts:
        """Measure it; ``data`` is the data folder, in which a small file is written and removed."""
        ...
