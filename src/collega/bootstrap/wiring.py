"""Settings in, adapters made, handed to the pipeline."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from collega.adapters.dimse.receiver import DicomReceiver
from collega.adapters.dimse.scu import send_files
from collega.adapters.dimse.sender import PacsAddress, PacsSender
from collega.adapters.files import FileArchive
from collega.adapters.postgres.embedded import EmbeddedPostgres, prepare_data
from collega.adapters.postgres.engine import Engine
from collega.adapters.postgres.migrate import migrate, wait_for_schema
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.adapters.postgres.views import RECEIVER_LOCK
from collega.adapters.process.runner import ProcessRunner
from collega.bootstrap.rights import interpreter_folders, let_pass
from collega.config import Settings
from collega.errors import ConfigurationError
from collega.model.app import Manifest
from collega.model.job import Event
from collega.model.policy import PacsPolicy, Policy, QuietTimes
from collega.pipeline import World, give_up, steps
from collega.receive.reception import Reception
from collega.run.manifest import find_apps

# What commands and pages may do in a transaction, beyond what the steps do.
Asked = PostgresTransaction

_log = structlog.get_logger()


__all__ = ["Asked", "catalogue", "database", "opened_store", "policy", "receive", "send_files", "work"]


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


def catalogue(settings: Settings) -> dict[str, Manifest]:
    """Read the apps of this site: those named in the settings, else those that are shipped."""
    return find_apps(settings.apps or shipped_apps())


def shipped_apps() -> Sequence[Path]:
    """Find the apps that come with collega: in the package, else in the checkout."""
    package = Path(str(resources.files("collega")))
    for folder in (package / "_apps", package.parent.parent / "apps"):
        if folder.is_dir():
            return (folder,)
    return ()


def policy(settings: Settings) -> Policy:
    """Turn settings into what the stages need to know."""
    pacs = settings.pacs
    return Policy(
        zone=ZoneInfo(settings.site.timezone),
        language=settings.site.language,
        quiet=QuietTimes(
            projection_s=settings.receive.quiet_projection_s,
            volume_s=settings.receive.quiet_volume_s,
            other_s=settings.receive.quiet_other_s,
        ),
        max_study_age=timedelta(days=settings.route.max_study_age_days) or None,
        default_stage=settings.default_stage,
        retry_wait=timedelta(seconds=settings.run.retry_wait_s),
        pacs=PacsPolicy(
            name=pacs.aet,
            confirm=pacs.confirm,
            rejection_notes=pacs.rejection_notes,
            retry_first=timedelta(seconds=pacs.retry_first_s),
            retry_most=timedelta(seconds=pacs.retry_most_s),
            resend_after=timedelta(seconds=pacs.resend_after_s),
        )
        if pacs.host
        else None,
    )


@contextlib.contextmanager
def database(settings: Settings, *, migrates: bool) -> Iterator[str]:
    """Hold the database while the block runs, and yield its connection string.

    The embedded server is started where it is down and stopped when its last holder lets go.
    """
    if settings.database.url:
        prepare_data(settings.data)
        _prepare_schema(settings.database.url, migrates=migrates)
        yield settings.database.url
        return
    server = EmbeddedPostgres(settings.data)
    prepare_data(settings.data)
    let_pass([settings.data, server.programs])
    try:
        url = server.start()
        _prepare_schema(url, migrates=migrates)
        yield url
    finally:
        server.stop()


def _prepare_schema(url: str, *, migrates: bool) -> None:
    migrate(url) if migrates else wait_for_schema(url)


@contextlib.asynccontextmanager
async def opened_store(settings: Settings, url: str) -> AsyncIterator[PostgresStore]:
    """Open the store for the block."""
    store = PostgresStore(url, settings.default_stage)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def build_world(settings: Settings, store: PostgresStore) -> tuple[World, ProcessRunner]:
    """Make everything that a worker needs."""
    apps = catalogue(settings)
    preload = [name for manifest in apps.values() for name in manifest.run.preload]
    let_pass(interpreter_folders())
    runner = ProcessRunner(settings.data, preload, allow_unconfined=settings.run.allow_unconfined)
    pacs = settings.pacs
    address = PacsAddress(
        host=pacs.host,
        port=pacs.port,
        aet=pacs.aet,
        calling_aet=settings.dicom.aet,
        timeout_s=pacs.timeout_s,
        confirm=pacs.confirm,
        query_level=pacs.query_level,
    )
    world = World(
        store=store,
        archive=FileArchive(settings.data),
        clock=SystemClock(),
        runner=runner,
        policy=policy(settings),
        sink=PacsSender(address) if pacs.host else None,
        catalogue=apps,
    )
    return world, runner


async def work(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Be a worker until ``stop`` is set."""
    async with opened_store(settings, url) as store:
        world, runner = build_world(settings, store)
        runner.start()

        async def surrender(step: str, arguments: Mapping[str, object], error: Exception) -> None:
            await give_up(world, step, arguments, error)

        try:
            await Engine(store.engine, steps(world), surrender, settings.run.parallel).run(stop)
        finally:
            await runner.close()


async def receive(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Be the receiver until ``stop`` is set."""
    async with opened_store(settings, url) as store:
        archive = FileArchive(settings.data, settings.dicom.reserve_mb)
        swept = archive.sweep()
        if swept:
            _log.info("removed files that were half written when the last receiver ended", files=swept)
        loop = asyncio.get_running_loop()
        clock = SystemClock()
        reception = Reception(store, archive, clock, policy(settings), loop)

        async def note_committed(done: Sequence[str]) -> None:
            async with store.transaction() as transaction:
                now = clock.now()
                for study_key in await transaction.mark_committed(done, now):
                    payload: dict[str, object] = {"pacs": settings.pacs.aet, "detail": "committed"}
                    await transaction.add_event(
                        Event(kind="confirmed", at=now, study_key=study_key, payload=payload)
                    )

        def committed(done: Sequence[str], failed: Sequence[str]) -> None:
            if failed:
                _log.error("the PACS did not commit to keep results", objects=len(failed))
            asyncio.run_coroutine_threadsafe(note_committed(done), loop).result()

        receiver = DicomReceiver(
            reception,
            committed,
            host=settings.dicom.host,
            port=settings.dicom.port,
            aet=settings.dicom.aet,
            peers=settings.dicom.peers,
            max_associations=settings.dicom.max_associations,
            idle_timeout_s=settings.dicom.idle_timeout_s,
        )
        async with store.held_lock(RECEIVER_LOCK) as alone:
            if not alone:
                message = "another receiver works on this database; a study must have one receiver"
                raise ConfigurationError(message)
            await reception.resume()
            receiver.start()
            await stop.wait()
            await asyncio.to_thread(receiver.stop)
