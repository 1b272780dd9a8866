"""From results to objects: built once, named after what they replace, one page for all apps."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from collega.deliver.build import job_context
from collega.deliver.plan import plan
from collega.model.app import Stage
from collega.model.delivery import DeliveryState, SendOutcome
from collega.model.finding import Evaluation, Outcome, Status
from collega.model.ids import storage_key
from collega.model.job import JobState, NextStep
from collega.model.result import ObjectKind
from collega.model.runtime import Use
from collega.model.study import StudyState
from collega.route.dispatch import route
from collega.testing import records
from tests.unit.deliver.conftest import House, film

Make = Callable[..., House]
SR, PAGE, REGIONS, NOTE = (
    ObjectKind.FINDINGS_SR,
    ObjectKind.STATUS_PAGE,
    ObjectKind.REGIONS_SR,
    ObjectKind.REJECTION_NOTE,
)
LATE: dict[str, Any] = {"SOPInstanceUID": "1.2.3.4", "InstanceNumber": 2}
APPS = (records.manifest("finder"), records.manifest("counter"))


@pytest.mark.shows("R25", "R31")
async def test_a_finding_stands_in_the_pacs(house: Make) -> None:
    here = house()
    await here.receive(film())
    await here.answer()
    await here.work()
    assert here.state(SR) == here.state(PAGE) == [DeliveryState.VISIBLE]
    (report,) = here.objects(SR)
    assert here.sink.kept[report.reference.sop_instance_uid] == here.archive.path(report.path).read_bytes()
    assert here.read(report).SeriesDescription.startswith("AI finder: found")
    assert [event.kind for event in here.store.memory.events][-4:] == ["delivered", "confirmed"] * 2


@pytest.mark.shows("R25")
@pytest.mark.parametrize("status", [Status.NOT_SUITABLE, Status.FAILED])
async def test_no_answer_gives_a_page_and_no_report(house: Make, status: Status) -> None:
    here = house()
    await here.receive(film())
    await here.answer(status=status)
    await here.work()
    assert [item.kind for item in here.objects()] == [PAGE]
    page = here.read(here.objects(PAGE)[0])
    assert {"not_suitable": "not suitable", "failed": "failed"}[status] in page.SeriesDescription
    assert "nothing found" not in page.SeriesDescription
    assert "NOTHING FOUND" not in page.ImageComments


@pytest.mark.shows("R25", "R31")
async def test_a_job_that_failed_for_want_of_removed_images_has_its_page(house: Make) -> None:
    """The first image is gone by rule, a second one came late: the page is drawn from what is there."""
    here = house()
    await here.receive(film(), film(SOPInstanceUID="1.2.3.4.5.6", InstanceNumber=2))
    first = next(iter(here.store.memory.instances.values()))
    uid = first.header.sop_instance_uid
    here.store.memory.instances[uid] = replace(first, removed_at=here.clock.now())
    here.archive.path(first.path).unlink()
    await here.answer(status=Status.FAILED)
    await here.work()
    assert [item.kind for item in here.objects()] == [PAGE]
    assert "failed" in here.read(here.objects(PAGE)[0]).SeriesDescription


@pytest.mark.shows("R25", "R48")
@pytest.mark.parametrize("evaluation", list(Evaluation))
async def test_each_evaluation_has_its_words(house: Make, evaluation: Evaluation) -> None:
    here = house()
    await here.receive(film())
    await here.answer(evaluation=evaluation)
    await here.work()
    words = {Evaluation.PRESENT: "found", Evaluation.ABSENT: "nothing found", Evaluation.UNDETERMINED: "undetermined"}
    assert here.read(here.objects(PAGE)[0]).SeriesDescription == f"AI status: {words[evaluation]}"


@pytest.mark.shows("R32")
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.LIVE])
async def test_only_a_live_app_speaks_in_the_pacs(house: Make, stage: Stage) -> None:
    here = house()
    await here.receive(film())
    await here.set_stage(stage)
    await here.answer()
    await here.work(timedelta(hours=1))
    assert here.objects() == []
    assert here.sink.log == []
    assert next(iter(here.store.memory.jobs.values())).state is JobState.DONE


@pytest.mark.shows("R66")
async def test_one_page_speaks_for_all_apps(house: Make) -> None:
    here = house(*APPS)
    await here.receive(film())
    await here.answer("finder")
    await here.work()
    assert here.objects(PAGE) == [], "it waits for the last app"
    await here.answer("counter", Evaluation.ABSENT)
    await here.work()
    (page,) = here.objects(PAGE)
    said = here.read(page)
    assert said.SeriesDescription == "AI status: found 1, nothing found 1"
    assert "The finder" in said.ImageComments
    assert "The counter" in said.ImageComments
    assert len(here.objects(SR)) == 2


@pytest.mark.shows("R8", "R66")
async def test_the_page_says_where_two_apps_disagree(house: Make) -> None:
    here = house(*APPS)
    await here.receive(film())
    await here.answer("finder")
    await here.answer("counter", Evaluation.ABSENT)
    await here.work()
    said = here.read(here.objects(PAGE)[0]).ImageComments
    assert "Pneumonia: The finder: present; The counter: not seen. THE APPS DISAGREE." in said


@pytest.mark.shows("R8", "R32")
async def test_an_app_that_may_not_rule_out_disagrees_with_nobody_on_the_page(house: Make) -> None:
    timid = replace(APPS[1], use=Use(may_rule_out=False))
    here = house(APPS[0], timid)
    await here.receive(film())
    await here.answer("finder")
    await here.answer("counter", Evaluation.ABSENT)
    await here.work()
    assert "DISAGREE" not in here.read(here.objects(PAGE)[0]).ImageComments


@pytest.mark.shows("R49")
async def test_a_job_under_other_thresholds_gives_other_objects(house: Make) -> None:
    here = house()
    await here.receive(film())
    (job,) = here.store.memory.jobs.values()
    study = next(iter(here.store.memory.studies.values()))
    made = {
        job_context(
            study, replace(job, thresholds=number), APPS[0], here.policy, [], at=records.AT, slot=1
        ).configuration
        for number in (0, 1, 2)
    }
    assert len(made) == 3
    assert f"{job.input_digest} {job.attempt}" in made  # the maker's own: as before there were others


@pytest.mark.shows("R32", "R66")
async def test_the_page_is_silent_about_apps_in_shadow(house: Make) -> None:
    here = house(*APPS)
    await here.set_stage(Stage.SHADOW, "counter")
    await here.receive(film())
    await here.answer("finder", Evaluation.ABSENT)
    await here.answer("counter")
    await here.work()
    said = here.read(here.objects(PAGE)[0])
    assert said.SeriesDescription == "AI status: nothing found"
    assert "counter" not in said.ImageComments


async def test_series_come_after_the_images_and_do_not_share_numbers(house: Make) -> None:
    here = house(*APPS)
    await here.receive(film(SeriesNumber=12000))
    await here.answer("finder", region=True)
    await here.answer("counter", region=True)
    await here.work()
    numbers = [int(here.read(item).SeriesNumber) for item in here.objects()]
    assert min(numbers) > 12000
    assert len(set(numbers)) == len(numbers) == 5


async def test_what_is_built_twice_keeps_its_first_bytes(house: Make) -> None:
    """The step is killed after it has written its files and before it commits; it runs again later."""
    here = house()
    await here.receive(film())
    job = await here.answer()
    before = here.store.memory.copy()
    arguments = {"job_key": job.key}
    await plan(here.store, here.archive, here.clock, here.policy, here.catalogue, **arguments)
    files = {name: here.archive.path(name).read_bytes() for name in here.archive.files("results")}
    assert len(files) == 1
    here.store.memory = before
    here.clock.pass_time(hours=1)
    await here.work()
    assert here.archive.files("results")[0] in files or len(here.archive.files("results")) == 2
    for name, content in files.items():
        assert here.archive.path(name).read_bytes() == content
    (report,) = here.objects(SR)
    assert here.sink.kept[report.reference.sop_instance_uid] == files[report.path]


async def test_a_plan_that_runs_twice_counts_once(house: Make) -> None:
    here = house()
    await here.receive(film())
    job = await here.answer()
    await here.work()
    async with here.store.transaction() as transaction:
        await transaction.add_step(NextStep(step="plan", arguments={"job_key": job.key}))
    await here.work()
    assert len(here.objects()) == 2
    assert here.sent(SR) == here.sent(PAGE) == 1


async def test_a_new_revision_names_its_predecessor(house: Make) -> None:
    here = house()
    await here.receive(film())
    await here.answer(evaluation=Evaluation.ABSENT)
    await here.work()
    here.clock.pass_time(minutes=12)
    await here.receive(film(**LATE))
    await here.answer()
    await here.work()
    first, second = here.objects(SR)
    assert second.replaces == first.reference.sop_instance_uid
    report = here.read(second)
    named = report.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    assert named.ReferencedSOPInstanceUID == first.reference.sop_instance_uid
    assert "REPLACES result of 09:30" in report.SeriesDescription
    page = here.read(here.objects(PAGE)[1])
    assert "REPLACES result of 09:30" in page.SeriesDescription
    assert here.objects(NOTE) == []


async def test_a_pacs_that_understands_it_gets_a_rejection_note(house: Make) -> None:
    here = house(rejection_notes=True)
    await here.receive(film())
    await here.answer()
    await here.work()
    await here.receive(film(**LATE))
    await here.answer()
    await here.work()
    first, _ = here.objects(SR)
    (note,) = here.objects(NOTE)
    read = here.read(note)
    assert read.ConceptNameCodeSequence[0].CodeValue == "113001"
    referenced = read.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    assert referenced.ReferencedSOPInstanceUID == first.reference.sop_instance_uid


async def test_what_was_not_sent_yet_is_withdrawn_when_its_input_changes(house: Make) -> None:
    here = house()
    here.sink.away = True
    await here.receive(film())
    await here.answer(evaluation=Evaluation.ABSENT)
    await here.work()
    await here.receive(film(**LATE))
    await here.answer()
    await here.work()
    here.sink.away = False
    await here.work(timedelta(hours=2))
    assert here.state(SR) == [DeliveryState.WITHDRAWN, DeliveryState.VISIBLE]
    assert here.objects(SR)[1].replaces is None, "the PACS never had the first"


@pytest.mark.shows("R25")
async def test_two_pages_never_contradict_each_other(house: Make) -> None:
    """The page of revision 1 waits for a PACS that is away; revision 2 says something else."""
    here = house()
    here.sink.away = True
    await here.receive(film())
    await here.answer(evaluation=Evaluation.ABSENT)
    await here.work()
    await here.receive(film(**LATE))
    await here.answer()
    await here.work()
    here.sink.away = False
    await here.work(timedelta(hours=2))
    assert here.state(PAGE) == [DeliveryState.WITHDRAWN, DeliveryState.VISIBLE]
    assert here.sent(PAGE) - here.sink.sent.count(here.objects(PAGE)[1].reference.sop_instance_uid) <= len(
        [sent for sent, _ in here.sink.log if sent]
    )
    shown = [item for item in here.objects(PAGE) if item.reference.sop_instance_uid in here.sink.kept]
    assert [here.read(item).SeriesDescription for item in shown] == ["AI status: found"]


@pytest.mark.shows("R25")
async def test_a_late_image_for_no_app_leaves_the_page_alone(house: Make) -> None:
    here = house(records.manifest(accepts={"modality": ["CR"], "view": ["PA"]}))
    await here.receive(film())
    await here.answer()
    await here.work()
    await here.receive(film(ViewPosition="LL", **LATE))
    await here.work()
    assert here.sent(PAGE) == here.sent(SR) == 1


@pytest.mark.shows("R25")
async def test_a_late_image_that_overtakes_the_page_does_not_lose_it(house: Make) -> None:
    here = house(records.manifest(accepts={"modality": ["CR"], "view": ["PA"]}))
    await here.receive(film())
    job = await here.answer()
    here.store.take_steps()
    await plan(here.store, here.archive, here.clock, here.policy, here.catalogue, job_key=job.key)
    await here.receive(film(ViewPosition="LL", **LATE))
    await here.work()
    assert here.state(PAGE) == [DeliveryState.VISIBLE]


@pytest.mark.shows("R31")
async def test_a_refused_report_is_offered_in_the_form_that_the_pacs_takes(house: Make) -> None:
    here = house()
    here.sink.answers["1.2.840.10008.5.1.4.1.1.88.34"] = SendOutcome.REFUSED
    await here.receive(film())
    await here.answer()
    await here.work()
    assert here.state(SR) == [DeliveryState.REFUSED]
    assert here.state(ObjectKind.FINDINGS_SR_2D) == here.state(PAGE) == [DeliveryState.VISIBLE]
    second = here.read(here.objects(ObjectKind.FINDINGS_SR_2D)[0])
    assert second.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.33"
    assert here.sent(SR) == 1, "a refusal is for good"


@pytest.mark.shows("R25", "R31")
async def test_where_no_report_is_taken_the_page_speaks_alone(house: Make) -> None:
    here = house()
    for number in ("33", "34"):
        here.sink.answers[f"1.2.840.10008.5.1.4.1.1.88.{number}"] = SendOutcome.REFUSED
    await here.receive(film())
    await here.answer()
    await here.work(timedelta(days=2))
    assert here.state(PAGE) == [DeliveryState.VISIBLE]
    assert here.sent(SR) == here.sent(ObjectKind.FINDINGS_SR_2D) == 1
    assert "FOUND" in here.read(here.objects(PAGE)[0]).ImageComments


async def test_a_second_form_names_its_predecessor_too(house: Make) -> None:
    here = house()
    here.sink.answers["1.2.840.10008.5.1.4.1.1.88.34"] = SendOutcome.REFUSED
    await here.receive(film())
    await here.answer(evaluation=Evaluation.ABSENT)
    await here.work()
    await here.receive(film(**LATE))
    await here.answer()
    await here.work()
    first, second = here.objects(ObjectKind.FINDINGS_SR_2D)
    assert second.replaces == first.reference.sop_instance_uid
    assert "REPLACES" in here.read(second).SeriesDescription


@pytest.mark.parametrize("name", [outcome.value for outcome in Outcome])
async def test_every_outcome_can_be_written_in_both_languages(house: Make, name: str) -> None:
    evaluations = dict(zip(("found", "nothing_found", "undetermined"), Evaluation, strict=True))
    for language in ("nl", "en"):
        here = house()
        here.policy = replace(here.policy, language=language)
        await here.receive(film())
        if name in evaluations:
            await here.answer(evaluation=evaluations[name])
        else:
            await here.answer(status=Status(name))
        await here.work()
        assert here.state(PAGE) == [DeliveryState.VISIBLE]


@pytest.mark.shows("R25")
async def test_no_page_while_the_study_is_coming_in(house: Make) -> None:
    """An app that started early has its report at once; the page waits for those that have not had their turn."""
    here = house()
    header = await here.receive(film())
    study = here.store.memory.studies[storage_key(header.study_instance_uid)]
    async with here.store.transaction() as transaction:
        at = here.clock.now()
        await transaction.touch_study(study.key, revision=study.revision, at=at, state=StudyState.RECEIVING)
    await here.answer()
    await here.work()
    assert here.state(SR) == [DeliveryState.VISIBLE]
    assert here.objects(PAGE) == []
    async with here.store.transaction() as transaction:
        await transaction.close_study(
            study.key, revision=study.revision, before=StudyState.RECEIVING, after=StudyState.COMPLETE
        )
    which: dict[str, Any] = {"study_key": study.key, "revision": study.revision}
    await route(here.store, here.clock, here.policy, here.catalogue, **which)
    await here.work()
    assert here.state(PAGE) == [DeliveryState.VISIBLE]
    assert len(here.objects(SR)) == 1
