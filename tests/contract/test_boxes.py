"""What boxes answered is read back as it was, and counts once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from collega.model.box import BoxAnswer, Standing, Unasked
from collega.model.job import Attempt, AttemptOutcome, Job, JobState
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench

HEADER = records.header()


def answer(job: Job, name: str = "1", seconds: float = 0, standing: Standing = Standing.OPEN) -> BoxAnswer:
    return BoxAnswer(
        job_key=job.key,
        sop_instance_uid=f"1.2.{name}",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.88.33",
        path=f"studies/{name}.dcm",
        digest=f"digest {name}",
        at=AT + timedelta(seconds=seconds),
        standing=standing,
    )


async def add_job(bench: Bench, app: str = "finder") -> Job:
    async with bench.transaction() as transaction:
        study = await transaction.add_study(HEADER, records.study(HEADER).key, AT)
        return await transaction.add_job(study, records.manifest(app), [HEADER.sop_instance_uid], "digest", AT)


@pytest.mark.shows("R5")
async def test_answers_come_back_in_the_order_in_which_they_came(bench: Bench) -> None:
    job, other = await add_job(bench), await add_job(bench, "other")
    given = [answer(job, "2", 1), answer(job, "1", 2), replace(answer(job, "3", 3, Standing.LATE), is_released=True)]
    async with bench.transaction() as transaction:
        for item in (given[1], given[2], given[0], answer(other, "1")):
            await transaction.add_answer(item)
    async with bench.transaction() as transaction:
        assert list(await transaction.answers_of(job.key)) == given
        assert list(await transaction.answers_of(other.key)) == [answer(other, "1")]


@pytest.mark.shows("R5")
async def test_an_object_counts_once_for_a_job(bench: Bench) -> None:
    job = await add_job(bench)
    again = replace(answer(job, "1", 5), path="studies/again.dcm")
    async with bench.transaction() as transaction:
        await transaction.add_answer(answer(job, "1", standing=Standing.TAKEN))
        await transaction.add_answer(again)
        assert list(await transaction.answers_of(job.key)) == [again]


@pytest.mark.shows("R5")
async def test_what_was_released_and_taken_is_remembered(bench: Bench) -> None:
    job, other = await add_job(bench), await add_job(bench, "other")
    given = [answer(job, "1"), answer(job, "2", 1), answer(job, "3", 2, Standing.LATE)]
    async with bench.transaction() as transaction:
        for item in (*given, answer(other, "1")):
            await transaction.add_answer(item)
        await transaction.release_answers(job.key, {"1.2.1", "1.2.3", "1.2.unknown"})
        await transaction.take_answers(job.key)
    async with bench.transaction() as transaction:
        found = [(item.standing, item.is_released) for item in await transaction.answers_of(job.key)]
        assert found == [(Standing.TAKEN, True), (Standing.TAKEN, False), (Standing.LATE, True)]
        assert list(await transaction.answers_of(other.key)) == [answer(other, "1")]


@pytest.mark.shows("R8")
async def test_what_answers_no_job_is_known_of_its_study(bench: Bench) -> None:
    other = records.header(study="other")
    async with bench.transaction() as transaction:
        study = await transaction.add_study(HEADER, records.study(HEADER).key, AT)
        await transaction.add_study(other, records.study(other).key, AT)
        await transaction.add_instances([records.instance(HEADER)])
        item = Unasked(sop_instance_uid=HEADER.sop_instance_uid, study_key=study.key, source="BOX", at=AT)
        await transaction.add_unasked(item)
    async with bench.transaction() as transaction:
        assert list(await transaction.unasked_of(study.key)) == [item]
        assert list(await transaction.unasked_of(records.study(other).key)) == []


@pytest.mark.shows("R5")
async def test_an_app_that_is_away_is_an_outcome_of_its_own(bench: Bench) -> None:
    job = await add_job(bench)
    away = Attempt(
        outcome=AttemptOutcome.UNREACHABLE, detail="no connection", isolation=(), wall_s=0.0, cpu_s=0.0, peak_mb=0.0
    )
    async with bench.transaction() as transaction:
        await transaction.end_attempt(await transaction.start_attempt(job.key, AT), away, AT, JobState.QUEUED)
    async with bench.transaction() as transaction:
        assert list(await transaction.failures(job.key)) == [away]
