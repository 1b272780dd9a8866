"""When the answer of a box is whole, what is laid down for reading, and what happens while the box is away."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from collega.errors import PeerError
from collega.model.app import Manifest
from collega.model.box import BoxAnswer, Standing
from collega.model.job import Attempt, AttemptOutcome, Job, JobState, NextStep
from collega.model.runtime import DicomSpec, RunSpec, Runtime
from collega.run.boxes import whole_at
from collega.run.collect import collect
from collega.run.execute import run
from collega.testing import records
from collega.testing.fakes import FakeArchive, FakeClock, FakeRunner, FakeStore

HEADER = records.header()
SR, SC = "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.7"
LIMIT_S = 60.0


def box(settle_s: float = 2.0, app_id: str = "box", **values: float) -> Manifest:
    spec = DicomSpec(host="127.0.0.1", port=104, aet="BOX", answers_from=("BOX",), settle_s=settle_s)
    made = RunSpec(runtime=Runtime.DICOM, time_limit_s=LIMIT_S, memory_mb=1, output_mb=1, attempts=2, dicom=spec)
    return records.manifest(app_id, run=replace(made, **values))  # type: ignore[arg-type]


class AwayRunner:
    """A box that cannot be reached."""

    async def run(self, manifest: Manifest, inputs: Path, outputs: Path) -> Attempt:  # noqa: ARG002 - of the port
        message = "box BOX at 127.0.0.1:104: no connection"
        raise PeerError(message)


class House:
    def __init__(self, folder: Path, manifest: Manifest, *others: Manifest) -> None:
        self.store, self.archive, self.clock = FakeStore(), FakeArchive(folder), FakeClock()
        self.catalogue = {app.id: app for app in (manifest, *others)}
        self.app = manifest
        self.runner: FakeRunner | AwayRunner = FakeRunner(lambda _, __: AttemptOutcome.HANDED_OVER)

    async def queued(self) -> Job:
        item = records.instance(HEADER)
        self.archive.keep(item.path, b"DICOM")
        async with self.store.transaction() as transaction:
            study = await transaction.add_study(HEADER, item.study_key, self.clock.now())
            await transaction.add_instances([item])
            return await transaction.add_job(study, self.app, [HEADER.sop_instance_uid], "digest", self.clock.now())

    async def run(self, job: Job) -> Job:
        policy = records.policy()
        await run(self.store, self.archive, self.runner, self.clock, policy, self.catalogue, job_key=job.key)
        return self.store.memory.jobs[job.key]

    async def answer(self, job: Job, name: str, sop_class: str = SR, standing: Standing = Standing.OPEN) -> None:
        made = self.made(job, name, sop_class, standing)
        async with self.store.transaction() as transaction:
            await transaction.add_answer(made)

    def made(self, job: Job, name: str, sop_class: str = SR, standing: Standing = Standing.OPEN) -> BoxAnswer:
        self.archive.keep(f"studies/{name}.dcm", name.encode())
        return BoxAnswer(
            job_key=job.key,
            sop_instance_uid=name,
            sop_class_uid=sop_class,
            path=f"studies/{name}.dcm",
            digest=name,
            at=self.clock.now(),
            standing=standing,
        )

    async def collect(self, job: Job) -> list[NextStep]:
        policy = records.policy()
        await collect(
            self.store, self.archive, self.clock, policy, self.catalogue, job_key=job.key, attempt=job.attempt
        )
        return self.store.take_steps()

    def laid(self, job: Job) -> list[str]:
        folder = self.archive.path(f"runs/{job.key}/{job.attempt}/out/dicom")
        return [file.read_text() for file in sorted(folder.glob("*"))] if folder.exists() else []

    @property
    def outcomes(self) -> list[AttemptOutcome | None]:
        return [attempt.outcome if attempt else None for attempt in self.store.memory.attempts.values()]


@pytest.fixture
def house(tmp_path: Path) -> Callable[..., House]:
    return lambda *manifests: House(tmp_path, *(manifests or (box(),)))


@pytest.mark.shows("R5")
async def test_an_answer_is_read_when_no_more_has_come_for_a_while(house: Callable[..., House]) -> None:
    here = house()
    job = await here.run(await here.queued())
    here.store.take_steps()
    await here.answer(job, "first")
    here.clock.pass_time(seconds=1.5)
    await here.answer(job, "second", SC)
    here.clock.pass_time(seconds=0.5)
    (again,) = await here.collect(job)
    assert (again.step, again.at) == ("collect", here.clock.now() + timedelta(seconds=1.5))
    assert here.laid(job) == []
    here.clock.pass_time(seconds=1.5)
    assert [step.step for step in await here.collect(job)] == ["normalise"]
    assert here.laid(job) == ["first", "second"]
    assert here.outcomes == [AttemptOutcome.ANSWERED]
    async with here.store.transaction() as transaction:
        assert {item.standing for item in await transaction.answers_of(job.key)} == {Standing.TAKEN}


@pytest.mark.shows("R5")
async def test_late_and_second_answers_are_not_read(house: Callable[..., House]) -> None:
    here = house()
    job = await here.run(await here.queued())
    here.store.take_steps()
    for standing in (Standing.LATE, Standing.AGAIN, Standing.TAKEN):
        await here.answer(job, standing, standing=standing)
    here.clock.pass_time(seconds=3)
    assert await here.collect(job) == []
    await here.answer(job, "right")
    here.clock.pass_time(seconds=3)
    await here.collect(job)
    assert here.laid(job) == ["right"]


@pytest.mark.shows("R5", "R10")
async def test_an_answer_to_what_a_lost_attempt_had_sent_does_not_stand_for_all_images(
    house: Callable[..., House],
) -> None:
    """Without it, "absent" in a part of the slices would be read as absent."""
    here = house()
    job = await here.queued()
    await here.answer(job, "about a part")
    job = await here.run(job)
    here.store.take_steps()
    here.clock.pass_time(seconds=3)
    assert await here.collect(job) == []
    await here.answer(job, "about all")
    here.clock.pass_time(seconds=3)
    await here.collect(job)
    assert here.laid(job) == ["about all"]


@pytest.mark.shows("R5")
async def test_a_box_that_never_stops_is_cut_off_at_its_time(house: Callable[..., House]) -> None:
    here = house(box(settle_s=100.0))
    job = await here.run(await here.queued())
    here.store.take_steps()
    await here.answer(job, "first")
    (again,) = await here.collect(job)
    assert again.at == here.clock.now() + timedelta(seconds=LIMIT_S)
    here.clock.pass_time(seconds=LIMIT_S)
    assert [step.step for step in await here.collect(job)] == ["normalise"]
    assert here.laid(job) == ["first"]


@pytest.mark.shows("R5")
async def test_an_answer_that_was_quicker_than_the_hand_over_is_read_at_once(house: Callable[..., House]) -> None:
    here = house()
    job = await here.queued()
    quick = here.made(job, "quick")

    def answered_meanwhile(_: Path, __: Path) -> AttemptOutcome:
        here.store.memory.answers[job.key, quick.sop_instance_uid] = quick
        return AttemptOutcome.HANDED_OVER

    here.runner = FakeRunner(answered_meanwhile)
    job = await here.run(job)
    assert job.state is JobState.AWAITING
    assert [step.at for step in here.store.take_steps()] == [here.clock.now() + timedelta(seconds=LIMIT_S), None]


@pytest.mark.shows("R5")
@pytest.mark.parametrize(
    ("settle_s", "sop_class", "is_released", "seconds"),
    [(3.0, SR, True, 3.0), (0.0, SR, True, 0.0), (0.0, SR, False, 2.0), (0.0, SC, True, 2.0)],
)
def test_when_an_answer_is_whole(settle_s: float, sop_class: str, *, is_released: bool, seconds: float) -> None:
    answer = BoxAnswer(
        job_key="",
        sop_instance_uid="1",
        sop_class_uid=sop_class,
        path="",
        digest="",
        at=records.AT,
        standing=Standing.OPEN,
        is_released=is_released,
    )
    spec = box(settle_s).run.dicom
    assert spec is not None
    earlier = replace(answer, at=records.AT - timedelta(seconds=9), is_released=True)
    assert whole_at([answer, earlier], spec) == records.AT + timedelta(seconds=seconds)


# ------------------------------------------------------------------- a box that is away


@pytest.mark.shows("R25")
async def test_a_box_that_is_away_is_tried_again_and_fails_within_its_time(house: Callable[..., House]) -> None:
    here = house(box())
    here.runner = AwayRunner()
    job, began = await here.queued(), here.clock.now()
    waits = []
    while (job := await here.run(job)).state is JobState.QUEUED:
        (step,) = here.store.take_steps()
        assert step.step == "run"
        assert step.at is not None
        waits.append((step.at - here.clock.now()).total_seconds())
        here.clock.pass_time(seconds=waits[-1])
    assert waits == [1.0, 4.0, 9.0, 16.0, 25.0]
    assert here.clock.now() - began <= timedelta(seconds=LIMIT_S)
    assert [step.step for step in here.store.take_steps()] == ["normalise"]
    assert set(here.outcomes) == {AttemptOutcome.UNREACHABLE}


@pytest.mark.shows("R25")
async def test_a_box_that_comes_back_has_all_its_attempts(house: Callable[..., House]) -> None:
    """Eleven times away is no sign that the app brings its worker down."""
    here = house(box(time_limit_s=7200.0))
    here.runner = AwayRunner()
    job = await here.queued()
    for _ in range(13):
        job = await here.run(job)
        assert job.state is JobState.QUEUED
    here.runner = FakeRunner(lambda _, __: AttemptOutcome.HANDED_OVER)
    assert (await here.run(job)).state is JobState.AWAITING
    here.clock.pass_time(seconds=7200)
    here.store.take_steps()
    job = here.store.memory.jobs[job.key]
    assert [step.step for step in await here.collect(job)] == ["run"], "its first failure of two"


@pytest.mark.shows("R5")
async def test_two_apps_that_would_get_each_others_answers_are_refused(house: Callable[..., House]) -> None:
    here = house(box(), box(app_id="twin"))
    job = await here.run(await here.queued())
    assert job.state is JobState.RAN
    (attempt,) = here.store.memory.attempts.values()
    assert attempt is not None
    assert attempt.outcome is AttemptOutcome.REFUSED
    assert "BOX (twin)" in attempt.detail
