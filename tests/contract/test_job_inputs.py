"""What was gathered for jobs, and studies that come only to be looked back on: what both stores keep."""

from dataclasses import replace
from datetime import timedelta

import pytest

from collega.errors import FencedError
from collega.model.code import Text
from collega.model.inputs import MARK_LASTS, JobInput, Why
from collega.model.job import Job
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench, RealBench

HEADER = records.header()
CAME = JobInput(name="priors", required=False, asked_at=AT, answer=({"study_date": "20250101", "images": []},))
MISSING = JobInput(
    name="laboratory:creatinine",
    required=True,
    asked_at=AT,
    why=Why.UNIT,
    text=Text(en="unit not understood", nl="eenheid onbekend"),
    detail="furlong",
)


async def queue(bench: Bench) -> Job:
    async with bench.transaction() as transaction:
        study = await transaction.add_study(HEADER, records.study(HEADER).key, AT)
        return await transaction.add_job(study, records.manifest(), [HEADER.sop_instance_uid], "digest", AT)


async def test_inputs_come_back_as_they_were_kept(bench: Bench) -> None:
    job = await queue(bench)
    async with bench.transaction() as transaction:
        assert list(await transaction.inputs_of(job.key)) == []
        await transaction.add_inputs(job, [CAME, MISSING])
    async with bench.transaction() as transaction:
        assert list(await transaction.inputs_of(job.key)) == [CAME, MISSING]


async def test_they_are_kept_once(bench: Bench) -> None:
    job = await queue(bench)
    async with bench.transaction() as transaction:
        await transaction.add_inputs(job, [CAME])
    with pytest.raises(FencedError):
        async with bench.transaction() as transaction:
            await transaction.add_inputs(job, [replace(CAME, answer=())])
    async with bench.transaction() as transaction:
        assert list(await transaction.inputs_of(job.key)) == [CAME]


async def test_another_account_of_one_input_leaves_the_others(bench: Bench) -> None:
    job = await queue(bench)
    changed = replace(CAME, answer=(), why=Why.NOT_TAKEN, text=Text(en="not taken", nl="niet aangenomen"), detail="A1")
    async with bench.transaction() as transaction:
        await transaction.add_inputs(job, [CAME, MISSING])
        await transaction.change_input(job, changed)
    async with bench.transaction() as transaction:
        assert list(await transaction.inputs_of(job.key)) == [changed, MISSING]


async def test_a_mark_lasts_for_a_day_and_is_set_again(bench: Bench) -> None:
    job = await queue(bench)
    async with bench.transaction() as transaction:
        await transaction.mark_prior("1.2.3", job.key, AT)
        assert await transaction.is_prior("1.2.3", AT + MARK_LASTS - timedelta(seconds=1))
        assert not await transaction.is_prior("1.2.3", AT + MARK_LASTS)
        assert not await transaction.is_prior("1.2.4", AT)
        await transaction.mark_prior("1.2.3", job.key, AT + MARK_LASTS)
        assert await transaction.is_prior("1.2.3", AT + MARK_LASTS)


async def test_a_question_is_in_the_audit_record(real: RealBench) -> None:
    job = await queue(real)
    async with real.transaction() as transaction:
        await transaction.note_asked(job, AT, {"inputs": ["priors"]})
    async with real.transaction() as transaction:
        (line,) = await transaction.rows("SELECT event, actor, study_key, patient_key, payload FROM audit")
    assert (line["event"], line["actor"], line["study_key"]) == ("asked elsewhere", "finder", job.study_key)
    assert line["patient_key"] is not None
    assert line["payload"] == {"inputs": ["priors"]}


async def test_a_job_that_begins_again_gathers_again(real: RealBench) -> None:
    job = await queue(real)
    async with real.transaction() as transaction:
        await transaction.add_inputs(job, [MISSING])
        await transaction.forget_result(job)
    async with real.transaction() as transaction:
        assert list(await transaction.inputs_of(job.key)) == []
