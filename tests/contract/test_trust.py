"""Trust in the database: rights kept with who and why, the switch, asking on demand, an app's own screen."""

import asyncio
import json
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from collega.adapters.files.archive import FileArchive
from collega.adapters.files.secret import site_secret
from collega.adapters.postgres import trust
from collega.adapters.postgres.store import PostgresTransaction
from collega.bootstrap.reading import trusting
from collega.bootstrap.reading.board import Part
from collega.bootstrap.reading.kept_board import KeptBoard
from collega.bootstrap.reading.launching import LaunchDesk
from collega.bootstrap.reading.on_demand import DemandDesk
from collega.bootstrap.reading.queries import SiteViews
from collega.errors import InputError, LaunchError
from collega.formats.launch_token import sign
from collega.model.app import Manifest, Stage
from collega.model.finding import Evaluation, Outcome
from collega.model.job import Event, Job, JobState
from collega.model.launch import Claims, Refusal
from collega.model.runtime import Use, Way
from collega.model.trust import Allowance, Right, in_force
from collega.read.board import AppState
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench, RealBench
from tests.contract.test_board import CONTEXT, NOW, add_study, answer, board, key, stage

ON_DEMAND = records.manifest("finder", use=Use(way=Way.ON_DEMAND))
SCREEN = records.manifest("finder", use=Use(way=Way.OWN_SCREEN, screen="https://screen.example/open?site=1"))
UID = records.header(study="A").study_instance_uid
SECRET = b"s" * 32


# --------------------------------------------------------------------------- rights


@pytest.mark.shows("R76")
async def test_decisions_are_kept_in_their_order_for_each_version(bench: Bench) -> None:
    wishes = [Allowance(may_rule_out=False), Allowance(may_rule_out=False, may_localise=False), Allowance()]
    async with bench.transaction() as transaction:
        assert await transaction.decisions_of("finder", "1.0.0") == []
        for wish in wishes:
            await transaction.set_allowance("finder", "1.0.0", wish, "dr. X", "a test")
        await transaction.set_allowance("finder", "2.0.0", wishes[1], "dr. X", "a test")
    async with bench.transaction() as transaction:
        found = await transaction.decisions_of("finder", "1.0.0")
        assert [item.allowance for item in found] == wishes
        assert [item.at for item in found] == sorted(item.at for item in found)
        assert in_force(await transaction.decisions_of("finder", "2.0.0")) == wishes[1]


@pytest.mark.shows("R76")
async def test_a_decision_is_audited_and_never_changed(real: RealBench, database: str) -> None:
    async with real.transaction() as transaction:
        await transaction.set_allowance("finder", "1.0.0", Allowance(may_localise=False), "dr. X", "wrong side twice")
        (line,) = await transaction.rows("SELECT event, responsible, payload FROM audit")
    assert (line["event"], line["responsible"], line["payload"]["reason"]) == (
        "app rights changed",
        "dr. X",
        "wrong side twice",
    )
    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        connection.execute("UPDATE app_allowance SET may_localise = true")


@pytest.mark.shows("R76")
async def test_a_wish_beyond_the_makers_intention_is_off_label(real: RealBench) -> None:
    maker = records.manifest(use=Use(may_rule_out=False))
    async with real.transaction() as transaction:
        with pytest.raises(InputError, match="may_rule_out is not in the maker's intended use"):
            await trusting.allow(transaction, maker, {Right.RULE_OUT: True}, "dr. X", "we want it")
        assert await transaction.decisions_of("finder", "1.0.0") == []
        may = await trusting.allow(transaction, maker, {Right.LOCALISE: False}, "dr. X", "wrong side twice")
        assert (may.may_prioritise, may.may_rule_out, may.may_localise) == (True, False, False)
        again = await trusting.allow(transaction, maker, {Right.LOCALISE: True}, "dr. X", "mended")
        assert again.may_localise
        told = await trust.history(transaction, "finder")
    assert [(row["what"], row["actor"], row["reason"]) for row in told] == [
        ("rights", "dr. X", "wrong side twice"),
        ("rights", "dr. X", "mended"),
    ]


# --------------------------------------------------------------------------- the board


