"""Settings in, database and policy out: what every role needs."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from collega.adapters.postgres.embedded import EmbeddedPostgres, prepare_data
from collega.adapters.postgres.migrate import migrate, wait_for_schema
from collega.adapters.postgres.store import COLLEGA, PostgresStore, PostgresTransaction
from collega.bootstrap.destinations import destinations
from collega.bootstrap.rights import let_pass
from collega.config import Settings
from collega.errors import ConfigurationError
from collega.model.app import Manifest
from collega.model.audit import Asker
from collega.model.disk import DiskMarks
from collega.model.policy import (
    AvailabilityPolicy,
    CountPolicy,
    CoveragePolicy,
    InputPolicy,
    Learning,
    NoticePolicy,
    PacsPolicy,
    Policy,
    QuietTimes,
)
from collega.run.catalogue import LiveCatalogue, unchanged
from collega.run.site_rules import SiteRules

# What commands and pages may do in a transaction, beyond what the steps do.
Asked = PostgresTransaction
OpenStore = PostgresStore
# A restore that is under way, or was cut off.
UNFINISHED = "restore.part"
_log = structlog.get_logger()


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


def catalogue(settings: Settings) -> LiveCatalogue:
    """Read the apps of this site, those named in the settings, else those that are shipped, with the site's rules."""
    return LiveCatalogue(settings.apps or shipped_apps(), amend=_amend(settings))


def live_catalogue(settings: Settings) -> LiveCatalogue:
    """Read the apps for a role that runs on: one that is added later counts without a restart."""
    folders = settings.apps or shipped_apps()
    return LiveCatalogue(folders, lambda said: _log.info("apps", what=said), amend=_amend(settings))


def _amend(settings: Settings) -> Callable[[Manifest], Manifest]:
    return SiteRules(Path(settings.run.rules)).added_to if settings.run.rules else unchanged


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
        learning=Learning(
            studies=settings.receive.learn_from_studies,
            margin=settings.receive.learned_margin,
            floor=timedelta(seconds=settings.receive.learned_least_s),
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
        if pacs.is_named
        else None,
        coverage=coverage_policy(settings) if pacs.is_named and settings.coverage.every_minutes else None,
        notices=NoticePolicy(
            after=timedelta(minutes=settings.notify.after_minutes),
            steady=timedelta(minutes=settings.notify.steady_minutes),
            failed_jobs=settings.notify.failed_jobs,
            channels=channels(settings),
            takes_messages=settings.hl7.port > 0,
            sender_silent=timedelta(minutes=settings.notify.sender_silent_minutes) or None,
        ),
        count=count_policy(settings),
        inputs=InputPolicy(wait=timedelta(seconds=settings.inputs.wait_s), most_images=settings.inputs.most_images),
        destinations=destinations(settings),
        availability=AvailabilityPolicy(
            peer=settings.ian.aet,
            retry_first=timedelta(seconds=settings.ian.retry_first_s),
            retry_most=timedelta(seconds=settings.ian.retry_most_s),
        )
        if settings.ian.host
        else None,
        objections_stop_inside=settings.objections.stop_apps_inside,
    )


def count_policy(settings: Settings) -> CountPolicy | None:
    """Turn the settings of counting into what it needs to know; None where nothing is to be counted."""
    wanted = settings.receive
    if not (settings.pacs.is_named and wanted.count_after_s):
        return None
    return CountPolicy(
        after=timedelta(seconds=wanted.count_after_s), interval=timedelta(seconds=wanted.count_interval_s)
    )


def channels(settings: Settings) -> tuple[str, ...]:
    """Name the channels on which people are told; a web hook is known by its place in the list."""
    hooks = tuple(f"webhook {number}" for number in range(1, len(settings.notify.webhook_url) + 1))
    return ("mail", *hooks) if settings.notify.smtp_host else hooks


def coverage_policy(settings: Settings) -> CoveragePolicy:
    """Turn the settings of coverage into what its step needs to know."""
    wanted = settings.coverage
    return CoveragePolicy(
        every=timedelta(minutes=wanted.every_minutes),
        look_back=timedelta(hours=wanted.look_back_hours),
        grace=timedelta(minutes=wanted.grace_minutes),
        most_fetches=wanted.most_fetches_per_round if wanted.fetch else 0,
        destination=settings.dicom.aet,
    )


def disk_marks(settings: Settings) -> DiskMarks:
    """Turn settings into the marks of a disk that fills."""
    disk = settings.disk
    return DiskMarks(
        warn_percent=disk.warn_percent_free,
        warn_mb=disk.warn_mb,
        refuse_percent=disk.refuse_percent_free,
        refuse_mb=disk.refuse_mb,
        reserve_mb=settings.dicom.reserve_mb,
    )


@contextlib.contextmanager
def database(settings: Settings, *, migrates: bool, patience_s: float = 60.0) -> Iterator[str]:
    """Hold the database while the block runs, and yield its connection string.

    The embedded server is started where it is down and stopped when its last holder lets go.
    ``patience_s`` is how long a process that does not migrate waits for one that does.
    """
    if (settings.data / UNFINISHED).exists():
        message = f"data: a restore into {settings.data} has not ended; run `collega restore` again"
        raise ConfigurationError(message)
    if settings.database.url:
        prepare_data(settings.data)
        _prepare_schema(settings.database.url, migrates=migrates, patience_s=patience_s)
        yield settings.database.url
        return
    server = EmbeddedPostgres(settings.data)
    prepare_data(settings.data)
    let_pass([settings.data, server.programs])
    try:
        url = server.start()
        _prepare_schema(url, migrates=migrates, patience_s=patience_s)
        yield url
    finally:
        server.stop()


def _prepare_schema(url: str, *, migrates: bool, patience_s: float) -> None:
    migrate(url) if migrates else wait_for_schema(url, patience_s)


@contextlib.asynccontextmanager
async def opened_store(
    settings: Settings, url: str, asker: Callable[[], Asker] = lambda: COLLEGA
) -> AsyncIterator[PostgresStore]:
    """Open the store for the block; ``asker`` tells for whom this process works, for the audit record."""
    store = PostgresStore(url, settings.default_stage, asker=asker)
    await store.open()
    try:
        yield store
    finally:
        await store.close()
