"""The step ``gather``: what came, what is missing and why, and that an app which cannot do without does not run."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from collega.errors import FencedError
from collega.model.app import Manifest
from collega.model.code import Code, Text
from collega.model.finding import Outcome
from collega.model.ids import storage_key
from collega.model.inputs import InputSpec, JobInput, Observed, PriorsWanted, Reported, ReportsWanted, ValueWanted, Why
from collega.model.job import Job, JobState
from collega.model.policy import InputPolicy
from collega.model.study import InstanceHeader, Patient, Role, StudyState
from collega.normalise.conclude import go_without, normalise
from collega.receive.intake import admit
from collega.route.dispatch import route
from collega.run.execute import run
from collega.run.gather import AGAIN, Sources, gather
from collega.run.given import other_inputs
from collega.testing import records
from collega.testing.fake_sources import FakePriors, FakeRecords
from collega.testing.fakes import FakeArchive, FakeClock, FakeRunner, FakeStore

HEADER = records.header()
KEY = records.study(HEADER).key
CREATININE = Code(scheme="LN", value="2160-0", meaning="Creatinine")
VALUE = ValueWanted(
    id="creatinine",
    name=Text(en="creatinine", nl="kreatinine"),
    codes=(CREATININE,),
    within_days=90,
    unit="umol/L",
    required=True,
)
PRIORS = PriorsWanted(most=2, within_months=60, modalities=("CR", "DX"))
RULES = InputPolicy(arrival=timedelta(seconds=0.3), most_images=3)
MANIFEST = records.manifest(inputs=InputSpec(laboratory=(VALUE,)))


def value(days: float = 10, **values: Any) -> Observed:
    made = Observed(code=CREATININE, at=records.AT - timedelta(days=days), status="final", value=80.0, unit="umol/L")
    return replace(made, **values)


def prior(name: str = "P", *, days: float = 100, image: str = "1", **values: Any) -> InstanceHeader:
    """Image of an earlier study of the same patient."""
    at = records.AT - timedelta(days=days)
    made = records.header(image, study=name, patient=HEADER.patient, study_at=at, study_date=f"{at:%Y%m%d}")
    return replace(made, **values)


class House:
    def __init__(self, folder: Path, manifest: Manifest = MANIFEST, **sources: Any) -> None:
        self.store = FakeStore()
        self.archive = FakeArchive(folder)
        self.clock = FakeClock()
        self.catalogue: Mapping[str, Manifest] = {manifest.id: manifest}
        self.manifest = manifest
        self.sources = Sources(**sources)

    async def queue(self, header: InstanceHeader = HEADER) -> Job:
        item = records.instance(header)
        self.archive.keep(item.path, b"DICOM")
        async with self.store.transaction() as transaction:
            study = await transaction.add_study(header, item.study_key, records.AT)
            await transaction.add_instances([item])
            return await transaction.add_job(study, self.manifest, [header.sop_instance_uid], "digest", records.AT)

    def arrive(self, header: InstanceHeader) -> None:
        """Receive an object, as the receiver does in its own process."""
        item = records.instance(header)
        self.archive.keep(item.path, b"DICOM")
        self.store.memory.studies.setdefault(item.study_key, records.study(header, state=StudyState.ROUTED))
        self.store.memory.instances[header.sop_instance_uid] = item

    async def gather(self, job: Job, until: str = "") -> None:
        await gather(
            self.store,
            self.archive,
            self.clock,
            records.policy(inputs=RULES),
            self.catalogue,
            self.sources,
            go_without,
            job_key=job.key,
            until=until,
        )

    async def gathered(self, header: InstanceHeader = HEADER) -> dict[str, JobInput]:
        job = await self.queue(header)
        await self.gather(job)
        return {item.name: item for item in self.store.memory.inputs[job.key]}

    def steps(self) -> list[str]:
        return [step.step for step in self.store.memory.steps]


async def test_an_app_that_asks_for_more_is_gathered_for_first() -> None:
    store = FakeStore()
    async with store.transaction() as transaction:
        await admit(transaction, HEADER, size=1, at=records.AT, source="SCANNER")
        await transaction.close_study(KEY, revision=1, before=StudyState.RECEIVING, after=StudyState.COMPLETE)
    catalogue = {"finder": MANIFEST, "plain": records.manifest("plain")}
    await route(store, FakeClock(), records.policy(), catalogue, study_key=KEY, revision=1)
    assert [step.step for step in store.memory.steps] == ["gather", "run"]


async def test_what_came_is_kept_and_the_app_runs(tmp_path: Path) -> None:
    house = House(tmp_path, records=FakeRecords([value()]))
    found = await house.gathered()
    assert found["laboratory:creatinine"].answer[0]["value"] == 80.0
    assert house.steps() == ["run"]
    (event,) = [event for event in house.store.memory.events if event.kind == "gathered"]
    assert event.payload == {"app": "finder", "came": ["laboratory:creatinine"], "missing": {}}
    assert [line for _, line in house.store.memory.asked] == [{"inputs": ["laboratory:creatinine"]}]


@pytest.mark.shows("R25", "R73")
async def test_an_app_that_cannot_do_without_does_not_run(tmp_path: Path) -> None:
    house = House(tmp_path, records=FakeRecords([value(days=91)]))
    job = await house.queue()
    await house.gather(job)
    done = house.store.memory.jobs[job.key]
    assert (done.state, done.outcome, done.reason_code) == (
        JobState.NORMALISED,
        Outcome.NOT_SUITABLE,
        "input-missing",
    )
    result = house.store.memory.results[job.key]
    assert result.reason == Text(en="no creatinine within 90 days", nl="geen kreatinine binnen 90 dagen")
    assert house.steps() == ["plan"]


@pytest.mark.shows("R25")
async def test_what_was_missing_stands_with_the_answer(tmp_path: Path) -> None:
    wanted = InputSpec(laboratory=(replace(VALUE, required=False),))
    house = House(tmp_path, records.manifest(inputs=wanted), records=FakeRecords([value(status="preliminary")]))
    job = await house.queue()
    await house.gather(job)
    assert house.steps() == ["run"]

    def app(inputs: Path, outputs: Path) -> None:
        given = json.loads((inputs / "study.json").read_text(encoding="utf-8"))
        assert given["laboratory"] == []
        assert given["missing"][0]["why"] == "not-final"
        finding = {
            "id": "pneumonia",
            "code": {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"},
            "evaluation": "absent",
            "score": {"value": 0.1, "scale": [0, 1], "direction": "higher-is-present", "calibrated": False},
            "threshold": 0.5,
            "images": [HEADER.sop_instance_uid],
        }
        answer = {
            "schema": "collega/result/1",
            "app": given["app"],
            "study_instance_uid": HEADER.study_instance_uid,
            "status": "analysed",
            "findings": [finding],
        }
        (outputs / "result.json").write_text(json.dumps(answer), encoding="utf-8")

    runner = FakeRunner(app)
    await run(house.store, house.archive, runner, house.clock, records.policy(), house.catalogue, job_key=job.key)
    await normalise(house.store, house.archive, house.clock, house.catalogue, job_key=job.key)
    result = house.store.memory.results[job.key]
    assert result.outcome is Outcome.NOTHING_FOUND
    assert [note.nl for note in result.notes] == [
        "zonder gegevens: geen kreatinine binnen 90 dagen: alleen voorlopige uitslagen"
    ]


async def test_a_run_that_was_ordered_without_its_inputs_gathers_first(tmp_path: Path) -> None:
    house = House(tmp_path, records=FakeRecords([value()]))
    job = await house.queue()
    runner = FakeRunner(lambda *_: None)
    await run(house.store, house.archive, runner, house.clock, records.policy(), house.catalogue, job_key=job.key)
    assert house.steps() == ["gather"]
    assert (runner.count, house.store.memory.jobs[job.key].attempt) == (0, 0)


async def test_a_step_that_runs_twice_counts_once(tmp_path: Path) -> None:
    house = House(tmp_path, records=FakeRecords([value()]))
    job = await house.queue()
    await house.gather(job)
    with pytest.raises(FencedError):
        await house.gather(job)
    assert house.steps() == ["run"]


async def test_a_job_that_was_put_aside_meanwhile_is_left(tmp_path: Path) -> None:
    house = House(tmp_path, records=FakeRecords([value()]))
    job = await house.queue()
    async with house.store.transaction() as transaction:
        await transaction.supersede(job.key, records.AT)
    await house.gather(job)
    assert (house.steps(), house.store.memory.asked) == ([], [])


@pytest.mark.shows("R25")
async def test_a_server_that_is_away_is_asked_again_and_then_said(tmp_path: Path) -> None:
    server = FakeRecords()
    server.is_away = True
    house = House(tmp_path, records=server)
    job = await house.queue()
    await house.gather(job)
    (step,) = house.store.take_steps()
    while step.step == "gather":
        assert step.at == house.clock.now() + AGAIN
        house.clock.go_to(step.at)
        await house.gather(job, str(step.arguments["until"]))
        (step,) = house.store.take_steps()
    assert step.step == "plan"
    assert house.clock.now() - records.AT <= RULES.wait
    assert house.store.memory.results[job.key].reason == Text(
        en="creatinine not known: no answer in time", nl="kreatinine niet bekend: geen antwoord op tijd"
    )
    assert server.count == RULES.wait / AGAIN


@pytest.mark.parametrize("why", [Why.UNKNOWN_PATIENT, Why.OTHER_PATIENT, Why.OTHER_ISSUER])
async def test_what_a_server_says_is_told(tmp_path: Path, why: Why) -> None:
    server = FakeRecords([value()])
    server.why = why
    found = await House(tmp_path, records=server).gathered()
    assert (found["laboratory:creatinine"].why, found["laboratory:creatinine"].answer) == (why, ())


async def test_a_patient_without_a_number_is_asked_for_nowhere(tmp_path: Path) -> None:
    server, archive = FakeRecords([value()]), FakePriors([prior()])
    nobody = replace(HEADER, patient=Patient(issuer="", patient_id=""))
    wanted = InputSpec(priors=PRIORS, laboratory=(VALUE,))
    house = House(tmp_path, records.manifest(inputs=wanted), records=server, priors=archive)
    found = await house.gathered(nobody)
    assert {item.why for item in found.values()} == {Why.NO_NUMBER}
    assert (server.count, archive.asked, house.store.memory.asked) == (0, [], [])


async def test_a_site_without_a_connection_says_so(tmp_path: Path) -> None:
    wanted = InputSpec(priors=PRIORS, reports=ReportsWanted(most=1, within_months=12), laboratory=(VALUE,))
    found = await House(tmp_path, records.manifest(inputs=wanted)).gathered()
    assert {item.why for item in found.values()} == {Why.NOT_CONNECTED}


async def test_earlier_reports_are_of_before_the_study(tmp_path: Path) -> None:
    def text(days: float, words: str, status: str = "final") -> Reported:
        return Reported(at=records.AT - timedelta(days=days), status=status, text=words)

    told = [text(-0.1, "this one"), text(5, "new"), text(9, "draft", "preliminary"), text(8, ""), text(50, "old")]
    wanted = InputSpec(reports=ReportsWanted(most=2, within_months=12))
    found = await House(tmp_path, records.manifest(inputs=wanted), records=FakeRecords(texts=told)).gathered()
    assert [item["text"] for item in found["reports"].answer] == ["new", "old"]


# ------------------------------------------------------------------------------- priors


def looking(folder: Path, images: list[InstanceHeader], wanted: PriorsWanted = PRIORS, **how: Any) -> House:
    """Make a house whose archive sends to its receiver."""
    house = House(folder, records.manifest(inputs=InputSpec(priors=wanted)))
    arrive = how.get("arrive", house.arrive)
    house.sources = Sources(priors=FakePriors(images, arrive))
    return house


def archive_of(house: House) -> FakePriors:
    source = house.sources.priors
    assert isinstance(source, FakePriors)
    return source


@pytest.mark.shows("R73")
@pytest.mark.parametrize("by_receiver", [True, False])
async def test_priors_are_brought_and_given(tmp_path: Path, *, by_receiver: bool) -> None:
    images = [prior(days=400), prior("Q", days=100), prior("Q", days=100, image="2"), prior("R", days=5000)]
    house = looking(tmp_path, images) if by_receiver else looking(tmp_path, images, arrive=None)
    job = await house.queue()
    await house.gather(job)
    (found,) = house.store.memory.inputs[job.key]
    assert [(one["study_date"], one["months_before"], len(one["images"])) for one in found.answer] == [
        ("20251122", 3.3, 2),
        ("20250126", 13.1, 1),
    ]
    seen: list[str] = []

    def app(inputs: Path, _: Path) -> None:
        given = json.loads((inputs / "study.json").read_text(encoding="utf-8"))
        seen.extend(image["file"] for one in given["priors"] for image in one["images"])
        assert all((inputs / name).read_bytes() == b"DICOM" for name in seen)
        assert "path" not in given["priors"][0]["images"][0]

    await run(
        house.store, house.archive, FakeRunner(app), house.clock, records.policy(), house.catalogue, job_key=job.key
    )
    assert seen == ["priors/1/00001.dcm", "priors/1/00002.dcm", "priors/2/00001.dcm"]
    marked = set(house.store.memory.priors)
    assert marked == ({images[0].study_instance_uid, images[1].study_instance_uid} if by_receiver else set())
    asked = [line["prior"] for _, line in house.store.memory.asked if "prior" in line]
    assert asked == [storage_key(images[number].study_instance_uid) for number in (1, 0)]


async def test_a_prior_that_is_here_is_not_asked_for(tmp_path: Path) -> None:
    house = looking(tmp_path, [prior()])
    house.arrive(prior())
    found = await house.gathered()
    assert len(found["priors"].answer) == 1
    assert (archive_of(house).asked, house.store.memory.priors) == ([], {})


PROBLEMS: dict[str, tuple[list[InstanceHeader], Why]] = {
    "of another person under the same number": (
        [prior(patient=replace(HEADER.patient, birth_date="19990101"))],
        Why.OTHER_PATIENT,
    ),
    "of another issuer": ([prior(patient=replace(HEADER.patient, issuer="A"))], Why.OTHER_PATIENT),
    "too large": ([prior(image=str(number)) for number in range(4)], Why.TOO_LARGE),
    "of the last day": ([prior(days=0.5)], Why.ON_ITS_WAY),
    "later than the study": ([prior(days=-1)], Why.NONE),
    "too old": ([prior(days=5000)], Why.NONE),
    "of another modality": ([prior(attributes={**records.FILM, "modality": "CT"})], Why.NONE),
    "none": ([], Why.NONE),
    "no image": ([prior(role=Role.DERIVED)], Why.NOT_SENT),
}


@pytest.mark.parametrize(("images", "why"), PROBLEMS.values(), ids=PROBLEMS)
async def test_a_prior_that_cannot_be_used_is_said(tmp_path: Path, images: list[InstanceHeader], why: Why) -> None:
    house = looking(tmp_path, images)
    found = await house.gathered(replace(HEADER, patient=replace(HEADER.patient, issuer="B")))
    assert (found["priors"].why, found["priors"].answer) == (why, ())
    assert house.steps() == ["run"], "it was not required"


async def test_a_refused_move_is_said(tmp_path: Path) -> None:
    house = looking(tmp_path, [prior()])
    archive_of(house).problem = "the PACS knows no address for COLLEGA (status A801)"
    assert (await house.gathered())["priors"].why is Why.NOT_SENT


@pytest.mark.shows("R25")
async def test_a_success_after_which_nothing_arrives_is_said(tmp_path: Path) -> None:
    house = looking(tmp_path, [prior()], arrive=lambda _: None)
    assert (await house.gathered())["priors"].why is Why.NOT_ARRIVED


@pytest.mark.shows("R25")
async def test_what_arrives_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    house = looking(tmp_path, [prior()])

    def arrive(header: InstanceHeader) -> None:
        house.arrive(replace(header, patient=replace(header.patient, patient_id="P-OTHER")))

    house.sources = Sources(priors=FakePriors([prior()], arrive))
    found = await house.gathered()
    assert (found["priors"].why, found["priors"].answer) == (Why.OTHER_PATIENT, ())


async def test_one_of_two_that_cannot_be_brought_is_told_beside_the_other(tmp_path: Path) -> None:
    images = [prior(image=str(number)) for number in range(4)] + [prior("Q", days=300)]
    found = await looking(tmp_path, images).gathered()
    assert (len(found["priors"].answer), found["priors"].why) == (1, Why.TOO_LARGE)
    assert not found["priors"].forbids


async def test_only_the_same_part_of_the_body(tmp_path: Path) -> None:
    wanted = replace(PRIORS, same_body_part=True)
    knee = prior(days=50, attributes={**records.FILM, "body_part": "KNEE"})
    chest = prior("Q", days=80, attributes={**records.FILM, "body_part": "Chest"})
    silent = prior("R", days=20, attributes={**records.FILM, "body_part": None})
    found = await looking(tmp_path, [knee, chest], wanted).gathered()
    assert [one["study_instance_uid"] for one in found["priors"].answer] == [chest.study_instance_uid]
    found = await looking(tmp_path / "silent", [silent], wanted).gathered()
    assert found["priors"].why is Why.BODY_PART


async def test_of_thousands_of_priors_a_few_are_asked_for(tmp_path: Path) -> None:
    images = [prior(f"N{number}", days=2 + number / 10) for number in range(3000)]
    house = looking(tmp_path, images)
    found = await house.gathered()
    assert len(found["priors"].answer) == 2
    assert len(archive_of(house).asked) == 2


@pytest.mark.parametrize("same", [True, False])
async def test_a_prior_starts_no_app_and_opens_no_revision(tmp_path: Path, *, same: bool) -> None:
    """An archive that sends in two associations: the second comes after the first was routed."""
    house = House(tmp_path)
    first, second = prior(), prior(image="2", series_instance_uid="1.2.3" if not same else prior().series_instance_uid)
    key = storage_key(first.study_instance_uid)
    async with house.store.transaction() as transaction:
        await transaction.mark_prior(first.study_instance_uid, "job", records.AT)
    for number, header in enumerate((first, second)):
        at = records.AT + timedelta(seconds=number)
        async with house.store.transaction() as transaction:
            await admit(transaction, header, size=1, at=at, source="PACS")
        if number == 0:
            async with house.store.transaction() as transaction:
                await transaction.close_study(key, revision=1, before=StudyState.RECEIVING, after=StudyState.COMPLETE)
            await route(house.store, house.clock, records.policy(), house.catalogue, study_key=key, revision=1)
    study = house.store.memory.studies[key]
    assert (study.revision, study.state) == (1, StudyState.ROUTED)
    assert house.store.memory.jobs == {}
    (event,) = [event for event in house.store.memory.events if event.kind == "routed"]
    decisions = event.payload["decisions"]
    assert isinstance(decisions, dict)
    assert decisions["finder"].startswith("no: it was fetched as a prior")


async def test_a_day_later_what_comes_is_not_for_looking_back(tmp_path: Path) -> None:
    """An image that a modality adds to a study of long ago is an image like any other."""
    house = House(tmp_path)
    later = records.AT + timedelta(days=2)
    async with house.store.transaction() as transaction:
        await transaction.mark_prior(prior().study_instance_uid, "job", records.AT)
        assert await transaction.is_prior(prior().study_instance_uid, records.AT + timedelta(hours=23))
        assert not await transaction.is_prior(prior().study_instance_uid, later)


async def test_a_prior_that_was_removed_meanwhile_is_said(tmp_path: Path) -> None:
    house = looking(tmp_path, [prior(), prior("Q", days=300)])
    job = await house.queue()
    await house.gather(job)
    house.archive.path(records.instance(prior()).path).unlink()
    given: dict[str, Any] = {}

    def app(inputs: Path, _: Path) -> None:
        given.update(json.loads((inputs / "study.json").read_text(encoding="utf-8")))

    await run(
        house.store, house.archive, FakeRunner(app), house.clock, records.policy(), house.catalogue, job_key=job.key
    )
    assert [one["study_instance_uid"] for one in given["priors"]] == [prior("Q").study_instance_uid]
    assert [(item["input"], item["why"]) for item in given["missing"]] == [("priors", "removed")]


def test_where_nothing_was_gathered_everything_is_missing() -> None:
    told = other_inputs(InputSpec(priors=PRIORS, laboratory=(VALUE,)), [])
    assert (told["priors"], told["laboratory"]) == ([], [])
    assert [(item["input"], item["why"]) for item in told["missing"]] == [
        ("priors", "not-connected"),
        ("laboratory:creatinine", "not-connected"),
    ]
