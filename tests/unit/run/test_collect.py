"""Attempts that others carry out: nothing waits in a slot, and each comes to an end."""

from datetime import timedelta
from pathlib import Path

import pytest

from collega.model.job import AttemptOutcome, Job, JobState
from collega.model.runtime import Runtime
from collega.run.collect import collect
from collega.run.execute import run
from collega.run.runners import ByRuntime
from collega.testing import records
from collega.testing.fakes import FakeArchive, FakeClock, FakeRunner, FakeStore

HEADER = records.header()
MANIFEST = records.manifest()
LIMIT = timedelta(seconds=MANIFEST.run.time_limit_s)


class House:
    def __init__(self, folder: Path) -> None:
        self.store, self.archive, self.clock = FakeStore(), FakeArchive(folder), FakeClock()
        self.catalogue = {MANIFEST.id: MANIFEST}
        self.elsewhere = FakeRunner(lambda _, __: AttemptOutcome.HANDED_OVER)

    async def hand_over(self) -> Job:
        item = records.instance(HEADER)
        self.archive.keep(item.path, b"DICOM")
        async with self.store.transaction() as transaction:
            study = await transaction.add_study(HEADER, item.study_key, records.AT)
            await transaction.add_instances([item])
            job = await transaction.add_job(study, MANIFEST, [HEADER.sop_instance_uid], "digest", records.AT)
        await self.run(job)
        return self.job(job)

    async def run(self, job: Job) -> None:
        policy = records.policy()
        await run(self.store, self.archive, self.elsewhere, self.clock, policy, self.catalogue, job_key=job.key)

    async def collect(self, job: Job, attempt: int) -> list[str]:
        policy = records.policy()
        await collect(self.store, self.archive, self.clock, policy, self.catalogue, job_key=job.key, attempt=attempt)
        return [step.step for step in self.store.take_steps()]

    def job(self, job: Job) -> Job:
        return self.store.memory.jobs[job.key]

    def answer(self, job: Job) -> None:
        (self.archive.path(f"runs/{job.key}/{job.attempt}/out") / "result.json").write_text("{}", encoding="utf-8")


@pytest.mark.shows("R5", "R67")
async def test_an_attempt_that_was_handed_over_waits_for_its_answer_or_its_time(tmp_path: Path) -> None:
    house = House(tmp_path)
    job = await house.hand_over()
    assert job.state is JobState.AWAITING
    (step,) = house.store.take_steps()
    assert (step.step, step.at) == ("collect", house.clock.now() + LIMIT)
    assert [event.kind for event in house.store.memory.events] == ["started", "handed_over"]


@pytest.mark.shows("R5", "R67")
async def test_an_answer_that_came_is_read(tmp_path: Path) -> None:
    house = House(tmp_path)
    job = await house.hand_over()
    house.store.take_steps()
    house.clock.pass_time(seconds=3)
    house.answer(job)
    assert await house.collect(job, 1) == ["normalise"]
    assert house.job(job).state is JobState.RAN
    (attempt,) = house.store.memory.attempts.values()
    assert attempt is not None
    assert (attempt.outcome, attempt.wall_s) == (AttemptOutcome.ANSWERED, 3.0)
    assert await house.collect(job, 1) == []


@pytest.mark.shows("R25")
async def test_who_does_not_answer_is_asked_again_and_then_fails(tmp_path: Path) -> None:
    house = House(tmp_path)
    job = await house.hand_over()
    house.store.take_steps()
    house.clock.pass_time(seconds=MANIFEST.run.time_limit_s / 2)
    assert await house.collect(job, 1) == []
    house.clock.pass_time(seconds=MANIFEST.run.time_limit_s / 2)
    assert await house.collect(job, 1) == ["run"]
    await house.run(job)
    house.store.take_steps()
    house.clock.pass_time(seconds=MANIFEST.run.time_limit_s)
    assert await house.collect(job, 1) == []
    assert await house.collect(job, 2) == ["normalise"]
    outcomes = [attempt.outcome if attempt else None for attempt in house.store.memory.attempts.values()]
    assert outcomes == [AttemptOutcome.TIMED_OUT, AttemptOutcome.TIMED_OUT]


@pytest.mark.shows("R5")
async def test_a_runtime_that_a_site_does_not_have_is_refused(tmp_path: Path) -> None:
    attempt = await ByRuntime({}).run(MANIFEST, tmp_path, tmp_path)
    assert attempt.outcome is AttemptOutcome.REFUSED
    assert "python" in attempt.detail
    answered = await ByRuntime({Runtime.PYTHON: FakeRunner(lambda _, __: None)}).run(MANIFEST, tmp_path, tmp_path)
    assert answered.outcome is AttemptOutcome.ANSWERED
