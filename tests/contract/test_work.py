"""Jobs and attempts: a step that runs twice counts once, and no attempt is forgotten."""

from datetime import timedelta

import pytest

from collega.errors import FencedError
from collega.model.code import Code, Text
from collega.model.finding import (
    AppResult,
    Attachment,
    Evaluation,
    Measurement,
    Outcome,
    Region,
    RegionKind,
    Segment,
    Status,
)
from collega.model.job import Attempt, AttemptOutcome, Job, JobState
from collega.model.study import StudyState
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench

HEADER = records.header()
KEY = records.study(HEADER).key
LATER = AT + timedelta(minutes=1)


def attempt(outcome: AttemptOutcome, detail: str = "") -> Attempt:
    return Attempt(outcome=outcome, detail=detail, isolation=("uid", "network"), wall_s=1.5, cpu_s=0.25, peak_mb=64.0)


async def queue(bench: Bench, app_id: str = "finder") -> Job:
    async with bench.transaction() as transaction:
        study = await transaction.add_study(HEADER, KEY, AT)
        return await transaction.add_job(study, records.manifest(app_id), [HEADER.sop_instance_uid], "digest", AT)


async def start(bench: Bench, job: Job) -> Job:
    async with bench.transaction() as transaction:
        return await transaction.start_attempt(job.key, LATER)


async def end(bench: Bench, job: Job, outcome: AttemptOutcome, after: JobState, detail: str = "") -> None:
    async with bench.transaction() as transaction:
        await transaction.end_attempt(job, attempt(outcome, detail), LATER, after)


async def find(bench: Bench, job: Job) -> Job:
    async with bench.transaction() as transaction:
        found = await transaction.job(job.key)
    assert found is not None
    return found


async def test_a_job_is_read_back_as_it_was(bench: Bench) -> None:
    job = await queue(bench)
    assert await find(bench, job) == job
    assert (job.state, job.attempt, job.inputs) == (JobState.QUEUED, 0, (HEADER.sop_instance_uid,))
    async with bench.transaction() as transaction:
        assert list(await transaction.jobs_of(KEY)) == [job]
        assert await transaction.job("00000000-0000-7000-8000-00000000ffff") is None


async def test_an_app_gets_a_revision_once(bench: Bench) -> None:
    job = await queue(bench)
    with pytest.raises(Exception, match="finder"):
        await queue(bench)
    async with bench.transaction() as transaction:
        assert list(await transaction.jobs_of(KEY)) == [job]


@pytest.mark.shows("R66")
async def test_several_apps_look_at_one_study(bench: Bench) -> None:
    jobs = [await queue(bench, app_id) for app_id in ("finder", "counter")]
    async with bench.transaction() as transaction:
        assert list(await transaction.jobs_of(KEY)) == jobs
        assert await transaction.jobs_since("finder", AT) == 1
        assert await transaction.jobs_since("finder", LATER) == 0


async def test_a_study_moves_on_once(bench: Bench) -> None:
    await queue(bench)

    async def close(revision: int) -> None:
        async with bench.transaction() as transaction:
            await transaction.close_study(
                KEY, revision=revision, before=StudyState.RECEIVING, after=StudyState.COMPLETE
            )

    with pytest.raises(FencedError):
        await close(2)
    await close(1)
    with pytest.raises(FencedError):
        await close(1)
    async with bench.transaction() as transaction:
        study = await transaction.study(KEY)
    assert study is not None
    assert study.state is StudyState.COMPLETE
    assert study.complete_at is not None


async def test_the_loser_of_a_race_leaves_nothing_behind(bench: Bench) -> None:
    job = await queue(bench)
    started = await start(bench, job)
    await end(bench, started, AttemptOutcome.ANSWERED, JobState.RAN)

    async def second() -> None:
        async with bench.transaction() as transaction:
            await transaction.set_link("PACS", 9, None)
            await transaction.end_attempt(started, attempt(AttemptOutcome.CRASHED), LATER, JobState.QUEUED)

    with pytest.raises(FencedError):
        await second()
    assert (await find(bench, job)).state is JobState.RAN
    async with bench.transaction() as transaction:
        assert await transaction.link("PACS") == (0, None)
        last = await transaction.last_attempt(job.key)
    assert last == attempt(AttemptOutcome.ANSWERED)


async def test_a_worker_that_was_taken_over_cannot_close_its_attempt(bench: Bench) -> None:
    job = await queue(bench)
    lost = await start(bench, job)
    new = await start(bench, job)
    assert (lost.attempt, new.attempt) == (1, 2)
    with pytest.raises(FencedError):
        await end(bench, lost, AttemptOutcome.ANSWERED, JobState.RAN)
    assert (await find(bench, job)).state is JobState.RUNNING
    await end(bench, new, AttemptOutcome.ANSWERED, JobState.RAN)


async def test_an_attempt_without_end_is_lost_when_another_begins(bench: Bench) -> None:
    job = await queue(bench)
    await start(bench, job)
    async with bench.transaction() as transaction:
        assert await transaction.last_attempt(job.key) is None
    await start(bench, job)
    async with bench.transaction() as transaction:
        last = await transaction.last_attempt(job.key)
        assert list(await transaction.failures(job.key)) == [], "a lost attempt is not the app's fault"
    assert last is not None
    assert last.outcome is AttemptOutcome.LOST