@pytest.mark.shows("R25", "R76")
async def test_the_board_says_no_more_than_the_rights_allow(real: RealBench) -> None:
    await stage(real, records.manifest(), Stage.LIVE)
    async with real.transaction() as transaction:
        for name, evaluation in (("early", Evaluation.ABSENT), ("found", Evaluation.PRESENT)):
            await add_study(transaction, name, minutes=0 if name == "early" else 1)
            await answer(transaction, name, evaluation=evaluation)
    assert [entry.accession_number for entry in await board(real)] == ["ACC-found", "ACC-early"]
    async with real.transaction() as transaction:
        await transaction.set_allowance(
            "finder", "1.0.0", Allowance(may_prioritise=False, may_rule_out=False), "dr. X", "a test"
        )
    early, found = await board(real)
    assert (early.accession_number, found.accession_number) == ("ACC-early", "ACC-found"), "it moves no study"
    assert found.apps[0].state(NOW) is AppState.FOUND
    assert early.apps[0].state(NOW) is AppState.NO_RULE_OUT
    assert early.apps[0].findings == ()


# --------------------------------------------------------------------------- the switch


async def queue(transaction: PostgresTransaction, manifest: Manifest) -> Job:
    header = records.header(study="A")
    await add_study(transaction, "A")
    study = await transaction.study(key("A"))
    assert study is not None
    return await transaction.add_job(study, manifest, [header.sop_instance_uid], "digest", AT)


