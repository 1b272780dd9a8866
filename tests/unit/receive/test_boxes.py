"""Which job an object of a box is for, whatever the box does."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.errors import QuarantineError
from collega.model.app import Manifest
from collega.model.box import BoxAnswer, Named, Said, Standing
from collega.model.delivery import ResultObject
from collega.model.ids import storage_key
from collega.model.job import Attempt, AttemptOutcome, Job, JobState
from collega.model.runtime import DicomSpec, RunSpec, Runtime
from collega.model.study import InstanceHeader, Patient, Priority, Role, StudyState
from collega.receive.boxes import Boxes
from collega.receive.intake import Arrived, Verdict, admit_all, file_path
from collega.testing import records
from collega.testing.fakes import FakeStore
from collega.testing.records import AT

SR = "1.2.840.10008.5.1.4.1.1.88.33"
FIRST, SECOND = records.header("1"), records.header("2")
LIMIT_S, SETTLE_S = 60.0, 2.0


def box(app_id: str = "box", aet: str = "BOX", settle_s: float = SETTLE_S) -> Manifest:
    spec = DicomSpec(host="127.0.0.1", port=104, aet=aet, answers_from=(aet,), settle_s=settle_s)
    run = RunSpec(runtime=Runtime.DICOM, time_limit_s=LIMIT_S, memory_mb=1, output_mb=1, attempts=2, dicom=spec)
    return records.manifest(app_id, run=run)


BOX = box()


def ended(outcome: AttemptOutcome) -> Attempt:
    return Attempt(outcome=outcome, detail="", isolation=(), wall_s=1.0, cpu_s=0.0, peak_mb=0.0)


def report(name: str = "sr", *images: str, study: str = FIRST.study_instance_uid, digest: str = "") -> Said:
    """Report that names images of the first study, without saying of which study they are."""
    header = replace(records.header(name), sop_class_uid=SR, role=Role.DERIVED, study_instance_uid=study)
    named = tuple(Named(study_instance_uid="", sop_instance_uid=uid) for uid in images)
    return Said(header=header, images=named, digest=digest or name)


class House:
    """A study that went to a box, and whatever the box sends."""

    def __init__(self, *apps: Manifest) -> None:
        self.store = FakeStore()
        self.boxes = Boxes(self.store, {app.id: app for app in apps or (BOX,)})

    async def study(self, *images: InstanceHeader) -> str:
        async with self.store.transaction() as transaction:
            study = await transaction.add_study(images[0], storage_key(images[0].study_instance_uid), AT)
            known = await transaction.known_among([item.sop_instance_uid for item in images])
            new = [records.instance(item) for item in images if item.sop_instance_uid not in known]
            await transaction.add_instances(new)
            await transaction.touch_study(study.key, revision=study.revision, at=AT, state=StudyState.ROUTED)
        return study.key

    async def sent(self, *images: InstanceHeader, app: Manifest = BOX, state: JobState = JobState.AWAITING) -> Job:
        """Hand the images to the box."""
        key = await self.study(*images)
        async with self.store.transaction() as transaction:
            study = await transaction.study(key)
            assert study is not None
            uids = [item.sop_instance_uid for item in images]
            job = await transaction.add_job(study, app, uids, "digest", AT)
            started = await transaction.start_attempt(job.key, AT)
            if state is JobState.AWAITING:
                await transaction.move_job(started, after=state, at=AT)
        return self.job(job)

    async def grown(self, first: Job, *images: InstanceHeader) -> Job:
        """Let a later revision go to the box too."""
        async with self.store.transaction() as transaction:
            study = await transaction.study(first.study_key)
            assert study is not None
            await transaction.raise_revision(study)
            await transaction.supersede(first.key, AT)
        return await self.sent(*images)

    async def end(self, job: Job, outcome: AttemptOutcome, after: JobState = JobState.RAN) -> None:
        async with self.store.transaction() as transaction:
            await transaction.end_attempt(self.job(job), ended(outcome), AT, after)
            if outcome is AttemptOutcome.ANSWERED:
                await transaction.take_answers(job.key)

    async def comes(
        self, said: Said, *, source: str = "BOX", association: str = "a", at: datetime = AT
    ) -> Verdict | QuarantineError:
        """Let an object come in, as the receiver does."""
        admit = partial(self.boxes.admit, said=said, association=association) if self.boxes.is_box(source) else None
        arrived = Arrived(header=said.header, path=file_path(said.header), size=100, at=at, source=source, admit=admit)
        async with self.store.transaction() as transaction:
            (outcome,) = await admit_all(transaction, [arrived])
        return outcome

    def job(self, job: Job) -> Job:
        return self.store.memory.jobs[job.key]

    async def answers(self, job: Job) -> list[tuple[str, Standing]]:
        async with self.store.transaction() as transaction:
            found: list[BoxAnswer] = list(await transaction.answers_of(job.key))
        names = {report(name).header.sop_instance_uid: name for name in ("sr", "sr2", "sc", "copy")}
        return [(names[item.sop_instance_uid], item.standing) for item in found]

    @property
    def told(self) -> list[str]:
        return [event.kind for event in self.store.memory.events if event.kind.startswith("answered")]


@pytest.mark.shows("R5")
@pytest.mark.parametrize("state", [JobState.AWAITING, JobState.RUNNING])
async def test_an_answer_is_kept_with_its_study_and_its_reading_is_ordered(state: JobState) -> None:
    """A quick box answers before it is on record that it got the study."""
    house = House()
    job = await house.sent(FIRST, state=state)
    verdict = await house.comes(report("sr", FIRST.sop_instance_uid))
    assert isinstance(verdict, Verdict)
    assert verdict.role is Role.DERIVED
    assert await house.answers(job) == [("sr", Standing.OPEN)]
    (step,) = house.store.take_steps()
    assert (step.step, step.at) == ("collect", AT + timedelta(seconds=SETTLE_S))
    assert house.store.memory.studies[job.study_key].revision == 1
    assert house.told == []


@pytest.mark.shows("R5")
@pytest.mark.parametrize("source", ["SCANNER", "box", ""])
async def test_what_others_send_of_the_same_study_is_no_answer(source: str) -> None:
    house = House()
    job = await house.sent(FIRST)
    assert isinstance(await house.comes(report("sr", FIRST.sop_instance_uid), source=source), Verdict)
    assert await house.answers(job) == []


@pytest.mark.shows("R5")
async def test_what_a_box_sends_unasked_is_kept_and_known_as_such() -> None:
    house = House()
    assert isinstance(await house.comes(report("sr")), Verdict)
    assert house.store.take_steps() == []
    assert [event.kind for event in house.store.memory.events if event.kind == "sent_unasked"] == ["sent_unasked"]
    waiting = House()
    key = await waiting.study(FIRST)
    async with waiting.store.transaction() as transaction:
        study = await transaction.study(key)
        assert study is not None
        job = await transaction.add_job(study, BOX, [FIRST.sop_instance_uid], "digest", AT)
    await waiting.comes(report("sr", FIRST.sop_instance_uid))
    assert await waiting.answers(job) == [], "the box was never sent these images"
    assert len(waiting.store.memory.unasked) == 1


@pytest.mark.shows("R8")
async def test_what_a_box_draws_unasked_is_no_image_and_hurries_nobody() -> None:
    house = House()
    key = await house.study(FIRST)
    urgent = replace(records.header("copy"), priority=Priority.STAT)
    verdict = await house.comes(Said(header=urgent, images=(), digest="copy"))
    assert isinstance(verdict, Verdict)
    assert verdict.role is Role.DERIVED
    study = house.store.memory.studies[key]
    assert (study.revision, study.state, study.priority) == (1, StudyState.ROUTED, Priority.UNKNOWN)
    assert list(house.store.memory.unasked) == [urgent.sop_instance_uid]
    await house.comes(Said(header=FIRST, images=(), digest="first"))
    assert FIRST.sop_instance_uid not in house.store.memory.unasked, "what others sent before stays in use"


@pytest.mark.shows("R5")
async def test_answers_of_two_boxes_on_one_study_go_each_to_its_own_app() -> None:
    other = box("other", "OTHER")
    house = House(BOX, other)
    first, second = await house.sent(FIRST), await house.sent(FIRST, app=other)
    await house.comes(report("sr"))
    await house.comes(report("sr2"), source="OTHER")
    assert await house.answers(first) == [("sr", Standing.OPEN)]
    assert await house.answers(second) == [("sr2", Standing.OPEN)]


@pytest.mark.shows("R5")
async def test_an_ae_title_that_two_apps_claim_answers_for_neither() -> None:
    house = House(BOX, box("twin"))
    job = await house.sent(FIRST)
    assert isinstance(await house.comes(report("sr")), Verdict)
    assert await house.answers(job) == []
    assert len(house.store.memory.unasked) == 1, "whose ever it is, nobody is shown it"


@pytest.mark.shows("R5")
async def test_a_second_answer_is_told_and_changes_nothing() -> None:
    house = House()
    job = await house.sent(FIRST)
    await house.comes(report("sr"))
    await house.end(job, AttemptOutcome.ANSWERED)
    house.store.take_steps()
    await house.comes(report("sr2"), association="b")
    await house.comes(report("sc"), association="b")
    assert house.told == ["answered_again"], "once for all objects of an association"
    assert house.store.take_steps() == []
    assert await house.answers(job) == [("sr", Standing.TAKEN), ("sr2", Standing.AGAIN), ("sc", Standing.AGAIN)]
    await house.comes(report("sr"), association="c")
    assert house.told == ["answered_again"], "the very same object is no second answer"


@pytest.mark.shows("R5")
async def test_the_same_words_under_other_uids_are_a_second_answer() -> None:
    """A worker that was killed after sending sends twice, and the box answers twice."""
    house = House()
    job = await house.sent(FIRST)
    await house.comes(report("sr", digest="same"))
    await house.comes(report("sr2", digest="same"), association="b")
    await house.comes(report("sc"), association="b")
    assert await house.answers(job) == [("sr", Standing.OPEN), ("sr2", Standing.AGAIN), ("sc", Standing.OPEN)]
    assert house.told == ["answered_again"]


@pytest.mark.shows("R5")
async def test_an_answer_after_its_time_is_kept_and_told() -> None:
    house = House()
    job = await house.sent(FIRST)
    await house.end(job, AttemptOutcome.TIMED_OUT)
    assert isinstance(await house.comes(report("sr")), Verdict)
    assert await house.answers(job) == [("sr", Standing.LATE)]
    assert house.told == ["answered_late"]
    assert house.store.take_steps() == []
    assert house.job(job).state is JobState.RAN


@pytest.mark.shows("R5")
async def test_a_late_answer_serves_the_attempt_that_is_about_to_be_made() -> None:
    house = House()
    job = await house.sent(FIRST)
    await house.end(job, AttemptOutcome.TIMED_OUT, JobState.QUEUED)
    await house.comes(report("sr"))
    assert await house.answers(job) == [("sr", Standing.OPEN)]
    assert house.told == []


# ------------------------------------------------------------------- a study that grows


@pytest.mark.shows("R5")
async def test_an_answer_to_fewer_images_does_not_stand_for_all() -> None:
    house = House()
    first = await house.sent(FIRST)
    second = await house.grown(first, FIRST, SECOND)
    await house.comes(report("sr", FIRST.sop_instance_uid))
    assert await house.answers(first) == [("sr", Standing.LATE)]
    assert await house.answers(second) == []
    await house.comes(report("sc", FIRST.sop_instance_uid), at=AT + timedelta(seconds=1))
    assert await house.answers(first) == [("sr", Standing.LATE), ("sc", Standing.LATE)], "of the same answer"
    await house.comes(report("sr2", FIRST.sop_instance_uid), at=AT + timedelta(seconds=10), association="b")
    assert await house.answers(second) == [("sr2", Standing.OPEN)]


@pytest.mark.shows("R5")
async def test_an_answer_that_names_a_new_image_is_for_the_revision_that_has_it() -> None:
    house = House()
    first = await house.sent(FIRST)
    second = await house.grown(first, FIRST, SECOND)
    await house.comes(report("sr", FIRST.sop_instance_uid, SECOND.sop_instance_uid))
    assert (await house.answers(first), await house.answers(second)) == ([], [("sr", Standing.OPEN)])


@pytest.mark.shows("R5")
async def test_an_earlier_revision_is_waited_for_no_longer_than_its_time() -> None:
    house = House()
    second = await house.grown(await house.sent(FIRST), FIRST, SECOND)
    await house.comes(report("sr", FIRST.sop_instance_uid), at=AT + timedelta(seconds=LIMIT_S))
    assert await house.answers(second) == [("sr", Standing.OPEN)]


@given(named=st.sets(st.sampled_from(["1", "2", "3"])), grows=st.integers(0, 2), seconds=st.integers(0, 200))
async def test_no_answer_counts_for_a_job_that_lacks_an_image_it_names(
    named: set[str], grows: int, seconds: int
) -> None:
    house = House()
    images = [records.header(name) for name in ("1", "2", "3")]
    jobs = [await house.sent(*images[:1])]
    for count in range(2, 2 + grows):
        jobs.append(await house.grown(jobs[-1], *images[:count]))
    uids = {records.header(name).sop_instance_uid for name in named}
    await house.comes(report("sr", *sorted(uids)), at=AT + timedelta(seconds=seconds))
    takers = [job for job in jobs if await house.answers(job)]
    assert len(takers) == 1, "one object is one job's answer"
    ours = uids & set(jobs[-1].inputs)
    assert ours <= set(takers[0].inputs)


# ------------------------------------------------------------------- who it is about


@pytest.mark.shows("R5")
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"patient": Patient(issuer="", patient_id="P-other")}, "changed-identity"),
        ({"patient": Patient(issuer="", patient_id="")}, "changed-identity"),
        ({"patient": replace(FIRST.patient, birth_date="19700101")}, "changed-identity"),
        ({"patient": replace(FIRST.patient, issuer="ELSEWHERE")}, None),
        ({"accession_number": "ACC-other"}, "changed-identity"),
        ({"accession_number": ""}, None),
        ({"study_instance_uid": "1.2.3.4"}, "wrong-study"),
    ],
)
async def test_an_answer_about_somebody_else_is_set_apart_and_its_job_is_told(
    changed: dict[str, object], code: str | None
) -> None:
    house = House()
    job = await house.sent(FIRST)
    said = report("sr", FIRST.sop_instance_uid)
    outcome = await house.comes(replace(said, header=replace(said.header, **changed)))  # type: ignore[arg-type]
    assert await house.answers(job) == [("sr", Standing.OPEN)]
    if code is None:
        assert isinstance(outcome, Verdict)
        return
    assert isinstance(outcome, QuarantineError)
    assert outcome.code == code
    assert report("sr").header.sop_instance_uid not in house.store.memory.instances
    assert len(house.store.memory.studies) == 1, "no study is made of it"
    async with house.store.transaction() as transaction:
        (answer,) = await transaction.answers_of(job.key)
    assert answer.path.startswith("quarantine/")


@pytest.mark.shows("R5")
async def test_an_answer_under_another_known_study_is_never_filed_there() -> None:
    house = House()
    job = await house.sent(FIRST)
    other = records.header("1", study="B")
    await house.study(other)
    said = report("sr", FIRST.sop_instance_uid, study=other.study_instance_uid)
    outcome = await house.comes(said)
    assert isinstance(outcome, QuarantineError)
    assert outcome.code == "wrong-study"
    assert await house.answers(job) == [("sr", Standing.OPEN)]
    stored = [item.header.sop_instance_uid for item in house.store.memory.instances.values()]
    assert said.header.sop_instance_uid not in stored


@pytest.mark.shows("R5")
async def test_a_report_that_names_a_prior_too_is_about_its_own_study() -> None:
    house = House()
    job = await house.sent(FIRST)
    prior = records.header("1", study="B")
    await house.study(prior)
    said = report("sr", FIRST.sop_instance_uid, prior.sop_instance_uid)
    assert isinstance(await house.comes(said), Verdict)
    assert await house.answers(job) == [("sr", Standing.OPEN)]


@pytest.mark.shows("R5")
async def test_an_image_that_a_box_draws_opens_no_revision() -> None:
    house = House()
    job = await house.sent(FIRST)
    drawn = Said(header=records.header("copy"), images=(), digest="copy")
    verdict = await house.comes(drawn)
    assert isinstance(verdict, Verdict)
    assert verdict.role is Role.DERIVED
    assert await house.answers(job) == [("copy", Standing.OPEN)]
    study = house.store.memory.studies[job.study_key]
    assert (study.revision, study.state) == (1, StudyState.ROUTED)


@pytest.mark.shows("R5")
async def test_what_was_sent_to_a_box_is_no_answer_when_it_comes_back() -> None:
    house = House()
    job = await house.sent(FIRST)
    await house.comes(Said(header=FIRST, images=(), digest="same"))
    ours: ResultObject = records.result_object(FIRST)
    async with house.store.transaction() as transaction:
        await transaction.add_object(ours, "PACS", AT)
    header = replace(report().header, sop_instance_uid=ours.reference.sop_instance_uid)
    verdict = await house.comes(Said(header=header, images=(), digest="ours"))
    assert isinstance(verdict, Verdict)
    assert verdict.role is Role.OWN
    assert await house.answers(job) == []


# ------------------------------------------------------------------- the end of an association


@pytest.mark.shows("R5")
@pytest.mark.parametrize("released", [True, False])
async def test_a_box_that_needs_no_time_has_said_all_when_it_releases(*, released: bool) -> None:
    quick = box(settle_s=0.0)
    house = House(quick)
    job = await house.sent(FIRST, app=quick)
    await house.comes(report("sr"))
    assert [step.at for step in house.store.take_steps()] == [AT + timedelta(seconds=2)]
    await house.boxes.ended("a", released=released)
    assert [step.at for step in house.store.take_steps()] == ([None] if released else [])
    async with house.store.transaction() as transaction:
        (answer,) = await transaction.answers_of(job.key)
    assert answer.is_released is released
