"""What a version may not do with its word, it does not do: not on the page, and not in any object."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pydicom.uid import Comprehensive3DSRStorage

from collega.deliver.plan import plan
from collega.model.app import Stage
from collega.model.delivery import DeliveryState, SendOutcome
from collega.model.finding import AppResult, Evaluation, Segment, Status
from collega.model.job import JobState, NextStep
from collega.model.result import ObjectKind
from collega.model.runtime import Use, Way
from collega.model.trust import Allowance
from collega.testing import records
from tests.unit.deliver.conftest import House, film

Make = Callable[..., House]
SR, PAGE, REGIONS = ObjectKind.FINDINGS_SR, ObjectKind.STATUS_PAGE, ObjectKind.REGIONS_SR
ON_DEMAND = records.manifest("finder", use=Use(way=Way.ON_DEMAND))
SEVERAL = records.manifest("finder", findings=(records.finding_spec(), records.finding_spec(id="effusion")))


async def decide(here: House, **rights: bool) -> None:
    async with here.store.transaction() as transaction:
        await transaction.set_allowance("finder", "1.0.0", Allowance(**rights), "someone", "a test")


async def answer_both(here: House) -> None:
    """Let the app find one thing and miss the other."""
    job = await here.answer()
    result: AppResult = here.store.memory.results[job.key]
    second = replace(records.finding(job.inputs, Evaluation.ABSENT, 0.1), id="effusion")
    here.store.memory.results[job.key] = replace(result, findings=(*result.findings, second))


async def ask(here: House) -> None:
    """Do what the board does when a reader asks."""
    async with here.store.transaction() as transaction:
        (job,) = [item for item in here.store.memory.jobs.values() if item.state is JobState.READY]
        await transaction.move_job(job, after=JobState.ASKED, at=here.clock.now())
        await transaction.add_step(NextStep(step="plan", arguments={"job_key": job.key}))


@pytest.mark.shows("R25", "R76")
@pytest.mark.parametrize("by", ["maker", "site"])
async def test_who_may_not_rule_out_does_not_say_nothing_found(house: Make, by: str) -> None:
    here = house(records.manifest(use=Use(may_rule_out=by != "maker")))
    if by == "site":
        await decide(here, may_rule_out=False)
    await here.receive(film())
    await here.answer(evaluation=Evaluation.ABSENT)
    await here.work()
    assert [item.kind for item in here.objects()] == [PAGE], "a report of what is absent would rule out"
    page = here.read(here.objects(PAGE)[0])
    assert page.SeriesDescription == "AI status: looked, does not rule out"
    assert "does not rule out" in page.ImageComments
    assert "looked for Pneumonia" in page.ImageComments
    for word in ("nothing", "NOTHING", "not seen", "score"):
        assert word not in page.ImageComments


@pytest.mark.shows("R25", "R76")
async def test_beside_what_was_found_nothing_is_ruled_out(house: Make) -> None:
    here = house(SEVERAL)
    await decide(here, may_rule_out=False)
    await here.receive(film())
    await answer_both(here)
    await here.work()
    (report,) = here.objects(SR)
    assert "Absent" not in str(here.read(report))
    assert "Present" in str(here.read(report))
    assert "not seen" not in here.read(here.objects(PAGE)[0]).ImageComments


@pytest.mark.shows("R76")
async def test_with_every_right_the_absent_one_is_reported(house: Make) -> None:
    here = house(SEVERAL)
    await here.receive(film())
    await answer_both(here)
    await here.work()
    assert "Absent" in str(here.read(here.objects(SR)[0]))


@pytest.mark.shows("R76")
@pytest.mark.parametrize("may", [True, False])
async def test_who_may_not_localise_shows_no_place(house: Make, *, may: bool) -> None:
    here = house()
    await decide(here, may_localise=may)
    header = await here.receive(film())
    await here.answer(region=True)
    await here.work()
    assert {item.kind for item in here.objects()} == ({SR, REGIONS, PAGE} if may else {SR, PAGE})
    report = here.read(here.objects(SR)[0])
    groups = [item for item in report.ContentSequence if "ContentSequence" in item]
    places = str(groups)
    assert ("SCOORD" in places) is False
    assert "Present" in places
    assert header.sop_instance_uid in str(report), "the images that were looked at are evidence, not a place"


@pytest.mark.shows("R76")
async def test_a_fallback_says_no_more_than_the_first_form(house: Make) -> None:
    here = house(SEVERAL)
    here.sink.answers[Comprehensive3DSRStorage] = SendOutcome.REFUSED
    await decide(here, may_rule_out=False)
    await here.receive(film())
    await answer_both(here)
    await here.work()
    (second,) = here.objects(ObjectKind.FINDINGS_SR_2D)
    assert "Present" in str(here.read(second))
    assert "Absent" not in str(here.read(second))


@pytest.mark.shows("R76")
async def test_what_waits_is_withdrawn_when_a_right_is_taken(house: Make) -> None:
    here = house()
    here.sink.away = True
    await here.receive(film())
    await here.answer(region=True)
    await here.work()
    assert here.state(SR) == [DeliveryState.PLANNED]
    here.clock.pass_time(seconds=60)
    here.store.memory.moment = here.clock.now()
    await decide(here, may_localise=False)
    here.sink.away = False
    await here.work(timedelta(minutes=30))
    assert here.state(SR) == here.state(REGIONS) == [DeliveryState.WITHDRAWN]
    assert set(here.sink.kept) == {item.reference.sop_instance_uid for item in here.objects(PAGE)}


# --------------------------------------------------------------------------- on demand


@pytest.mark.shows("R25", "R67")
@pytest.mark.parametrize("evaluation", list(Evaluation))
async def test_an_app_on_demand_keeps_its_word_until_asked(house: Make, evaluation: Evaluation) -> None:
    here = house(ON_DEMAND)
    await here.receive(film())
    await here.answer(evaluation=evaluation)
    await here.work(timedelta(hours=2))
    (job,) = here.store.memory.jobs.values()
    assert job.state is JobState.READY
    (page,) = [here.read(item) for item in here.objects()]
    assert page.SeriesDescription == "AI status: on demand: not asked"
    for word in ("found", "FOUND", "Pneumonia", "score", "undetermined"):
        assert word not in page.ImageComments
    await ask(here)
    await here.work()
    assert next(iter(here.store.memory.jobs.values())).state is JobState.DONE
    assert here.state(SR) == [DeliveryState.VISIBLE]
    later = here.read(here.objects(PAGE)[-1])
    assert "not asked" not in later.SeriesDescription
    assert "Pneumonia" in later.ImageComments


@pytest.mark.shows("R67")
@pytest.mark.parametrize("status", [Status.NOT_SUITABLE, Status.FAILED])
async def test_that_there_is_no_answer_needs_no_asking(house: Make, status: Status) -> None:
    here = house(ON_DEMAND)
    await here.receive(film())
    await here.answer(status=status)
    await here.work()
    assert next(iter(here.store.memory.jobs.values())).state is JobState.DONE
    assert {"not_suitable": "not suitable", "failed": "failed"}[status] in here.read(
        here.objects(PAGE)[0]
    ).SeriesDescription


@pytest.mark.shows("R66", "R67")
async def test_an_app_on_demand_does_not_hold_up_the_page_of_others(house: Make) -> None:
    here = house(ON_DEMAND, records.manifest("counter"))
    await here.receive(film())
    await here.answer("finder")
    await here.work()
    assert here.objects(PAGE) == [], "it waits for the app that works by itself"
    await here.answer("counter", Evaluation.ABSENT)
    await here.work()
    (page,) = here.objects(PAGE)
    assert here.read(page).SeriesDescription == "AI status: nothing found 1, on demand: not asked 1"
    assert {item.app_id for item in here.objects(SR)} == {"counter"}


@pytest.mark.shows("R32", "R67")
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.LIVE])
async def test_asking_a_silent_app_sends_nothing(house: Make, stage: Stage) -> None:
    here = house(ON_DEMAND)
    await here.receive(film())
    await here.set_stage(stage)
    await here.answer()
    await here.work()
    await ask(here)
    await here.work(timedelta(hours=1))
    assert here.objects() == []


@pytest.mark.shows("R67")
async def test_what_is_asked_for_after_its_masks_were_removed_is_reported_without_them(house: Make) -> None:
    here = house(ON_DEMAND)
    header = await here.receive(film())
    mask = Segment(finding_id="pneumonia", label="Pneumonia", images=(header.sop_instance_uid,), file="mask.npy")
    await here.answer(segments=(mask,))
    await here.work()
    assert not here.archive.path("runs").exists()
    await ask(here)
    await here.work()
    assert here.state(SR) == [DeliveryState.VISIBLE]
    assert here.objects(ObjectKind.SEGMENTATION) == []


async def test_asking_twice_plans_once(house: Make) -> None:
    here = house(ON_DEMAND)
    await here.receive(film())
    job = await here.answer()
    await here.work()
    await ask(here)
    await here.work()
    await plan(here.store, here.archive, here.clock, here.policy, here.catalogue, job_key=job.key)
    assert len(here.objects(SR)) == 1
