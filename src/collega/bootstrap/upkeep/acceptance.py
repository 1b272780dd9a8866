"""`collega site check`: facts gathered, the steps taken, the report kept."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

from collega import __version__
from collega.accept.check import TAKE_BACK, check
from collega.accept.questions import QUESTIONS
from collega.accept.record import from_json, to_json
from collega.accept.study import PATIENT_NAME, Names, build, name
from collega.accept.visit import Visit
from collega.adapters.machine import LinuxMachine
from collega.adapters.postgres import acceptance
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.apps.trial import examine
from collega.bootstrap.asker import command_line
from collega.bootstrap.destinations import problem_with
from collega.bootstrap.pacs import dicom_probe, pacs_probe, reachable
from collega.bootstrap.site import catalogue, database, opened_store
from collega.bootstrap.upkeep.hearing import OwnEar, ServerEar
from collega.config import Settings
from collega.errors import ConfigurationError, InputError, ManifestError
from collega.model.acceptance import AcceptanceReport, Answer, PersonAnswer, StepOutcome, StepResult, Surroundings
from collega.model.app import Manifest
from collega.model.caller import peer_rule
from collega.model.host import AppFacts, Arranged, MachineFacts
from collega.model.job import Event

Tell = Callable[[StepResult], None]
LONGEST_NAME, LONGEST_REMARK = 80, 500
PATIENCE_S = 2.0  # commands do not wait long for the one that migrates
# Reports name objects of this run alone; the clock of the database may differ from ours.
HEARD_BEFORE = timedelta(hours=1)


def run_check(settings: Settings, *, by: str, wait_s: float, leave: bool, tell: Tell) -> AcceptanceReport:
    """Check the site, telling of each step as it ends, and keep the report."""
    machine = _measured(settings)
    with database(settings, migrates=not settings.database.url, patience_s=PATIENCE_S) as url:

        async def ask() -> AcceptanceReport:
            async with opened_store(settings, url, command_line) as store:
                return await _run(settings, store, machine, Wish(by=by, wait_s=wait_s, leave=leave, tell=tell))

        return asyncio.run(ask())


def run_take_back(settings: Settings, *, run: str, by: str, wait_s: float, tell: Tell) -> tuple[StepResult, ...]:
    """Take back the test patient of an earlier run, the latest where none is named."""
    machine = _measured(settings)
    with database(settings, migrates=not settings.database.url, patience_s=PATIENCE_S) as url:

        async def ask() -> tuple[StepResult, ...]:
            async with opened_store(settings, url, command_line) as store:
                return await _take_back(
                    settings, store, machine, run, Wish(by=by, wait_s=wait_s, leave=False, tell=tell)
                )

        return asyncio.run(ask())


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What somebody asks of a run: in whose name, how patient, whether the test patient is left, who hears of it."""

    by: str
    wait_s: float
    leave: bool
    tell: Tell


def _measured(settings: Settings) -> MachineFacts:
    """Measure before the data folder is prepared, which would put its rights in order."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        return LinuxMachine().facts(settings.data)
    except OSError as error:
        message = f"data: cannot write to {settings.data}: {error.strerror}; choose another folder or fix its rights"
        raise ConfigurationError(message) from None


async def _run(settings: Settings, store: PostgresStore, machine: MachineFacts, wish: Wish) -> AcceptanceReport:
    names = name(str(uuid4()), datetime.now(UTC), settings.site.timezone, settings.site.language)
    async with store.transaction() as transaction:
        await acceptance.begin_run(
            transaction,
            run=names.run,
            at=names.at,
            actor=wish.by,
            accession=names.accession_number,
            pacs=settings.pacs.aet,
        )
        apps, broken = _installed(settings)
        stages = {app.id: await transaction.stage_of(app.id, app.version) for app in apps}
    tried = await asyncio.to_thread(_try_apps, settings, apps, stages)
    visit = await _visit(settings, store, names, machine, wish)
    visit.apps = (*tried, *broken)
    steps = await asyncio.to_thread(check, visit, wish.tell)
    report = AcceptanceReport(
        surroundings=_surroundings(settings, names, machine, wish.by),
        ended_at=datetime.now(UTC),
        steps=steps,
        questions=QUESTIONS,
    )
    async with store.transaction() as transaction:
        await acceptance.end_run(transaction, run=names.run, at=report.ended_at, report=to_json(report))
    return report


async def _take_back(
    settings: Settings, store: PostgresStore, machine: MachineFacts, run: str, wish: Wish
) -> tuple[StepResult, ...]:
    async with store.transaction() as transaction:
        found = await acceptance.noted_run(transaction, run)
    if found is None:
        message = f"{run}: no such check" if run else "no check has run yet"
        raise InputError(message)
    key, began = found
    names = name(key, began, settings.site.timezone, settings.site.language)
    visit = await _visit(settings, store, names, machine, wish)
    steps = await asyncio.to_thread(check, visit, wish.tell, TAKE_BACK)
    if all(step.outcome is not StepOutcome.FAILED for step in steps):
        payload: dict[str, object] = {"run": key}
        async with store.transaction() as transaction:
            event = Event(kind="test_taken_back", at=datetime.now(UTC), actor=wish.by, payload=payload)
            await transaction.add_event(event)
    return steps


async def _visit(settings: Settings, store: PostgresStore, names: Names, machine: MachineFacts, wish: Wish) -> Visit:
    async with store.transaction() as transaction:
        facts = await acceptance.facts(
            transaction, run=names.run, embedded=not settings.database.url, now=datetime.now(UTC)
        )
    loop = asyncio.get_running_loop()
    ear = (
        ServerEar(store=store, loop=loop, since=datetime.now(UTC) - HEARD_BEFORE)
        if facts.receiver
        else OwnEar(settings=settings)
    )
    return Visit(
        pacs=pacs_probe(settings),
        own=dicom_probe(settings, reachable(settings.dicom.host), settings.dicom.port, settings.dicom.aet),
        told=dicom_probe(settings, settings.ian.host, settings.ian.port, settings.ian.aet)
        if settings.ian.host
        else None,
        ear=ear,
        names=names,
        pieces=await asyncio.to_thread(build, names),
        machine=machine,
        database=facts,
        arranged=_arranged(settings, names.at),
        wait_s=wish.wait_s,
        reach=partial(problem_with, settings),
        leave=wish.leave,
    )


async def kept(transaction: PostgresTransaction, run: str) -> AcceptanceReport:
    """Read the latest report, or that of a run, with the answers so far."""
    found = await acceptance.kept_report(transaction, run)
    if found is None:
        what = f"{run}: no such check has ended" if run else "no check has ended yet"
        message = f"{what}; run `collega site check`"
        raise InputError(message)
    return from_json(*found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What the page of the report asks of the site."""

    store: PostgresStore

    async def acceptance(self, run: str = "") -> AcceptanceReport | None:
        """Read the latest report, or that of a run; None where there is none."""
        async with self.store.transaction() as transaction:
            found = await acceptance.kept_report(transaction, run)
        return from_json(*found) if found else None

    async def answer(self, *, run: str, step: str, answer: Answer, by: str, remark: str) -> None:
        """Keep what a person has answered."""
        async with self.store.transaction() as transaction:
            report = await kept(transaction, run)
            await confirm(transaction, report, step=step, answer=answer, by=by, remark=remark, source="web")


