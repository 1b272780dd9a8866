"""The step ``normalise``: every way in which an attempt can end becomes a result, never silence."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collega.model.app import Manifest
from collega.model.finding import Outcome, Status
from collega.model.job import Attempt, AttemptOutcome, Job, JobState
from collega.normalise.conclude import REASONS, normalise
from collega.testing import records
from collega.testing.fakes import FakeArchive, FakeClock, FakeStore
from tests.unit.normalise.conftest import HEADER
from tests.unit.normalise.test_outputs import put

MANIFEST = records.manifest()


class House:
    def __init__(self, folder: Path) -> None:
        self.store = FakeStore()
        self.archive = FakeArchive(folder)
        self.clock = FakeClock()
        self.catalogue: Mapping[str, Manifest] = {MANIFEST.id: MANIFEST}

    async def ran(self, outcome: AttemptOutcome = AttemptOutcome.ANSWERED, answer: object = None) -> Job:
        attempt = Attempt(outcome=outcome, detail="the detail", isolation=(), wall_s=1.0, cpu_s=1.0, peak_mb=1.0)
        async with self.store.transaction() as transaction:
            study = await transaction.add_study(HEADER, records.study(HEADER).key, records.AT)
            await transaction.add_instances([records.instance(HEADER)])
            job = await transaction.add_job(study, MANIFEST, [HEADER.sop_instance_uid], "digest", records.AT)
            started = await transaction.start_attempt(job.key, records.AT)
            await transaction.end_attempt(started, attempt, records.AT, JobState.RAN)
        if answer is not None:
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.archive.keep(f"runs/{job.key}/1/out/result.json", content)
        return job

    async def conclude(self, job: Job) -> tuple[Outcome | None, str]:
        await normalise(self.store, self.archive, self.clock, self.catalogue, job_key=job.key)
        done = self.store.memory.jobs[job.key]
        assert done.state is JobState.NORMALISED
        assert self.store.memory.results[job.key].outcome is done.outcome
        assert [step.step for step in self.store.memory.steps] == ["plan"]
        return done.outcome, done.reason_code


async def test_an_answer_becomes_a_result(tmp_path: Path, right: dict[str, Any]) -> None:
    house = House(tmp_path)
    assert await house.conclude(await house.ran(answer=right)) == (Outcome.FOUND, "")
    assert house.store.memory.quarantine == []


@pytest.mark.shows("R25")
@pytest.mark.parametrize("outcome", sorted(set(AttemptOutcome) - {AttemptOutcome.ANSWERED, AttemptOutcome.HANDED_OVER}))
async def test_an_attempt_without_answer_is_a_failure_with_its_reason(tmp_path: Path, outcome: AttemptOutcome) -> None:
    house = House(tmp_path)
    job = await house.ran(outcome)
    assert await house.conclude(job) == (Outcome.FAILED, outcome.value)
    result = house.store.memory.results[job.key]
    assert result.status is Status.FAILED
    assert result.reason == REASONS[outcome]
    assert house.store.memory.jobs[job.key].reason == "the detail"


BAD: dict[str, tuple[Any, str]] = {
    "no file": (None, "no-result"),
    "HTML": (b"<html></html>", "not-json"),
    "no answer": ([], "schema"),
    "another study": (("study_instance_uid", "1.2.3"), "wrong-study"),
    "another image": (("findings.0.images", ["1.2.3"]), "unknown-image"),
    "a score outside its scale": (("findings.0.score.value", 1.5), "score"),
    "no findings": (("findings", []), "missing-finding"),
    "a contradiction": (("findings.0.evaluation", "absent"), "contradiction"),
}


@pytest.mark.shows("R25")
@pytest.mark.parametrize("name", list(BAD))
async def test_a_wrong_answer_is_set_apart_and_never_nothing_found(
    tmp_path: Path, right: dict[str, Any], name: str
) -> None:
    change, code = BAD[name]
    answer = put(right, *change) if isinstance(change, tuple) else change
    house = House(tmp_path)
    job = await house.ran(answer=answer)
    assert await house.conclude(job) == (Outcome.FAILED, code)
    (row,) = house.store.memory.quarantine
    assert (row["kind"], row["code"], row["job_key"]) == ("result", code, job.key)
    assert house.store.memory.results[job.key].findings == ()


@pytest.mark.parametrize("change", ["gone", "newer"])
async def test_an_app_that_is_not_installed_any_more(tmp_path: Path, right: dict[str, Any], change: str) -> None:
    house = House(tmp_path)
    job = await house.ran(answer=right)
    house.catalogue = {} if change == "gone" else {MANIFEST.id: replace(MANIFEST, version="2.0.0")}
    outcome, code = await house.conclude(job)
    assert outcome is Outcome.FAILED
    assert code


async def test_it_counts_once(tmp_path: Path, right: dict[str, Any]) -> None:
    house = House(tmp_path)
    job = await house.ran(answer=right)
    await house.conclude(job)
    before = house.store.memory.copy()
    await normalise(house.store, house.archive, house.clock, house.catalogue, job_key=job.key)
    assert house.store.memory == before


async def test_a_job_that_was_put_aside_stays_so(tmp_path: Path, right: dict[str, Any]) -> None:
    house = House(tmp_path)
    job = await house.ran(answer=right)
    async with house.store.transaction() as transaction:
        await transaction.supersede(job.key, records.AT)
    await normalise(house.store, house.archive, house.clock, house.catalogue, job_key=job.key)
    assert house.store.memory.jobs[job.key].state is JobState.SUPERSEDED
    assert house.store.memory.results == {}
