"""A step that has failed for the last time is shown on the page, never in silence."""

from collections.abc import Callable

import pytest

from collega.model.delivery import DeliveryState
from collega.model.finding import Outcome
from collega.model.job import AttemptOutcome, JobState
from collega.model.result import ObjectKind
from collega.pipeline import find_forgotten, give_up
from tests.unit.deliver.conftest import ANSWER, House, film

Make = Callable[..., House]
PAGE = ObjectKind.STATUS_PAGE


@pytest.mark.shows("R25")
@pytest.mark.parametrize("step", ["run", "normalise"])
async def test_a_step_before_the_result_ends_in_a_failure_on_the_page(house: Make, step: str) -> None:
    here = house()
    await here.receive(film())
    (job,) = here.open_jobs()
    if step == "normalise":
        async with here.store.transaction() as transaction:
            started = await transaction.start_attempt(job.key, here.clock.now())
            await transaction.end_attempt(started, ANSWER, here.clock.now(), JobState.RAN)
    await give_up(here.world(), step, {"job_key": job.key}, RuntimeError("of a patient named Doe"))
    await here.work()
    ended = here.store.memory.jobs[job.key]
    assert (ended.state, ended.outcome, ended.reason_code) == (JobState.DONE, Outcome.FAILED, "internal-error")
    assert here.state(PAGE) == [DeliveryState.VISIBLE]
    assert "FAILED" in here.read(here.objects(PAGE)[0]).ImageComments
    assert ANSWER.outcome is AttemptOutcome.ANSWERED


@pytest.mark.shows("R25")
async def test_a_report_that_cannot_be_built_still_gets_its_page(house: Make) -> None:
    here = house()
    await here.receive(film())
    job = await here.answer()
    here.store.take_steps()
    await give_up(here.world(), "plan", {"job_key": job.key}, ValueError("Doe"))
    await here.work()
    assert here.store.memory.jobs[job.key].state is JobState.DONE
    assert here.state(PAGE) == [DeliveryState.VISIBLE]
    assert "FOUND" in here.read(here.objects(PAGE)[0]).ImageComments


async def test_what_is_recorded_names_no_patient(house: Make) -> None:
    here = house()
    await here.receive(film())
    (job,) = here.open_jobs()
    await give_up(here.world(), "run", {"job_key": job.key}, ValueError("Doe^John 1960"))
    (row,) = here.store.memory.quarantine
    assert row["code"] == "internal-error"
    assert "Doe" not in str(row) + str(here.store.memory.events)


async def test_a_step_without_job_is_recorded(house: Make) -> None:
    here = house()
    await give_up(here.world(), "deliver", {"pacs": "PACS"}, RuntimeError())
    assert [event.kind for event in here.store.memory.events] == ["gave_up"]


@pytest.mark.shows("R31")
async def test_a_delivery_that_was_given_up_is_found_again(house: Make) -> None:
    here = house()
    here.sink.away = True
    await here.receive(film())
    await here.answer()
    await here.work()
    here.store.take_steps()
    here.sink.away = False
    await find_forgotten(here.world())
    assert here.waiting == [], "it is not long ago"
    here.clock.pass_time(minutes=5)
    await find_forgotten(here.world())
    await here.work()
    assert here.state(PAGE) == [DeliveryState.VISIBLE]