async def steps_of(transaction: PostgresTransaction) -> list[str]:
    found = await transaction.rows("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
    return [row["task_name"] for row in found]


@pytest.mark.shows("R32", "R76")
async def test_the_switch_stops_every_version_and_gives_each_its_stage_back(real: RealBench) -> None:
    app = records.manifest()
    async with real.transaction() as transaction:
        for version, given in (("0.9.0", Stage.OFF), ("1.0.0", Stage.LIVE), ("2.0.0", Stage.PILOT)):
            await transaction.set_stage("finder", version, given, "dr. X", "agreed")
        job = await queue(transaction, app)
        assert await trusting.stop(transaction, "finder", app, "AI lead", "false alarms") == 2
        stages = [await transaction.stage_of("finder", version) for version in ("0.9.0", "1.0.0", "2.0.0")]
        assert stages == [Stage.OFF, Stage.SUSPENDED, Stage.SUSPENDED]
        await transaction.move_job(job, after=JobState.HELD, at=AT)
        assert await steps_of(transaction) == []
        back = await trusting.resume(transaction, "finder", app, "AI lead", "mended", default_stage=Stage.SHADOW)
        assert back == {"1.0.0": Stage.LIVE, "2.0.0": Stage.PILOT}
        assert await steps_of(transaction) == ["run"]
        released = await transaction.job(job.key)
        assert released is not None
        assert released.state is JobState.QUEUED
        told = [(row["version"], row["value"], row["reason"]) for row in await trust.history(transaction, "finder")]
    assert told[-4:] == [
        ("1.0.0", "suspended", "false alarms"),
        ("2.0.0", "suspended", "false alarms"),
        ("1.0.0", "live", "mended"),
        ("2.0.0", "pilot", "mended"),
    ]


@pytest.mark.shows("R32")
async def test_a_version_that_was_never_given_a_stage_is_stopped_and_resumed_too(real: RealBench) -> None:
    app = records.manifest()
    async with real.transaction() as transaction:
        assert await trusting.stop(transaction, "finder", app, "AI lead", "a test") == 1
        given = await trusting.resume(transaction, "finder", app, "AI lead", "a test", default_stage=Stage.SHADOW)
        assert given == {"1.0.0": Stage.SHADOW}
        with pytest.raises(InputError, match="no such app"):
            await trusting.stop(transaction, "nobody", None, "AI lead", "a test")


@pytest.mark.shows("R32")
async def test_what_is_planned_is_withdrawn_at_once(real: RealBench) -> None:
    app = records.manifest()
    async with real.transaction() as transaction:
        await transaction.set_stage("finder", "1.0.0", Stage.LIVE, "dr. X", "agreed")
        job = await queue(transaction, app)
        item = records.result_object(records.header(study="A"), job_key=job.key)
        await transaction.add_object(item, "PACS", AT)
        await trusting.stop(transaction, "finder", app, "AI lead", "false alarms")
        (delivery,) = await transaction.deliveries_of(key("A"))
        events = [event["kind"] for event in await transaction.events_of(key("A"))]
    assert delivery.state == "withdrawn"
    assert events == ["withdrawn"]


# --------------------------------------------------------------------------- on demand


async def keep_ready(real: RealBench, manifest: Manifest = ON_DEMAND) -> None:
    await stage(real, manifest, Stage.LIVE)
    async with real.transaction() as transaction:
        await add_study(transaction, "A")
        await answer(transaction, "A", manifest)
        (job,) = await transaction.jobs_of(key("A"))
        await transaction.rows("UPDATE job SET state = 'ready' WHERE job_key = %s RETURNING job_key", (job.key,))


def demand(real: RealBench, manifest: Manifest = ON_DEMAND) -> DemandDesk:
    return DemandDesk(store=real.store, context=replace(CONTEXT, catalogue={"finder": manifest}))


@pytest.mark.shows("R25", "R67")
async def test_what_is_kept_ready_shows_nothing_until_it_is_asked(real: RealBench) -> None:
    await keep_ready(real)
    desk = demand(real)
    (entry,) = await board(real, context=desk.context)
    (line,) = entry.apps
    assert line.state(NOW) is AppState.READY
    assert (line.findings, line.sought, line.outcome) == ((), (), "not_asked")
    assert not entry.order.is_raised
    told = await desk.line(UID, "finder", "en")
    assert told is not None
    assert (told["word"], told["action"], told["findings"]) == ("ready: ask for it", "ask", [])
    assert await desk.ask(UID, "finder", "dr. X")
    (entry,) = await board(real, context=desk.context)
    assert entry.apps[0].state(NOW) is AppState.FOUND
    assert entry.order.is_raised
    async with real.transaction() as transaction:
        (event,) = [event for event in await transaction.events_of(key("A")) if event["kind"] == "asked"]
        assert event["actor"] == "dr. X"
        assert await steps_of(transaction) == ["plan"]
        assert await desk.ask(UID, "finder", "dr. Y")
        assert await steps_of(transaction) == ["plan"], "asking twice changes nothing more"


@pytest.mark.shows("R32", "R67")
@pytest.mark.parametrize("silent", [Stage.SHADOW, Stage.SUSPENDED, Stage.OFF])
async def test_nobody_can_ask_an_app_that_nobody_hears(real: RealBench, silent: Stage) -> None:
    await keep_ready(real)
    await stage(real, ON_DEMAND, silent)
    desk = demand(real)
    assert await desk.line(UID, "finder", "en") is None
    assert not await desk.ask(UID, "finder", "dr. X")
    assert not await desk.ask("1.2.3.999", "finder", "dr. X")


@pytest.mark.shows("R67")
async def test_what_is_not_on_demand_or_not_ready_is_not_asked(real: RealBench) -> None:
    await stage(real, ON_DEMAND, Stage.LIVE)
    async with real.transaction() as transaction:
        await queue(transaction, ON_DEMAND)
    with pytest.raises(InputError, match="not ready yet"):
        await demand(real).ask(UID, "finder", "dr. X")
    with pytest.raises(InputError, match="no app on demand"):
        await demand(real, records.manifest()).ask(UID, "finder", "dr. X")


# --------------------------------------------------------------------------- what the pages' account tells


@pytest.mark.shows("R32")
@pytest.mark.parametrize("given", list(Stage))
async def test_an_account_for_readers_has_the_word_of_heard_apps_alone(
    real: RealBench, tmp_path: Path, given: Stage
) -> None:
    await stage(real, records.manifest(), given)
    async with real.transaction() as transaction:
        await add_study(transaction, "A")
        await answer(transaction, "A")
        (told_of,) = await transaction.jobs_of(key("A"))
        differs = {"discrepancy": "d", "app": "finder", "finding": "f", "contrast": "ai_positive", "version": 1}
        await transaction.add_event(
            Event(kind="discrepancy_found", at=AT, study_key=key("A"), job_key=told_of.key, payload=differs)
        )
        corrected = {"number": 2, "finding": "f", "word": "present", "discrepancy": "d"}
        await transaction.add_event(Event(kind="label_corrected", at=AT, study_key=key("A"), payload=corrected))
    views = SiteViews(
        store=real.store,
        context=CONTEXT,
        archive=FileArchive(tmp_path),
        board=KeptBoard(real.store, CONTEXT),
        language="en",
    )
    told = await views.study(UID)
    assert told is not None
    (job,) = told["jobs"]
    is_heard = given in {Stage.LIVE, Stage.PILOT}
    assert job["outcome"] == (Outcome.FOUND if is_heard else None)
    assert bool(job["findings"]) is is_heard
    assert bool(told["findings_together"]) is is_heard
    assert ("0.8" in json.dumps(told, default=str)) is is_heard
    assert ("ai_positive" in json.dumps(told, default=str)) is is_heard, "that it differs is its word"
    (label,) = [event for event in told["events"] if event["kind"] == "label_corrected"]
    assert ("discrepancy" in label["payload"]) is is_heard


# --------------------------------------------------------------------------- an app's own screen


class Ward:
    """A site with an app that has its own screen, and a study for it."""

    def __init__(self, real: RealBench, folder: Path) -> None:
        self.real, self.archive = real, FileArchive(folder)
        self.desk = LaunchDesk(
            store=real.store,
            context=replace(CONTEXT, catalogue={"finder": SCREEN}),
            archive=self.archive,
            secret=SECRET,
        )

    async def offer(self) -> Job:
        await stage(self.real, SCREEN, Stage.LIVE)
        async with self.real.transaction() as transaction:
            job = await queue(transaction, SCREEN)
            started = await transaction.start_attempt(job.key, AT)
            await transaction.move_job(started, after=JobState.OFFERED, at=AT)
        return started

    async def launch(self) -> str:
        address = await self.desk.open(UID, "finder", "dr. X", "http://collega.example")
        assert address is not None
        return parse_qs(urlsplit(address).query)["token"][0]

    async def refused(self, wanted: Refusal, asked: Any) -> None:
        with pytest.raises(LaunchError) as raised:
            await asked
        assert raised.value.code == wanted

    async def noted(self) -> list[str]:
        async with self.real.transaction() as transaction:
            events = await transaction.events_of(key("A"))
        return [event["payload"]["why"] for event in events if event["kind"] == "launch_refused"]


@pytest.fixture
def ward(real: RealBench, tmp_path: Path) -> Ward:
    return Ward(real, tmp_path)


@pytest.mark.shows("R67")
async def test_a_screen_is_opened_given_the_study_and_heard(ward: Ward) -> None:
    job = await ward.offer()
    address = await ward.desk.open(UID, "finder", "dr. X", "http://collega.example")
    assert address is not None
    query = parse_qs(urlsplit(address).query)
    assert address.startswith("https://screen.example/open?")
    assert (query["site"], query["iss"]) == (["1"], ["http://collega.example"])
    told = await ward.desk.exchange(query["token"][0])
    assert (told["accession_number"], told["user"]) == ("ACC-A", "dr. X")
    assert told["study"]["study"]["study_instance_uid"] == UID
    assert "name" not in json.dumps(told["study"]["patient"])
    assert [image["file"] for image in told["study"]["images"]] == ["dicom/00001.dcm"]
    assert (await ward.desk.study(told["session"]))["study"] == told["study"]
    assert await ward.desk.image(told["session"], 1) == ward.archive.path(
        records.instance(records.header(study="A")).path
    )
    await ward.refused(Refusal.UNKNOWN, ward.desk.image(told["session"], 2))
    await ward.desk.answer(told["session"], b'{"an": "answer"}')
    assert ward.archive.path(f"runs/{job.key}/1/out/result.json").read_bytes() == b'{"an": "answer"}'
    async with ward.real.transaction() as transaction:
        assert await steps_of(transaction) == ["collect"]
        kinds = [event["kind"] for event in await transaction.events_of(key("A"))]
    assert kinds == ["launched", "screen_opened", "screen_answered"]
    await ward.refused(Refusal.ANSWERED, ward.desk.answer(told["session"], b"{}"))
    assert ward.archive.path(f"runs/{job.key}/1/out/result.json").read_bytes() == b'{"an": "answer"}'


@pytest.mark.shows("R67")
async def test_a_used_expired_forged_or_foreign_token_opens_nothing(ward: Ward) -> None:
    await ward.offer()
    token = await ward.launch()
    await ward.desk.exchange(token)
    await ward.refused(Refusal.USED, ward.desk.exchange(token))
    await ward.refused(Refusal.FORGED, ward.desk.exchange(token[:-2]))
    claims = Claims(study_instance_uid=UID, app_id="finder", user="dr. X", expires_at=NOW, nonce="unknown")
    await ward.refused(Refusal.FORGED, ward.desk.exchange(sign(claims, b"another site's secret, of 32 bytes")))
    await ward.refused(Refusal.UNKNOWN, ward.desk.exchange(sign(claims, SECRET)))
    late = await ward.launch()
    async with ward.real.transaction() as transaction:
        await transaction.rows(
            "UPDATE launch SET expires_at = now() - interval '1 second' WHERE used_at IS NULL RETURNING nonce"
        )
    await ward.refused(Refusal.EXPIRED, ward.desk.exchange(late))
    assert await ward.noted() == ["used", "expired"]


@pytest.mark.shows("R67")
async def test_of_two_who_show_a_token_at_once_one_is_given_the_session(ward: Ward) -> None:
    await ward.offer()
    token = await ward.launch()
    told = await asyncio.gather(*(ward.desk.exchange(token) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, dict) for one in told) == 1
    assert sum(isinstance(one, LaunchError) and one.code == Refusal.USED for one in told) == 3


@pytest.mark.shows("R67")
async def test_a_session_ends_with_its_time_its_study_and_its_app(ward: Ward) -> None:
    job = await ward.offer()
    session = (await ward.desk.exchange(await ward.launch()))["session"]
    await ward.refused(Refusal.UNKNOWN, ward.desk.study("no session"))
    await ward.refused(Refusal.TOO_LARGE, ward.desk.answer(session, b"x" * (SCREEN.run.output_mb * (1 << 20) + 1)))
    await stage(ward.real, SCREEN, Stage.SUSPENDED)
    await ward.refused(Refusal.STOPPED, ward.desk.answer(session, b"{}"))
    await stage(ward.real, SCREEN, Stage.LIVE)
    async with ward.real.transaction() as transaction:
        await transaction.rows("UPDATE launch SET session_until = now() RETURNING nonce")
    await ward.refused(Refusal.EXPIRED, ward.desk.answer(session, b"{}"))
    session = (await ward.desk.exchange(await ward.launch()))["session"]
    async with ward.real.transaction() as transaction:
        await transaction.supersede(job.key, AT + timedelta(hours=1))
    await ward.refused(Refusal.CHANGED, ward.desk.answer(session, b"{}"))
    assert not ward.archive.path(f"runs/{job.key}/1/out/result.json").exists()


@pytest.mark.shows("R32", "R67")
@pytest.mark.parametrize("silent", [Stage.SHADOW, Stage.SUSPENDED, Stage.OFF])
async def test_the_screen_of_a_silent_app_is_not_opened(ward: Ward, silent: Stage) -> None:
    await ward.offer()
    await stage(ward.real, SCREEN, silent)
    assert await ward.desk.open(UID, "finder", "dr. X", "http://collega.example") is None
    assert await ward.desk.open(UID, "nobody", "dr. X", "http://collega.example") is None


@pytest.mark.shows("R25", "R67")
async def test_the_board_tells_who_has_a_screen_and_whether_it_was_opened(ward: Ward) -> None:
    await ward.offer()
    part = Part(limit=9)
    (entry,) = await board(ward.real, part, ward.desk.context)
    assert entry.apps[0].state(NOW) is AppState.OWN_SCREEN
    assert entry.apps[0].launched_at is None
    await ward.desk.exchange(await ward.launch())
    (entry,) = await board(ward.real, part, ward.desk.context)
    assert entry.apps[0].has_screen
    assert entry.apps[0].launched_at is not None


def test_the_secret_of_a_site_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    first = site_secret(tmp_path, "launch.key")
    assert len(first) == 32
    assert site_secret(tmp_path, "launch.key") == first
    assert stat.S_IMODE((tmp_path / "launch.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["launch.key"]
