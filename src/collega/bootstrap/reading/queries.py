"""What commands and pages ask of a site, and the few things that they change."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from collega.adapters.files.archive import FileArchive
from collega.adapters.postgres import trust, views
from collega.adapters.postgres.board import changes
from collega.adapters.postgres.figures import Ledger
from collega.adapters.postgres.outage_views import availability
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.links.messages import listens, messages_account
from collega.bootstrap.reading.board import BoardContext, Part, board_context, entries
from collega.bootstrap.reading.kept_board import KeptBoard
from collega.bootstrap.reading.reader_account import for_readers
from collega.bootstrap.reading.together import study_account as account_of
from collega.bootstrap.reading.trusting import rights
from collega.bootstrap.site import catalogue, disk_marks, policy
from collega.bootstrap.trusted import trusted
from collega.bootstrap.upkeep import disk
from collega.bootstrap.upkeep.repository import syslog_peer
from collega.config import Settings
from collega.errors import InputError
from collega.model.audit import AuditEntry
from collega.model.figures import Figures
from collega.model.job import FINAL_JOB_STATES, Event, Job, JobState, NextStep, run_step
from collega.model.study import Priority
from collega.model.trust import in_force
from collega.read.kept_words import KeptWords
from collega.read.shown import Reader, shown
from collega.route.dispatch import decide

T = TypeVar("T")

RETRIABLE = frozenset({JobState.DONE, JobState.DISCARDED})
DISCARDABLE = frozenset(JobState) - FINAL_JOB_STATES


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteViews:
    """The questions that web pages ask, each in a transaction of its own."""

    store: PostgresStore
    context: BoardContext
    archive: FileArchive
    board: KeptBoard
    words: KeptWords = field(default_factory=KeptWords)
    language: str = "nl"
    ledger: Ledger = field(default_factory=Ledger)
    has_links: bool = False

    async def health(self) -> dict[str, bool]:
        """Tell which parts are alive."""
        return await self._ask(partial(views.health, links=self.has_links))

    async def disk(self) -> dict[str, Any]:
        """Tell which mark the disk has passed, where, and how much is left."""
        mark, folder = disk.worst(self.archive)
        return {"mark": mark, "folder": folder, "free_mb": self.archive.room(folder).free >> 20}

    async def figures(self) -> Figures:
        """Give the figures of this moment for a monitor."""
        found = await self._ask(self.ledger.read)
        return replace(found, values={**found.values, **disk.figures(self.archive)})

    async def worklist(self, language: str, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
        """Studies in the order of reading, with what a reader may see of their apps."""
        reader = Reader(language=language, zone=self.context.zone, now=datetime.now(UTC))
        return self.words.of(await self.board.entries(reader.now, Part(limit=limit, offset=offset)), reader)

    async def outages(self) -> Sequence[dict[str, Any]]:
        """Give the apps, and the parts of collega, that were declared unavailable and are not back."""
        rows = await self._ask(lambda transaction: availability(transaction, datetime.now(UTC)))
        return [
            {
                "app": row["name"] or f"collega ({row['part']})",
                "since": row["down_since"],
                "reason": "",
                "part": row["part"],
                "cause": row["cause"],
            }
            for row in rows
        ]

    async def note_reading(self, study_instance_uid: str, kind: str, at: datetime, by: str) -> bool:
        """Record that a study was opened or signed; False where it was never received."""
        async with self.store.transaction() as transaction:
            study = await transaction.study_by_uid(study_instance_uid)
            if study is None:
                return False
            await transaction.add_event(Event(kind=kind, at=at, study_key=study.key, actor=by))
        return True

    def listening(self) -> AbstractAsyncContextManager[AsyncIterator[tuple[int, str] | None]]:
        """Hear of (event key, study key); None says that the database is still there."""
        return self.board.listening()

    async def changed_since(self, event_key: int, most: int) -> list[tuple[int, str]]:
        """List the studies about which something was recorded since an event, and somewhat before."""
        rows = await self._ask(lambda transaction: changes(transaction, event_key, most))
        return [(row["event_key"], row["study_key"]) for row in rows]

    async def study(self, study_instance_uid: str) -> dict[str, Any] | None:
        """Tell what is known of a study, without the word of an app that readers do not hear."""
        async with self.store.transaction() as transaction:
            trust = await trusted(transaction, self.context.catalogue, self.context.default_stage)
            account = await account_of(
                transaction, self.context.catalogue, self.language, study_instance_uid, readers=trust
            )
        return for_readers(account, trust) if account else None

    async def _ask(self, question: Callable[[PostgresTransaction], Awaitable[T]]) -> T:
        async with self.store.transaction() as transaction:
            return await question(transaction)


async def worklist_rows(transaction: PostgresTransaction, settings: Settings, limit: int) -> list[dict[str, Any]]:
    """List studies in the order of reading with every app, those too that no reader sees yet."""
    context = board_context(settings)
    reader = Reader(language=settings.site.language, zone=context.zone, now=datetime.now(UTC))
    found = await entries(transaction, context, reader.now, Part(limit=limit, all_stages=True))
    return [shown(entry, reader) for entry in found]


def site_views(settings: Settings, store: PostgresStore) -> SiteViews:
    """Make what web pages ask."""
    context = board_context(settings)
    return SiteViews(
        store=store,
        context=context,
        board=KeptBoard(store, context),
        archive=FileArchive(settings.data, disk_marks(settings)),
        language=settings.site.language,
        ledger=Ledger(links=listens(settings), repository=peer.name if (peer := syslog_peer(settings)) else ""),
        has_links=listens(settings),
    )


async def study_account(
    transaction: PostgresTransaction, settings: Settings, study_instance_uid: str, *, text: bool = False
) -> dict[str, Any] | None:
    """Tell all that is known of a study, with the words of its report where asked; None where it never came."""
    account = await account_of(transaction, catalogue(settings), settings.site.language, study_instance_uid)
    study = await transaction.study_by_uid(study_instance_uid) if text else None
    return {**account, **await messages_account(transaction, study, text=True)} if account and study else account


async def explain_route(
    transaction: PostgresTransaction, settings: Settings, study_instance_uid: str
) -> list[dict[str, Any]] | None:
    """Hold a study against every app, as things stand now."""
    study = await transaction.study_by_uid(study_instance_uid)
    if study is None:
        return None
    instances = await transaction.instances(study.key)
    decisions = [
        await decide(transaction, study, instances, manifest, policy(settings), datetime.now(UTC))
        for manifest in catalogue(settings).values()
    ]
    return [
        {
            "app": found.app_id,
            "version": found.app_version,
            "stage": found.stage,
            "accepted": found.accepted,
            "images": len(found.inputs),
            "reasons": list(found.reasons),
        }
        for found in decisions
    ]


async def list_apps(transaction: PostgresTransaction, settings: Settings) -> list[dict[str, Any]]:
    """List the installed apps with their stage, and the folders that cannot be read with what is wrong."""
    apps = catalogue(settings)
    return [
        {
            "id": manifest.id,
            "version": manifest.version,
            "stage": await transaction.stage_of(manifest.id, manifest.version),
            "way": manifest.use.way,
            "may": rights(in_force(await transaction.decisions_of(manifest.id, manifest.version)).within(manifest.use)),
            "runtime": manifest.run.runtime,
            "clinical_use": manifest.clinical_use,
            "name": manifest.name.in_language(settings.site.language),
            "purpose": manifest.purpose.in_language(settings.site.language),
            "folder": str(manifest.folder),
            "problems": [],
        }
        for manifest in apps.values()
    ] + [_unreadable(folder, problem) for folder, problem in apps.problems.items()]


def _unreadable(folder: Path, problem: str) -> dict[str, Any]:
    told = dict.fromkeys(("id", "version", "stage", "way", "may", "runtime", "clinical_use", "name", "purpose"))
    return {**told, "folder": str(folder), "problems": problem.splitlines()}


app_history = trust.history


async def list_jobs(transaction: PostgresTransaction, limit: int) -> list[dict[str, Any]]:
    """List the latest jobs."""
    return [{**row, "job_key": str(row["job_key"])} for row in await transaction.jobs(limit)]


async def retry_job(transaction: PostgresTransaction, job_key: str, actor: str) -> None:
    """Queue a job again from its start."""
    job = await _find(transaction, job_key)
    if job.state not in RETRIABLE:
        message = f"{job_key} is {job.state}: only a job that is done or discarded can be tried again"
        raise InputError(message)
    await check_images(transaction, job)
    await transaction.forget_result(job)
    await transaction.move_job(job, after=JobState.QUEUED, at=datetime.now(UTC))
    study = await transaction.study(job.study_key)
    await transaction.add_step(run_step(job.key, study.priority if study else Priority.UNKNOWN))
    await _note(transaction, job, "retried", actor)


async def check_images(transaction: PostgresTransaction, job: Job) -> None:
    """Refuse a job whose images were removed; the lock keeps retention from removing them meanwhile."""
    await transaction.study(job.study_key, lock=True)
    gone = [
        item
        for item in await transaction.instances(job.study_key)
        if item.removed_at and item.header.sop_instance_uid in job.inputs
    ]
    if gone:
        message = f"{job.key}: {len(gone)} of its images were removed by rule; send the study again, then retry"
        nl = f"{len(gone)} van de beelden zijn volgens een regel verwijderd; stuur het onderzoek opnieuw"
        raise InputError(message, nl=nl)


async def discard_job(transaction: PostgresTransaction, job_key: str, actor: str) -> None:
    """Put a job aside; the status page of its study is made without it."""
    job = await _find(transaction, job_key)
    if job.state not in DISCARDABLE:
        message = f"{job_key} is {job.state}: there is nothing to discard"
        raise InputError(message)
    await transaction.move_job(job, after=JobState.DISCARDED, at=datetime.now(UTC))
    arguments: dict[str, str | int] = {"study_key": job.study_key, "revision": job.revision}
    await transaction.add_step(NextStep(step="page", arguments=arguments))
    await _note(transaction, job, "discarded", actor)


async def _find(transaction: PostgresTransaction, job_key: str) -> Job:
    job = await transaction.job_named(job_key)
    if job is None:
        message = f"{job_key}: no such job; see `collega jobs list`"
        raise InputError(message)
    return job


async def _note(transaction: PostgresTransaction, job: Job, kind: str, actor: str) -> None:
    now = datetime.now(UTC)
    await transaction.add_event(
        Event(kind=kind, at=now, study_key=job.study_key, job_key=job.key, actor=actor, payload={"app": job.app_id})
    )
    entry = AuditEntry(event=f"job {kind}", responsible=actor, study_key=job.study_key, payload={"job": job.key})
    await transaction.add_audit(entry)