@pytest.mark.parametrize("state", [JobState.RAN, JobState.NORMALISED, JobState.DONE, JobState.SUPERSEDED])
async def test_a_job_that_is_past_running_does_not_start(bench: Bench, state: JobState) -> None:
    job = await queue(bench)
    async with bench.transaction() as transaction:
        await transaction.move_job(job, after=state, at=LATER)
    with pytest.raises(FencedError):
        await start(bench, job)


async def test_failures_are_kept_in_their_order(bench: Bench) -> None:
    job = await queue(bench)
    for outcome in (AttemptOutcome.CRASHED, AttemptOutcome.TIMED_OUT):
        await end(bench, await start(bench, job), outcome, JobState.QUEUED, "why")
    async with bench.transaction() as transaction:
        failures = list(await transaction.failures(job.key))
        last = await transaction.last_attempt(job.key)
    assert failures == [attempt(AttemptOutcome.CRASHED, "why"), attempt(AttemptOutcome.TIMED_OUT, "why")]
    assert last == failures[-1]


async def test_a_reason_stays_until_another_is_given(bench: Bench) -> None:
    job = await queue(bench)
    async with bench.transaction() as transaction:
        await transaction.move_job(
            job, after=JobState.NORMALISED, at=LATER, outcome=Outcome.FAILED, reason_code="crashed", reason="it broke"
        )
    moved = await find(bench, job)
    async with bench.transaction() as transaction:
        await transaction.move_job(moved, after=JobState.DONE, at=LATER)
    done = await find(bench, job)
    assert (done.state, done.outcome, done.reason_code, done.reason) == (
        JobState.DONE,
        Outcome.FAILED,
        "crashed",
        "it broke",
    )
    with pytest.raises(FencedError):
        async with bench.transaction() as transaction:
            await transaction.move_job(moved, after=JobState.DISCARDED, at=LATER)


async def test_a_job_whose_input_changed_is_put_aside_in_any_state(bench: Bench) -> None:
    job = await queue(bench)
    running = await start(bench, job)
    async with bench.transaction() as transaction:
        await transaction.supersede(job.key, LATER)
    assert (await find(bench, job)).state is JobState.SUPERSEDED
    with pytest.raises(FencedError):
        await end(bench, running, AttemptOutcome.ANSWERED, JobState.RAN)


SITE = Code(scheme="SCT", value="39607008", meaning="Lung")
RICH = records.finding([HEADER.sop_instance_uid], value=0.1 + 0.2)
RESULTS = {
    "everything": AppResult(
        app_id="finder",
        app_version="1.0.0",
        study_instance_uid=HEADER.study_instance_uid,
        status=Status.ANALYSED,
        findings=(
            RICH,
            type(RICH)(
                id="second",
                code=RICH.code,
                site=SITE,
                evaluation=Evaluation.UNDETERMINED,
                score=RICH.score,
                threshold=None,
                images=(HEADER.sop_instance_uid, "1.2.3"),
                regions=(
                    Region(kind=RegionKind.POINT, image="1.2.3", frame=2, points=((1.0, 2.5),)),
                    Region(
                        kind=RegionKind.POLYGON, image="1.2.3", frame=1, points=((0.1, 0.2), (3.0, 4.0), (5.0, 0.0))
                    ),
                ),
                measurements=(Measurement(name=SITE, value=1 / 3, unit="mm2"),),
            ),
        ),
        segments=(Segment(finding_id="second", label="Lung", images=("1.2.3",), file="mask.npy"),),
        attachments=(Attachment(kind="png", file="heat.png", title="Heat — μ"),),
        notes=(Text(en="a note", nl="één noot"),),
    ),
    "not suitable": AppResult(
        app_id="finder",
        app_version="1.0.0",
        study_instance_uid=HEADER.study_instance_uid,
        status=Status.NOT_SUITABLE,
        reason_code="lateral",
        reason=Text(en="a lateral film", nl="een zijdelingse foto"),
    ),
    "nothing": AppResult(
        app_id="finder", app_version="1.0.0", study_instance_uid=HEADER.study_instance_uid, status=Status.ANALYSED
    ),
}


@pytest.mark.shows("R25", "R31")
@pytest.mark.parametrize("name", list(RESULTS))
async def test_an_answer_is_read_back_as_it_was(bench: Bench, name: str) -> None:
    job = await queue(bench)
    async with bench.transaction() as transaction:
        assert await transaction.result_of(job.key) is None
        await transaction.add_result(job, RESULTS[name], AT)
    async with bench.transaction() as transaction:
        assert await transaction.result_of(job.key) == RESULTS[name]


async def test_an_answer_is_kept_once(bench: Bench) -> None:
    job = await queue(bench)
    async with bench.transaction() as transaction:
        await transaction.add_result(job, RESULTS["nothing"], AT)
    with pytest.raises(Exception, match="result"):
        async with bench.transaction() as transaction:
            await transaction.add_result(job, RESULTS["not suitable"], AT)
    async with bench.transaction() as transaction:
        assert await transaction.result_of(job.key) == RESULTS["nothing"]
