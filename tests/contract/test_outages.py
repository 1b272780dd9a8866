"""Outages and notices: one of each whoever looks, in both stores."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from collega.model.app import Stage
from collega.model.code import Text
from collega.model.coverage import Round
from collega.model.finding import Outcome
from collega.model.ids import storage_key
from collega.model.job import Event, Job, JobState
from collega.model.outage import Cause, Notice, NoticeKind, NoticeState, Outage, Part, Subject
from collega.model.study import Study
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench, RealBench

pytestmark = pytest.mark.shows("R26")
MINUTE = timedelta(minutes=1)
APP = Subject(part=Part.APP, name="finder")
LEASE = 5 * MINUTE


def outage(**values: object) -> Outage:
    return replace(Outage(subject=APP, cause=Cause.WAITING, down_since=AT, seen_at=AT), **values)  # type: ignore[arg-type]


async def opened(bench: Bench, **values: object) -> Outage:
    async with bench.transaction() as transaction:
        saved = await transaction.save_outage(None, outage(**values))
        assert saved is not None
        return saved


async def add_study(bench: Bench, name: str = "A") -> Study:
    made = records.header(study=name)
    async with bench.transaction() as transaction:
        study = await transaction.add_study(made, storage_key(made.study_instance_uid), AT)
        await transaction.add_instances([records.instance(made)])
        return study


async def add_job(bench: Bench, study: Study, app: str = "finder", at: datetime = AT) -> Job:
    async with bench.transaction() as transaction:
        return await transaction.add_job(study, records.manifest(app), (), "digest", at)


async def end(bench: Bench, job: Job, outcome: Outcome, at: datetime) -> None:
    async with bench.transaction() as transaction:
        known = await transaction.job(job.key)
        assert known is not None
        await transaction.move_job(known, after=JobState.NORMALISED, at=at, outcome=outcome)


# ------------------------------------------------------------------ outages


async def test_one_open_outage_of_each_part(bench: Bench) -> None:
    first = await opened(bench)
    async with bench.transaction() as transaction:
        assert await transaction.save_outage(None, outage()) is None
        assert await transaction.save_outage(None, outage(subject=Subject(part=Part.WORKER))) is not None
        assert first in await transaction.open_outages()
        assert len(await transaction.open_outages()) == 2


async def test_an_outage_moves_on_once(bench: Bench) -> None:
    first = await opened(bench)
    noticed = replace(first, noticed_at=AT + MINUTE)
    async with bench.transaction() as transaction:
        assert await transaction.save_outage(first, noticed) == noticed
        assert await transaction.save_outage(first, noticed) is None
        up = replace(noticed, up_since=AT + 2 * MINUTE)
        assert await transaction.save_outage(noticed, up) == up
        over = replace(up, ended_at=AT + 3 * MINUTE)
        assert await transaction.save_outage(up, over) == over
        assert await transaction.save_outage(up, over) is None
        assert await transaction.open_outages() == []
        assert await transaction.save_outage(None, outage()) is not None, "the next time is an outage of its own"


@pytest.mark.parametrize("part", Part)
@pytest.mark.parametrize("cause", Cause)
async def test_every_part_and_cause_can_be_kept(bench: Bench, part: Part, cause: Cause) -> None:
    saved = await opened(bench, subject=Subject(part=part), cause=cause)
    assert (saved.subject.part, saved.cause) == (part, cause)


async def test_many_at_the_same_time_declare_one(real: RealBench) -> None:
    first = await opened(real)

    async def declare() -> Outage | None:
        async with real.transaction() as transaction:
            return await transaction.save_outage(first, replace(first, noticed_at=AT + MINUTE))

    saved = await asyncio.gather(*(declare() for _ in range(4)))
    assert sum(item is not None for item in saved) == 1


# ------------------------------------------------------------------ studies that wait


@pytest.mark.shows("R25")
async def test_each_waiting_job_is_given_once_an_outage(bench: Bench) -> None:
    study = await add_study(bench)
    job = await add_job(bench, study)
    await add_job(bench, study, "another")
    first = await opened(bench)
    async with bench.transaction() as transaction:
        assert list(await transaction.claim_waiting_studies(AT)) == [], "it is not declared"
        noticed = await transaction.save_outage(first, replace(first, noticed_at=AT))
        assert noticed is not None
        assert list(await transaction.claim_waiting_studies(AT)) == [(study.key, 1)]
        assert list(await transaction.claim_waiting_studies(AT)) == []
        assert await transaction.late_jobs(noticed) == (1, 1)
    other = await add_job(bench, await add_study(bench, "B"))
    async with bench.transaction() as transaction:
        assert list(await transaction.claim_waiting_studies(AT)) == [(other.study_key, 1)]
    await end(bench, job, Outcome.FOUND, AT)
    async with bench.transaction() as transaction:
        assert await transaction.late_jobs(noticed) == (2, 2), "its objects are not built yet"
        known = await transaction.job(job.key)
        assert known is not None
        await transaction.move_job(known, after=JobState.DONE, at=AT)
        assert await transaction.late_jobs(noticed) == (2, 1)


async def test_an_app_that_fails_ends_its_jobs_by_itself(bench: Bench) -> None:
    study = await add_study(bench)
    await add_job(bench, study)
    await opened(bench, cause=Cause.FAILING, noticed_at=AT)
    async with bench.transaction() as transaction:
        assert list(await transaction.claim_waiting_studies(AT)) == []
        assert list(await transaction.claim_waiting_studies(AT + MINUTE)) == [(study.key, 1)]


# ------------------------------------------------------------------ signs


async def test_signs_of_an_app(bench: Bench) -> None:
    app = records.manifest()
    study = await add_study(bench)
    job = await add_job(bench, study, at=AT + MINUTE)
    async with bench.transaction() as transaction:
        (signs,) = (await transaction.signs([app], "PACS")).apps
    assert (signs.stage, signs.stage_since, signs.was_heard) == (Stage.SHADOW, None, False)
    assert (signs.waiting_since, signs.failures) == (AT + MINUTE, 0)
    async with bench.transaction() as transaction:
        await transaction.set_stage(app.id, app.version, Stage.LIVE, "someone", "why")
        await transaction.set_stage(app.id, app.version, Stage.SUSPENDED, "someone", "why")
        retried = Event(kind="retried", at=AT + 3 * MINUTE, study_key=study.key, job_key=job.key)
        await transaction.add_event(retried)
    async with bench.transaction() as transaction:
        (signs,) = (await transaction.signs([app], "PACS")).apps
    assert (signs.stage, signs.was_heard, signs.waiting_since) == (Stage.SUSPENDED, True, AT + 3 * MINUTE)
    assert signs.stage_since is not None


async def test_failures_in_a_row(bench: Bench) -> None:
    app = records.manifest()
    for number, outcome in enumerate([Outcome.FAILED, Outcome.FOUND, Outcome.FAILED, Outcome.FAILED]):
        job = await add_job(bench, await add_study(bench, f"S{number}"))
        await end(bench, job, outcome, AT + number * MINUTE)
    async with bench.transaction() as transaction:
        (signs,) = (await transaction.signs([app], "PACS")).apps
    assert (signs.failures, signs.failing_since) == (2, AT + 2 * MINUTE)


@pytest.mark.shows("R31")
async def test_signs_of_the_pacs_and_of_coverage(bench: Bench) -> None:
    await add_study(bench)
    async with bench.transaction() as transaction:
        signs = await transaction.signs([], "PACS")
        assert (signs.pacs_fails, signs.last_round_at, signs.unanswered_since) == (False, None, None)
        await transaction.set_link("PACS", 2, AT)
        assert not (await transaction.signs([], "PACS")).pacs_fails, "there is nothing to send"
        await transaction.add_object(records.result_object(records.header()), "PACS", AT)
        for minute, answered in enumerate([True, False, False]):
            await transaction.add_round(
                Round(at=AT + minute * MINUTE, answered=answered, reason="" if answered else "away")
            )
        signs = await transaction.signs([], "PACS")
        assert (signs.pacs_fails, signs.last_round_at, signs.unanswered_since) == (True, AT + 2 * MINUTE, AT + MINUTE)


# ------------------------------------------------------------------ notices


def notice(of: Outage, kind: NoticeKind = NoticeKind.UNAVAILABLE, channel: str = "mail") -> Notice:
    words = Text(en="out", nl="uit")
    identity = f"{of.key}.{kind}"
    return Notice(
        key="", outage_key=of.key, kind=kind, channel=channel, identity=identity, at=AT, heading=words, body=words
    )


async def test_a_notice_is_planned_once_and_taken_by_one(bench: Bench) -> None:
    first = await opened(bench)
    async with bench.transaction() as transaction:
        for _ in range(2):
            await transaction.add_notice(notice(first))
        (taken,) = await transaction.take_notices(AT, LEASE)
        assert (taken.attempt, taken.heading.nl, taken.identity) == (1, "uit", f"{first.key}.unavailable")
        assert list(await transaction.take_notices(AT, LEASE)) == []
        (again,) = await transaction.take_notices(AT + LEASE, LEASE)
        assert again.attempt == 2
        await transaction.set_notice(taken, NoticeState.PLANNED, AT, AT, "the first one is too late")
        assert list(await transaction.take_notices(AT + LEASE, LEASE)) == []
        await transaction.set_notice(again, NoticeState.SENT, AT, None, "")
        assert list(await transaction.take_notices(AT + 9 * LEASE, LEASE)) == []


async def test_a_notice_waits_for_the_one_before_it(bench: Bench) -> None:
    first = await opened(bench)
    async with bench.transaction() as transaction:
        await transaction.add_notice(notice(first))
    async with bench.transaction() as transaction:
        await transaction.add_notice(notice(first, NoticeKind.AVAILABLE))
        (taken,) = await transaction.take_notices(AT, LEASE)
        assert taken.kind is NoticeKind.UNAVAILABLE
        assert list(await transaction.take_notices(AT, LEASE)) == []
        await transaction.set_notice(taken, NoticeState.SENT, AT, None, "")
        (taken,) = await transaction.take_notices(AT, LEASE)
        assert taken.kind is NoticeKind.AVAILABLE


async def test_what_was_never_tried_is_dropped_and_named(bench: Bench) -> None:
    first = await opened(bench)
    async with bench.transaction() as transaction:
        await transaction.add_notice(notice(first, channel="mail"))
        (tried,) = await transaction.take_notices(AT, LEASE)
        await transaction.add_notice(notice(first, channel="webhook 1"))
        assert await transaction.drop_notices(first.key) == {"webhook 1"}
        await transaction.set_notice(tried, NoticeState.PLANNED, AT, AT, "it was dropped meanwhile")
        assert list(await transaction.take_notices(AT + 9 * LEASE, LEASE)) == []