async def confirm(  # noqa: PLR0913 - one answer, one call
    transaction: PostgresTransaction,
    report: AcceptanceReport,
    *,
    step: str,
    answer: Answer,
    by: str,
    remark: str,
    source: str,
) -> None:
    """Keep what a person has answered to a question of a report."""
    known = [question.name for question in report.questions]
    if step not in known:
        message = f"{step}: no step for a person; expected one of {', '.join(known)}"
        raise InputError(message)
    if not by.strip():
        message = "who answers? give a name"
        raise InputError(message)
    given = PersonAnswer(
        step=step,
        answer=answer,
        by=by.strip()[:LONGEST_NAME],
        at=datetime.now(UTC),
        remark=remark.strip()[:LONGEST_REMARK],
    )
    await acceptance.add_answer(transaction, report.surroundings.run, given, source)


def _installed(settings: Settings) -> tuple[list[Manifest], list[AppFacts]]:
    """Read the apps; one that cannot be read is a finding, not the end of the check."""
    try:
        apps = catalogue(settings)
    except ManifestError as error:
        return [], [_unreadable(str(error))]
    return list(apps.values()), [_unreadable(problem) for problem in apps.problems.values()]


def _unreadable(problem: str) -> AppFacts:
    return AppFacts(id="?", version="?", stage="?", problems=tuple(problem.splitlines()), isolation=())


def _try_apps(settings: Settings, apps: Sequence[Manifest], stages: Mapping[str, str]) -> list[AppFacts]:
    found = []
    for app in apps:
        problems, isolation = examine(settings, app)
        found.append(
            AppFacts(
                id=app.id, version=app.version, stage=stages[app.id], problems=tuple(problems), isolation=isolation
            )
        )
    return found


def _arranged(settings: Settings, at: datetime) -> Arranged:
    local = at.astimezone(ZoneInfo(settings.site.timezone))
    return Arranged(
        zone_offset=local.utcoffset() or timedelta(),
        timezone=settings.site.timezone,
        language=settings.site.language,
        site=settings.site.name,
        reserve_mb=settings.dicom.reserve_mb,
        web_host=settings.web.host,
        dicom_host=settings.dicom.host,
        dicom_port=settings.dicom.port,
        calling_aet=settings.dicom.aet,
        peers=tuple(peer_rule(text).aet for text in settings.dicom.peers),
        allow_unconfined=settings.run.allow_unconfined,
        pacs_aet=settings.pacs.aet,
        pacs_host=settings.pacs.host,
        pacs_port=settings.pacs.port,
        pacs_url=settings.pacs.dicomweb_url,
        ian_aet=settings.ian.aet,
        commit_wait_s=settings.pacs.commit_wait_s,
        confirm=settings.pacs.confirm,
        query_level=settings.pacs.query_level,
        rejection_notes=settings.pacs.rejection_notes,
        hl7_address=f"{settings.hl7.host}:{settings.hl7.port}" if settings.hl7.port else "",
        destinations=tuple((item.name, f"{item.host}:{item.port}") for item in settings.hl7.destinations),
    )


def _surroundings(settings: Settings, names: Names, machine: MachineFacts, by: str) -> Surroundings:
    return Surroundings(
        run=names.run,
        started_at=names.at.astimezone(UTC),
        by=by,
        site=settings.site.name,
        host=machine.name,
        version=__version__,
        calling_aet=settings.dicom.aet,
        pacs_aet=settings.pacs.aet,
        pacs_address=settings.pacs.dicomweb_url or f"{settings.pacs.host}:{settings.pacs.port}",
        patient_id=names.patient_id,
        patient_name=PATIENT_NAME,
        accession_number=names.accession_number,
        timezone=names.timezone,
        language=names.language,
    )
