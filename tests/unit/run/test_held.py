"""The switch holds what has not begun; an app with its own screen waits for a reader."""

from pathlib import Path

import pytest

from collega.model.app import RUNNING_STAGES, Manifest, Stage
from collega.model.job import Job, JobState
from collega.model.runtime import Runtime, Use, Way
from collega.model.study import StudyState
from collega.run.collect import collect
from collega.run.execute import run
from collega.run.runners import ByRuntime
from collega.testing import records
from collega.testing.fakes import FakeArchive, FakeClock, FakeRunner, FakeStore

HEADER = records.header()
SCREEN = Use(way=Way.OWN_SCREEN, screen="https://screen.example/open")


class House:
    def __init__(self, folder: Path, use: Use = Use()) -> None:  # noqa: B008 - frozen
        self.store, self.archive, self.clock = FakeStore(), FakeArchive(folder), FakeClock()
        self.manifest: Manifest = records.manifest(use=use)
        self.started: list[Path] = []
        self.runner = ByRuntime({Runtime.PYTHON: FakeRunner(self._answer)})

    def _answer(self, inputs: Path, outputs: Path) -> None:
        self.started.append(inputs)
        (outputs / "result.json").write_text("{}", encoding="utf-8")

    async def queue(self, stage: Stage = Stage.LIVE) -> Job:
        item = records.instance(HEADER)
        self.archive.keep(item.path, b"DICOM")
        async with self.store.transaction() as transaction:
            await transaction.set_stage("finder", "1.0.0", stage, "someone", "a test")
            study = await transaction.add_study(HEADER, item.study_key, records.AT)
            await transaction.add_instances([item])
            await transaction.close_study(study.key, revision=1, before=StudyState.RECEIVING, after=StudyState.ROUTED)
            return await transaction.add_job(study, self.manifest, [HEADER.sop_instance_uid], "digest", records.AT)

    async def run(self, job: Job) -> Job:
        catalogue = {"finder": self.manifest}
        await run(self.store, self.archive, self.runner, self.clock, records.policy(), catalogue, job_key=job.key)
        return self.store.memory.jobs[job.key]

    async def collect(self, job: Job) -> Job:
        catalogue = {"finder": self.manifest}
        policy = records.policy()
        await collect(self.store, self.archive, self.clock, policy, catalogue, job_key=job.key, attempt=job.attempt)
        return self.store.memory.jobs[job.key]

    def kinds(self) -> list[str]:
        return [event.kind for event in self.store.memory.events]


@pytest.mark.shows("R32", "R76")
@pytest.mark.parametrize("stage", list(Stage))
async def test_what_was_queued_is_held_when_its_app_is_stopped(tmp_path: Path, stage: Stage) -> None:
    house = House(tmp_path)
    job = await house.run(await house.queue(stage))
    if stage in RUNNING_STAGES:
        assert job.state is JobState.RAN
        return
    assert job.state is JobState.HELD
    assert job.attempt == 0
    assert house.started == []
    assert house.kinds() == ["held"]
    assert house.store.take_steps() == [], "it begins when it is resumed, not by itself"


@pytest.mark.shows("R67")
async def test_an_app_with_its_own_screen_is_sent_nothing_and_waits_without_end(tmp_path: Path) -> None:
    house = House(tmp_path, SCREEN)
    job = await house.run(await house.queue())
    assert job.state is JobState.OFFERED
    assert house.started == []
    assert house.kinds() == ["started", "offered"]
    assert [step.step for step in house.store.take_steps()] == ["page"], "the study says that a screen is there"
    house.clock.pass_time(seconds=30 * 24 * 3600)
    assert (await house.collect(job)).state is JobState.OFFERED


@pytest.mark.shows("R67")
async def test_what_its_screen_answers_hours_later_is_read(tmp_path: Path) -> None:
    house = House(tmp_path, SCREEN)
    job = await house.run(await house.queue())
    house.store.take_steps()
    house.clock.pass_time(seconds=7 * 3600)
    house.archive.keep(f"runs/{job.key}/{job.attempt}/out/result.json", b"{}")
    assert (await house.collect(job)).state is JobState.RAN
    assert [step.step for step in house.store.take_steps()] == ["normalise"]
