"""What the board reads from the database, and how it hears of changes."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from collega.adapters.files.archive import FileArchive
from collega.adapters.postgres.listen import listening
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.reading.board import BoardContext, Part, entries
from collega.bootstrap.reading.kept_board import KeptBoard
from collega.bootstrap.reading.queries import SiteViews
from collega.config import Board
from collega.model.app import Manifest, Stage
from collega.model.finding import Evaluation
from collega.model.job import Event, JobState
from collega.model.study import Priority, StudyState
from collega.read.board import AppState, Entry
from collega.read.worklist import BY_PRIORITY
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import DEFAULT_STAGE, Bench, RealBench

FINDER, SECOND = records.manifest("finder"), records.manifest("second")
CONTEXT = BoardContext(
    settings=Board(),
    zone=ZoneInfo("Europe/Amsterdam"),
    default_stage=DEFAULT_STAGE,
    catalogue={"finder": FINDER, "second": SECOND},
)
NOW = AT + timedelta(minutes=30)
OUTAGE = """INSERT INTO outage (part, name, cause, down_since, seen_at, noticed_at)
    VALUES ('app', 'finder', 'failing', %s, now(), now()) RETURNING name"""


def key(name: str) -> str:
    return records.study(records.header(study=name)).key


async def add_study(transaction: PostgresTransaction, name: str, *, minutes: float = 0) -> None:
    """Record a study of one film that is routed."""
    at = AT + timedelta(minutes=minutes)
    header = records.header(study=name)
    study = await transaction.add_study(header, key(name), at)
    await transaction.add_instances([records.instance(header, at=at)])
    await transaction.close_study(study.key, revision=1, before=StudyState.RECEIVING, after=StudyState.ROUTED)


async def answer(
    transaction: PostgresTransaction,
    name: str,
    manifest: Manifest = FINDER,
    evaluation: Evaluation | None = Evaluation.PRESENT,
    seconds: float = 5,
) -> None:
    """Give a study a job of an app, and its answer unless ``evaluation`` is None."""
    header = records.header(study=name)
    study = records.study(header, state=StudyState.ROUTED)
    job = await transaction.add_job(study, manifest, [header.sop_instance_uid], f"digest {name}", AT)
    if evaluation is None:
        return
    at = AT + timedelta(seconds=seconds)
    finding = records.finding([header.sop_instance_uid], evaluation, 0.8 if evaluation is Evaluation.PRESENT else 0.2)
    result = records.analysed(header.study_instance_uid, [finding], manifest.id, app_version=manifest.version)
    await transaction.add_result(job, result, at)
    await transaction.move_job(job, after=JobState.DONE, at=at, outcome=result.outcome)


async def board(bench: RealBench, part: Part | None = None, context: BoardContext = CONTEXT) -> list[Entry]:
    async with bench.transaction() as transaction:
        return await entries(transaction, context, NOW, part or Part(limit=100))


async def stage(bench: RealBench, manifest: Manifest, wanted: Stage) -> None:
    async with bench.transaction() as transaction:
        await transaction.set_stage(manifest.id, manifest.version, wanted, "someone", "a test")


def names(found: list[Entry]) -> list[str]:
    return [entry.accession_number.removeprefix("ACC-") for entry in found]


async def note(bench: RealBench, name: str, kind: str, minutes: float) -> None:
    async with bench.transaction() as transaction:
        await transaction.add_event(Event(kind=kind, at=AT + timedelta(minutes=minutes), study_key=key(name)))


# --------------------------------------------------------------------------- priority


async def test_a_priority_is_kept_with_its_study(bench: Bench) -> None:
    header = records.header()
    async with bench.transaction() as transaction:
        study = await transaction.add_study(header, key("A"), AT)
        assert study.priority is Priority.UNKNOWN
        await transaction.set_priority(study.key, Priority.STAT, "dicom")
    async with bench.transaction() as transaction:
        study_again = await transaction.study(key("A"))
    assert study_again is not None
    assert study_again.priority is Priority.STAT


async def test_the_database_refuses_a_priority_that_is_none(database: str) -> None:
    with psycopg.connect(database) as connection:
        constraints = connection.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'study'::regclass AND contype = 'c'"
        ).fetchall()
    words = next(row[0] for row in constraints if "priority" in row[0])
    assert all(f"'{word}'" in words for word in Priority)


# --------------------------------------------------------------------------- what is shown


@pytest.mark.shows("R25", "R66")
async def test_a_study_with_what_its_apps_say(real: RealBench) -> None:
    await stage(real, FINDER, Stage.LIVE)
    await stage(real, SECOND, Stage.PILOT)
    async with real.transaction() as transaction:
        await add_study(transaction, "A")
        await answer(transaction, "A")
        await answer(transaction, "A", SECOND, None)
    (entry,) = await board(real)
    assert (entry.accession_number, entry.modality, entry.sex, entry.age) == ("ACC-A", "CR", "F", 66.0)
    assert [(app.app_id, app.state(NOW)) for app in entry.apps] == [
        ("finder", AppState.FOUND),
        ("second", AppState.LATE),
    ]
    assert entry.apps[0].name == FINDER.name
    assert [name for name, _ in entry.apps[0].findings] == [FINDER.findings[0].name]


@pytest.mark.shows("R32")
@pytest.mark.parametrize(
    ("given", "visible", "raised"),
    [
        (None, False, False),
        (Stage.OFF, False, False),
        (Stage.SHADOW, False, False),
        (Stage.SUSPENDED, False, False),
        (Stage.PILOT, True, False),
        (Stage.LIVE, True, True),
    ],
)
async def test_who_is_seen_and_who_may_order(real: RealBench, given: Stage | None, visible: bool, raised: bool) -> None:
    if given:
        await stage(real, FINDER, given)
    async with real.transaction() as transaction:
        await add_study(transaction, "early")
        await add_study(transaction, "found", minutes=1)
        await answer(transaction, "found")
    found = await board(real)
    assert names(found) == (["found", "early"] if raised else ["early", "found"])
    by_name = dict(zip(names(found), found, strict=True))
    assert bool(by_name["found"].apps) is visible
    everything = dict(zip(names(found), await board(real, Part(limit=9, all_stages=True)), strict=True))
    assert [app.stage for app in everything["found"].apps] == [given or DEFAULT_STAGE]


@pytest.mark.shows("R65", "R66")
@pytest.mark.parametrize("urgency", [Priority.STAT, Priority.HIGH])
async def test_what_was_found_says_how_urgent_the_study_is(real: RealBench, urgency: Priority) -> None:
    await stage(real, FINDER, Stage.LIVE)
    async with real.transaction() as transaction:
        await add_study(transaction, "found")
        await answer(transaction, "found")
    called = replace(FINDER, findings=tuple(replace(spec, urgency=urgency) for spec in FINDER.findings))
    (entry,) = await board(real, context=replace(CONTEXT, catalogue={FINDER.id: called}))
    assert entry.order.place is BY_PRIORITY[urgency]


@pytest.mark.shows("R65")
async def test_the_latest_word_counts_and_a_superseded_one_does_not(real: RealBench) -> None:
    await stage(real, FINDER, Stage.LIVE)
    async with real.transaction() as transaction:
        await add_study(transaction, "early")
        await add_study(transaction, "late", minutes=1)
        await answer(transaction, "late")
        (job,) = await transaction.jobs_of(key("late"))
        await transaction.supersede(job.key, AT)
    assert names(await board(real)) == ["early", "late"]


async def test_what_readers_did_and_images_that_came_later(real: RealBench) -> None:
    async with real.transaction() as transaction:
        for name in ("open", "read", "signed", "again", "gone"):
            await add_study(transaction, name)
    await note(real, "read", "opened", 5)
    for name in ("signed", "again"):
        await note(real, name, "signed", 20)
    await note(real, "gone", "signed", 10)
    await note(real, "again", "reopened", 25)
    rows = await board(real)
    found = {name: entry.order for name, entry in zip(names(rows), rows, strict=True)}
    assert set(found) == {"open", "read", "signed", "again"}
    assert names(rows)[-1] == "signed"
    assert found["read"].opened_at == AT + timedelta(minutes=5)
    assert (found["signed"].is_signed, found["again"].is_signed) == (True, False)


@pytest.mark.shows("R65")
async def test_a_signature_that_was_taken_back_is_none(real: RealBench) -> None:
    async with real.transaction() as transaction:
        for name in ("taken back", "signed again"):
            await add_study(transaction, name)
    for name in ("taken back", "signed again"):
        await note(real, name, "signed", 20)
        await note(real, name, "unsigned", 21)
    await note(real, "signed again", "signed", 20)
    rows = await board(real)
    found = {name: entry.order.is_signed for name, entry in zip(names(rows), rows, strict=True)}
    assert found == {"taken back": False, "signed again": True}


async def test_old_studies_and_pages(real: RealBench) -> None:
    async with real.transaction() as transaction:
        await add_study(transaction, "old", minutes=-60 * 24)
        for number in range(5):
            await add_study(transaction, f"n{number}", minutes=number)
    assert names(await board(real, Part(limit=2))) == ["n0", "n1"]
    assert names(await board(real, Part(limit=9, offset=3))) == ["n3", "n4"]


@pytest.mark.shows("R26")
async def test_what_the_app_has_needed_says_when_the_next_result_is_expected(real: RealBench) -> None:
    await stage(real, FINDER, Stage.LIVE)
    async with real.transaction() as transaction:
        for number in range(10):
            await add_study(transaction, f"n{number}")
            await answer(transaction, f"n{number}", seconds=number + 1)
        await add_study(transaction, "next")
        await answer(transaction, "next", evaluation=None)
    rows = await board(real)
    found = dict(zip(names(rows), rows, strict=True))
    (waiting,) = found["next"].apps
    assert waiting.expected_at == waiting.queued_at + timedelta(seconds=9)


@pytest.mark.shows("R25")
async def test_an_app_that_is_out_is_said_to_be_out_where_it_has_not_answered(real: RealBench) -> None:
    await stage(real, FINDER, Stage.LIVE)
    async with real.transaction() as transaction:
        for name, evaluation in (("answered", Evaluation.ABSENT), ("waiting", None)):
            await add_study(transaction, name)
            await answer(transaction, name, evaluation=evaluation)
        await transaction.rows(OUTAGE, (AT,))
    rows = await board(real)
    found = {name: entry.apps[0].state(NOW) for name, entry in zip(names(rows), rows, strict=True)}
    assert found == {"answered": AppState.NOTHING_FOUND, "waiting": AppState.UNAVAILABLE}


async def test_an_app_that_was_removed_still_has_its_word(real: RealBench) -> None:
    await stage(real, FINDER, Stage.LIVE)
    async with real.transaction() as transaction:
        await add_study(transaction, "A")
        await answer(transaction, "A")
    bare = BoardContext(settings=Board(), zone=CONTEXT.zone, default_stage=DEFAULT_STAGE, catalogue={})
    (entry,) = await board(real, context=bare)
    assert entry.apps[0].name.en == "finder"
    assert not entry.apps[0].clinical_use


# --------------------------------------------------------------------------- changes


async def views(database: str) -> SiteViews:
    store = PostgresStore(database, DEFAULT_STAGE, connections=2)
    await store.open()
    return SiteViews(store=store, context=CONTEXT, archive=FileArchive(Path()), board=KeptBoard(store, CONTEXT))


async def heard(database: str, real: RealBench, *events: Event) -> list[tuple[int, str]]:
    """Collect what a listener hears of these events."""
    found: list[tuple[int, str]] = []
    async with asyncio.timeout(10), listening(database) as changes:
        async with real.transaction() as transaction:
            for event in events:
                await transaction.add_event(event)
        async for change in changes:
            if change is not None:
                found.append(change)
            if len(found) == len(events):
                break
    return found


async def test_an_event_is_heard_by_its_numbers_alone(database: str, real: RealBench) -> None:
    payload: Mapping[str, Any] = {"secret": "Doe^J"}
    first = Event(kind="received", at=AT, study_key=key("A"), payload=dict(payload))
    found = await heard(database, real, first, Event(kind="pacs_unreachable", at=AT))
    assert [study for _, study in found] == [key("A"), ""]
    assert all(isinstance(number, int) for number, _ in found)


async def test_an_event_that_is_rolled_back_is_not_heard(database: str, real: RealBench) -> None:
    async with asyncio.timeout(10), listening(database) as changes:
        with contextlib.suppress(ZeroDivisionError):
            async with real.transaction() as transaction:
                await transaction.add_event(Event(kind="received", at=AT, study_key=key("A")))
                raise ZeroDivisionError
        assert await anext(changes) is None, "alive, and nothing to tell"


async def test_a_change_of_stage_is_heard(database: str, real: RealBench) -> None:
    async with asyncio.timeout(10), listening(database) as changes:
        await stage(real, FINDER, Stage.SUSPENDED)
        assert await anext(changes) == (0, "")


async def test_a_lost_connection_is_an_error_and_not_silence(database: str) -> None:
    async with asyncio.timeout(10), listening(database) as changes:
        assert await anext(changes) is None
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query IN ('LISTEN collega_event', 'SELECT 1')"
            )
        with pytest.raises(psycopg.OperationalError):
            await anext(changes)


async def test_what_has_changed_since_an_event(database: str, real: RealBench) -> None:
    for name in ("A", "B", "A"):
        await note(real, name, "received", 0)
    asked = await views(database)
    try:
        found = await asked.changed_since(0, 10)
        assert [study for _, study in found] == [key("B"), key("A")]
        last = found[-1][0]
        assert await asked.changed_since(last + 5000, 10) == []
        assert {study for _, study in await asked.changed_since(last, 10)} == {key("A"), key("B")}, "with an overlap"
        assert len(await asked.changed_since(0, 1)) == 1
    finally:
        await asked.store.close()


async def test_a_reading_is_recorded_for_a_known_study_alone(database: str, real: RealBench) -> None:
    async with real.transaction() as transaction:
        await add_study(transaction, "A")
    asked = await views(database)
    try:
        assert await asked.note_reading(records.header(study="A").study_instance_uid, "signed", NOW, "dr. X")
        assert not await asked.note_reading("1.2.3", "signed", NOW, "dr. X")
    finally:
        await asked.store.close()
    async with real.transaction() as transaction:
        (event,) = await transaction.events_of(key("A"))
    assert (event["kind"], event["at"], event["actor"]) == ("signed", NOW, "dr. X")


@pytest.mark.shows("R73")
async def test_a_study_that_came_to_be_looked_back_on_is_not_on_the_board(real: RealBench) -> None:
    async with real.transaction() as transaction:
        await add_study(transaction, "new")
        await add_study(transaction, "prior")
        study = records.study(records.header(study="new"))
        job = await transaction.add_job(study, FINDER, [], "digest", AT)
        await transaction.mark_prior(records.header(study="prior").study_instance_uid, job.key, AT)
    assert [row.study_instance_uid for row in await board(real)] == [study.study_instance_uid]
    async with real.transaction() as transaction:
        # Asked for days ago: what comes of it now is an image like any other.
        await transaction.mark_prior(records.header(study="prior").study_instance_uid, job.key, AT - timedelta(days=2))
    assert len(await board(real)) == 2
