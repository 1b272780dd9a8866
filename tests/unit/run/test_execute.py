"""The step ``run``: attempts, waits, and an end in every case."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from collega.errors import FencedError, PeerError, TransientError
from collega.model.app import Manifest
from collega.model.code import Text
from collega.model.inputs import InputSpec, JobInput, PriorsWanted, Why
from collega.model.job import Attempt, AttemptOutcome, Job, JobState
from collega.model.threshold import ThresholdChange
from collega.run.close import LOST_LIMIT
from collega.run.execute import run
from collega.run.inputs import study_json
from collega.run.runners import never_ran
from collega.testing import records
from collega.testing.fakes import FakeArchive, FakeClock, FakeRunner, FakeStore

HEADER = records.header()
MANIFEST = records.manifest()
STEPS_AT_MOST = 40


def answer(_: Path, outputs: Path) -> None:
    (outputs / "result.json").write_text("{}", encoding="utf-8")


class House:
    def __init__(self, folder: Path, app: Callable[[Path, Path], AttemptOutcome | None] = answer) -> None:
        self.store = FakeStore()
        self.archive = FakeArchive(folder)
        self.clock = FakeClock()
        self.runner = FakeRunner(app)
        self.catalogue = {MANIFEST.id: MANIFEST}

    async def queue(self) -> Job:
        item = records.instance(HEADER)
        self.archive.keep(item.path, b"DICOM")
        async with self.store.transaction() as transaction:
            study = await transaction.add_study(HEADER, item.study_key, records.AT)
            await transaction.add_instances([item])
            return await transaction.add_job(study, MANIFEST, [HEADER.sop_instance_uid], "digest", records.AT)

    async def run(self, job: Job) -> None:
        await run(self.store, self.archive, self.runner, self.clock, records.policy(), self.catalogue, job_key=job.key)

    async def run_to_the_end(self, job: Job) -> list[str]:
        """Do what the engine does: take each order, and try again what can succeed later."""
        taken = []
        for _ in range(STEPS_AT_MOST):
            try:
                await self.run(job)
            except TransientError:
                continue
            (step,) = self.store.take_steps()
            taken.append(step.step)
            if step.step != "run":
                return taken
            self.clock.go_to(step.at or self.clock.now())
        pytest.fail("the job came to no end")

    def job(self, job: Job) -> Job:
        return self.store.memory.jobs[job.key]

    def attempts(self) -> list[AttemptOutcome | None]:
        return [attempt.outcome if attempt else None for attempt in self.store.memory.attempts.values()]


async def test_an_app_answers(tmp_path: Path) -> None:
    house = House(tmp_path)
    job = await house.queue()
    assert await house.run_to_the_end(job) == ["normalise"]
    assert house.job(job).state is JobState.RAN
    assert house.archive.files(f"runs/{job.key}/1") == [
        f"runs/{job.key}/1/in/dicom/00001.dcm",
        f"runs/{job.key}/1/in/study.json",
        f"runs/{job.key}/1/out/result.json",
    ]
    kinds = [event.kind for event in house.store.memory.events]
    assert kinds == ["started", "ended"]


def test_what_an_app_is_told() -> None:
    told = study_json(records.study(HEADER), [records.instance(HEADER)], MANIFEST, 66.0)
    assert told["images"][0]["sop_instance_uid"] == HEADER.sop_instance_uid
    assert told["images"][0]["file"] == "dicom/00001.dcm"
    assert told["config"]["thresholds"] == {"pneumonia": 0.5}
    assert told["patient"] == {"age_years": 66.0, "sex": "F"}
    text = json.dumps(told)
    for secret in ("Doe", "P-A", "ACC-A", "19600229"):
        assert secret not in text, "an app needs no name and no number of a patient"


async def test_a_failed_attempt_is_tried_again_after_a_while(tmp_path: Path) -> None:
    house = House(tmp_path, lambda *_: AttemptOutcome.CRASHED)
    job = await house.queue()
    await house.run(job)
    (step,) = house.store.take_steps()
    assert (step.step, step.at) == ("run", house.clock.now() + timedelta(seconds=5))
    assert house.job(job).state is JobState.QUEUED


@pytest.mark.parametrize(
    "outcome",
    [AttemptOutcome.CRASHED, AttemptOutcome.TIMED_OUT, AttemptOutcome.OUT_OF_MEMORY, AttemptOutcome.TOO_MUCH_OUTPUT],
)
async def test_attempts_are_as_many_as_the_manifest_says(tmp_path: Path, outcome: AttemptOutcome) -> None:
    house = House(tmp_path, lambda *_: outcome)
    job = await house.queue()
    assert await house.run_to_the_end(job) == ["run", "normalise"]
    assert house.attempts() == [outcome, outcome]


async def test_an_app_that_may_not_run_is_not_tried_again(tmp_path: Path) -> None:
    house = House(tmp_path, lambda *_: AttemptOutcome.REFUSED)
    job = await house.queue()
    assert await house.run_to_the_end(job) == ["normalise"]


async def test_a_second_attempt_that_answers_counts(tmp_path: Path) -> None:
    outcomes = iter([AttemptOutcome.CRASHED, None])
    house = House(tmp_path, lambda *_: next(outcomes))
    job = await house.queue()
    assert await house.run_to_the_end(job) == ["run", "normalise"]
    assert house.attempts() == [AttemptOutcome.CRASHED, AttemptOutcome.ANSWERED]


async def test_attempts_that_were_lost_do_not_count_against_the_app(tmp_path: Path) -> None:
    house = House(tmp_path)
    job = await house.queue()
    async with house.store.transaction() as transaction:
        for _ in range(5):
            await transaction.start_attempt(job.key, house.clock.now())
    assert await house.run_to_the_end(job) == ["normalise"]
    assert house.attempts() == [AttemptOutcome.LOST] * 5 + [AttemptOutcome.ANSWERED]


async def test_who_is_not_there_is_asked_ever_less_often_and_not_counted_against_the_app(tmp_path: Path) -> None:
    left = iter([True, True, False])

    def away_at_first(_: Path, outputs: Path) -> None:
        if next(left):
            message = "ai.example cannot be reached"
            raise PeerError(message)
        answer(_, outputs)

    house = House(tmp_path, away_at_first)
    job = await house.queue()
    waits = []
    for number in range(1, 3):
        before = house.clock.now()
        await house.run(job)
        (step,) = house.store.take_steps()
        waits.append((step.at or before) - before)
        assert (step.step, house.job(job).state) == ("run", JobState.QUEUED), number
        house.clock.go_to(before + waits[-1])
    assert [wait.total_seconds() for wait in waits] == [1, 4]
    assert await house.run_to_the_end(job) == ["normalise"]
    assert house.attempts() == [AttemptOutcome.UNREACHABLE] * 2 + [AttemptOutcome.ANSWERED]


@pytest.mark.shows("R25")
async def test_who_never_comes_back_ends_as_not_there(tmp_path: Path) -> None:
    def away(*_: Path) -> None:
        message = "ai.example cannot be reached"
        raise PeerError(message)

    house = House(tmp_path, away)
    job = await house.queue()
    taken = await house.run_to_the_end(job)
    assert taken[-1] == "normalise"
    waits = [number**2 for number in range(1, house.runner.count)]
    assert sum(waits) <= MANIFEST.run.time_limit_s < sum(waits) + house.runner.count**2
    assert set(house.attempts()) == {AttemptOutcome.UNREACHABLE}
    (last,) = list(house.store.memory.attempts.values())[-1:]
    assert last is not None
    assert last.detail == "ai.example cannot be reached"


@pytest.mark.shows("R25")
async def test_an_app_that_brings_its_worker_down_each_time_comes_to_an_end(tmp_path: Path) -> None:
    def disaster(*_: Path) -> None:
        message = "the template of apps has ended"
        raise TransientError(message)

    house = House(tmp_path, disaster)
    job = await house.queue()
    assert await house.run_to_the_end(job) == ["normalise"]
    assert house.job(job).state is JobState.RAN
    assert house.runner.count <= MANIFEST.run.attempts + LOST_LIMIT
    assert house.attempts()[-1] is AttemptOutcome.LOST


async def test_a_version_that_is_not_installed_is_refused(tmp_path: Path) -> None:
    house = House(tmp_path)
    job = await house.queue()
    house.catalogue = {MANIFEST.id: replace(MANIFEST, version="2.0.0")}
    assert await house.run_to_the_end(job) == ["normalise"]
    assert house.attempts() == [AttemptOutcome.REFUSED]
    assert house.runner.count == 0


async def test_a_job_that_was_put_aside_meanwhile_keeps_its_state(tmp_path: Path) -> None:
    house = House(tmp_path)
    job = await house.queue()
    async with house.store.transaction() as transaction:
        await transaction.start_attempt(job.key, house.clock.now())
        await transaction.supersede(job.key, house.clock.now())
    with pytest.raises(FencedError):
        await house.run(job)
    assert house.job(job).state is JobState.SUPERSEDED
    assert house.store.take_steps() == []


async def test_an_app_cannot_change_what_was_received(tmp_path: Path) -> None:
    """Inputs are links to the archive: this documents that the runner must forbid writing."""
    house = House(tmp_path)
    job = await house.queue()
    await house.run(job)
    linked = tmp_path / f"runs/{job.key}/1/in/dicom/00001.dcm"
    assert linked.read_bytes() == b"DICOM"


@pytest.mark.shows("R49")
async def test_an_app_is_given_the_thresholds_that_hold_when_it_starts(tmp_path: Path) -> None:
    house = House(tmp_path)
    job = await house.queue()
    change = ThresholdChange(
        app_id=MANIFEST.id,
        app_version=MANIFEST.version,
        number=1,
        finding_id="pneumonia",
        old=0.5,
        new=0.7,
        at=records.AT,
        actor="AI lead",
        reason="fewer alarms",
    )
    async with house.store.transaction() as transaction:
        await transaction.add_threshold(change)
    await house.run_to_the_end(job)
    told = json.loads(house.archive.path(f"runs/{job.key}/1/in/study.json").read_text(encoding="utf-8"))
    assert told["config"]["thresholds"] == {"pneumonia": 0.7}
    assert house.job(job).thresholds == 1


@pytest.mark.shows("R25", "R73")
async def test_a_prior_that_a_box_did_not_take_is_missing_and_said(tmp_path: Path) -> None:
    house = House(tmp_path)
    wanted = PriorsWanted(most=2, within_months=60, modalities=("CR",))
    house.catalogue = {MANIFEST.id: replace(MANIFEST, inputs=InputSpec(priors=wanted))}
    job = await house.queue()
    priors: tuple[dict[str, Any], ...] = tuple({"study_date": date, "images": []} for date in ("20250101", "20240101"))
    async with house.store.transaction() as transaction:
        await transaction.add_inputs(job, [JobInput(name="priors", required=False, asked_at=records.AT, answer=priors)])

    class Box:
        async def run(self, manifest: Manifest, inputs: Path, outputs: Path) -> Attempt:  # noqa: ARG002 - of the port
            return replace(never_ran(AttemptOutcome.HANDED_OVER, "it takes no JPEG"), not_taken=(1,))

    policy = records.policy()
    await run(house.store, house.archive, Box(), house.clock, policy, house.catalogue, job_key=job.key)
    async with house.store.transaction() as transaction:
        (kept,) = await transaction.inputs_of(job.key)
    assert (kept.answer, kept.why, kept.detail) == (priors[1:], Why.NOT_TAKEN, "it takes no JPEG")
    assert kept.text == Text(
        en="earlier study not used: the app does not take it",
        nl="eerder onderzoek niet gebruikt: de app neemt het niet aan",
    )
    assert house.job(job).state is JobState.AWAITING
