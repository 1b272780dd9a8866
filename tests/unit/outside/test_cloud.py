"""An app in the cloud: what leaves is about nobody, what comes back is about the patient, and the rest is set apart."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from tests.unit.outside.conftest import UTC_ZONE, House, analysed, result
from tests.unit.outside.planted import Plants, left

from collega.formats.dicom_deid.profile import Area, Profile
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_study import read_header
from collega.formats.dicom_write import encode
from collega.model.code import Code, Text
from collega.model.finding import Outcome
from collega.model.inputs import InputSpec, JobInput, PriorsWanted, ReportsWanted, ValueWanted
from collega.model.job import Job, JobState
from collega.model.leaving import Objection
from collega.model.results import ResultsSpec
from collega.model.study import Study
from collega.outside.keyring import new_keyring, read_keyring
from collega.testing import records
from collega.testing.synthetic import chest_film
from collega.testing.vendor_answers import report
from collega.testing.vendor_service import Answer, Files, json_answer, parts_answer

pytestmark = pytest.mark.shows("R42", "R85")
STRANGER = "2.25.123456789012345678901234567890123456"


async def film_at(house: House, seed: int = 1, **changes: Any) -> tuple[Study, Dataset]:
    """Receive one film that has nothing planted."""
    film = chest_film(seed)
    for keyword, value in changes.items():
        setattr(film, keyword, value)
    return await house.receive([film]), film


async def done(house: House, study: Study, answer: Callable[[Mapping[str, Any], Files], Answer] = analysed) -> Job:
    """Run the app on a study, once."""
    with house.service(answer):
        await house.permit()
        return await house.attempt(await house.queue(study))


async def test_nothing_of_two_hundred_marks_reaches_the_service_and_its_answer_is_about_the_patient(
    house: House,
) -> None:
    plants = Plants()
    films = [plants.film(1), plants.film(2)]
    films[1].StudyInstanceUID = films[0].StudyInstanceUID
    study = await house.receive(films)
    marks = [*plants.marks, "Q-PATIENT-7", "Q-ISSUER", "Quaxelmann", "Zebulonia", "QACC-4711", "QSTUDY"]
    marks += [uid for film in films for uid in (film.SOPInstanceUID, film.SeriesInstanceUID, film.StudyInstanceUID)]
    assert len(set(marks)) >= 200
    assert set(left(marks, b"".join(map(encode, films)))) == set(marks), "they are there before"
    with house.service() as service:
        await house.permit()
        job = await house.queue(study)
        ended = await house.attempt(job)
    assert (ended.state, ended.outcome, ended.reason) == (JobState.NORMALISED, Outcome.FOUND, "")
    heard = bytes(service.heard)
    assert len(heard) > sum(len(film.PixelData) for film in films)
    assert list(left([*marks, study.key, job.key], heard)) == []
    (answer,) = house.store.memory.results.values()
    assert answer.study_instance_uid == study.study_instance_uid
    assert set(answer.findings[0].images) == {film.SOPInstanceUID for film in films}
    assert [event.kind for event in house.store.memory.events] == ["started", "sent_outside", "ended", "normalised"]
    assert [entry.event for entry in house.store.memory.audited] == ["sending outside begun", "sent outside"]
    logged = json.dumps([dict(entry.payload) for entry in house.store.memory.audited])
    assert "DPA-2026-14" in logged
    assert not list(left(marks, logged.encode())), "what is logged has no names"


def told_prior(house: House, film: Dataset) -> Mapping[str, Any]:
    """Keep a prior, and describe it as the step ``gather`` does."""
    encoded = encode(film)
    item = records.instance(read_header(encoded, UTC_ZONE))
    house.archive.keep(item.path, encoded)
    header = item.header
    fields = ("modality", "body_part", "view_position", "image_type", "series_number", "instance_number")
    image = {
        "path": item.path,
        "sop_instance_uid": header.sop_instance_uid,
        "sop_class_uid": header.sop_class_uid,
        "series_instance_uid": header.series_instance_uid,
        "transfer_syntax_uid": header.transfer_syntax_uid,
        **{name: header.attributes.get(name) for name in fields},
    }
    return {
        "folder": "priors/1",
        "study_instance_uid": header.study_instance_uid,
        "study_date": header.study_date,
        "study_description": header.study_description,
        "months_before": 4.0,
        "images": [image],
    }


LAB = {"id": "creatinine", "value": 81.0, "comparator": None, "unit": "umol/L", "status": "final"}
INPUTS = InputSpec(
    priors=PriorsWanted(most=1, within_months=24, modalities=("CR",)),
    reports=ReportsWanted(most=1, within_months=24),
    laboratory=(
        ValueWanted(
            id="creatinine",
            name=Text(en="creatinine", nl="kreatinine"),
            codes=(Code(scheme="LN", value="14682-9", meaning="x"),),
            within_days=30,
            unit="umol/L",
        ),
    ),
)


@pytest.mark.parametrize("permitted", [False, True])
async def test_priors_values_and_reports_leave_about_nobody(house: House, *, permitted: bool) -> None:
    plants = Plants()
    film, prior = plants.film(1), plants.film(2, run="prior")
    prior.PatientID = "Q-OLDNUMBER-3"
    study = await house.receive([film])
    code = {"scheme": "LN", "value": "14682-9", "meaning": plants.mark()}
    lab = {**LAB, "at": "2026-02-28T11:22:33+00:00", "code": code}
    words = plants.mark()
    told = {"at": "2026-01-02T03:04:05+00:00", "text": f"Seen by {words}", "status": "final"}
    gathered = [
        JobInput(name=name, required=False, asked_at=records.AT, answer=(answer,))
        for name, answer in (("priors", told_prior(house, prior)), ("reports", told), ("laboratory:creatinine", lab))
    ]
    house.inputs, house.wants_free_text = INPUTS, True
    heard: list[Mapping[str, Any]] = []

    def listen(asked: Mapping[str, Any], files: Files) -> Answer:
        heard.append(asked)
        assert set(files) == {"dicom/00001.dcm", "priors/1/00001.dcm"}
        return analysed(asked, files)

    with house.service(listen) as service:
        await house.permit(sends_free_text=permitted)
        ended = await house.attempt(await house.queue(study, gathered))
    assert ended.outcome is Outcome.FOUND
    marks = [*plants.marks, "Q-PATIENT-7", "Q-OLDNUMBER-3", "Quaxelmann", prior.SOPInstanceUID, prior.StudyInstanceUID]
    # Words go as they are where maker and site both say so; nothing else does.
    assert set(left(marks, bytes(service.heard))) == ({words, code["meaning"]} if permitted else set())
    (asked,) = heard
    first = dcmread(house.folder / f"data/runs/{ended.key}/1/sent/priors/1/00001.dcm")
    here = dcmread(house.folder / f"data/runs/{ended.key}/1/sent/dicom/00001.dcm")
    assert first.PatientID == here.PatientID, "one patient, whatever number an image bears"
    assert asked["priors"][0]["study_instance_uid"] == first.StudyInstanceUID
    assert asked["patient"]["age_years"] <= 90
    assert here.PatientAge == "090Y"
    assert asked["laboratory"][0]["value"] == 81.0
    assert not asked["laboratory"][0]["at"].startswith("2026-02-28")
    assert bool(asked["reports"]) == permitted
    assert ("not-outside" in [item["why"] for item in asked["missing"]]) != permitted


async def test_an_app_that_needs_reports_is_not_asked_without(house: House) -> None:
    house.inputs = InputSpec(reports=ReportsWanted(most=1, within_months=24, required=True))
    study, _ = await film_at(house)
    told = {"at": "2026-01-02T03:04:05+00:00", "text": "words", "status": "final"}
    gathered = [JobInput(name="reports", required=True, asked_at=records.AT, answer=(told,))]
    with house.service() as service:
        await house.permit()
        ended = await house.attempt(await house.queue(study, gathered))
    assert (ended.outcome, ended.reason_code) == (Outcome.NOT_SUITABLE, "free-text")
    assert service.asked == []


async def test_nothing_leaves_without_the_permission_of_the_site(house: House) -> None:
    study, _ = await film_at(house)
    with house.service() as service:
        ended = await house.attempt(await house.queue(study))
    assert (ended.outcome, ended.reason_code) == (Outcome.FAILED, "refused")
    assert "the site has not permitted" in ended.reason
    assert (service.asked, bytes(service.heard)) == ([], b"")
    assert house.store.memory.pseudonyms == {}


async def test_an_objection_holds_a_study_back_until_it_is_withdrawn(house: House) -> None:
    study, film = await film_at(house)
    async with house.store.transaction() as transaction:
        objection = await transaction.add_objection(
            Objection(patient_id=film.PatientID, at=records.AT, actor="privacy officer", reason="form")
        )
    with house.service() as service:
        await house.permit()
        held = await house.attempt(await house.queue(study))
        assert (held.outcome, held.reason_code) == (Outcome.NOT_SUITABLE, "objection")
        assert bytes(service.heard) == b""
        (answer,) = house.store.memory.results.values()
        assert answer.reason is not None
        assert "bezwaar" in answer.reason.nl
        async with house.store.transaction() as transaction:
            await transaction.withdraw_objection(objection.key, records.AT, "privacy officer", "changed mind")
            images = [film.SOPInstanceUID]
            again = await transaction.add_job(replace(study, revision=2), house.manifest, images, "again", records.AT)
        assert (await house.attempt(again)).outcome is Outcome.FOUND


async def test_where_the_site_says_so_an_objection_stops_apps_inside_too(house: House) -> None:
    study, film = await film_at(house)
    async with house.store.transaction() as transaction:
        await transaction.add_objection(
            Objection(patient_id=film.PatientID, at=records.AT, actor="privacy officer", reason="form")
        )
    inside = replace(records.policy(), objections_stop_inside=True)
    with house.service() as service:
        await house.permit()
        ended = await house.attempt(await house.queue(study), inside)
    assert (ended.outcome, ended.reason_code) == (Outcome.NOT_SUITABLE, "objection")
    assert "analysis by an app" in ended.reason
    assert service.asked == []


AREA = Area(modality="US", boxes=((0, 0, 512, 40),))


@pytest.mark.parametrize(
    ("changes", "areas", "leaves"),
    [
        ({"Modality": "US"}, (), False),
        ({"Modality": "US"}, (AREA,), True),
        ({"Modality": "US"}, (replace(AREA, manufacturer="another"),), False),
        ({"Modality": "US", "BurnedInAnnotation": "NO"}, (), True),
        ({"BurnedInAnnotation": "YES"}, (), False),
        ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, (), False),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.77.1.4"}, (), False),
        ({}, (), True),
    ],
)
async def test_images_that_may_show_names_stay_unless_a_rule_covers_them(
    house: House, changes: dict[str, Any], areas: tuple[Area, ...], *, leaves: bool
) -> None:
    film = chest_film(1, compressed=False)
    for keyword, value in changes.items():
        setattr(film, keyword, value)
    house.profile = Profile(name="ours", areas=areas)
    study = await house.receive([film])
    with house.service() as service:
        await house.permit()
        ended = await house.attempt(await house.queue(study))
    assert (ended.outcome is Outcome.FOUND) == leaves, ended.reason
    assert bool(service.asked) == leaves
    if not leaves:
        assert (ended.outcome, ended.reason_code) == (Outcome.NOT_SUITABLE, "burned-in")
        assert not (house.folder / f"data/runs/{ended.key}/1/sent").exists()


# --------------------------------------------------------------------------- what comes back

Spoil = Callable[[dict[str, Any], Dataset], None]


def into(place: Sequence[str | int], value: Callable[[Dataset], Any]) -> Spoil:
    """Put a value of the film, or another, somewhere in an answer."""

    def spoil(answer: dict[str, Any], film: Dataset) -> None:
        at: Any = answer
        for step in place[:-1]:
            at = at[step]
        at[place[-1]] = value(film)

    return spoil


def note(text: Callable[[Dataset], str]) -> Spoil:
    """Put a text into the notes of an answer."""
    return into(["notes"], lambda film: [{"en": text(film), "nl": "-"}])


SPOILED: Mapping[str, tuple[Spoil, str]] = {
    "an unknown image": (into(["findings", 0, "images"], lambda _: [STRANGER]), "unknown-image"),
    "an unknown study": (into(["study_instance_uid"], lambda _: STRANGER), "wrong-study"),
    "the real study": (into(["study_instance_uid"], lambda film: film.StudyInstanceUID), "knows-identity"),
    "a real image": (into(["findings", 0, "images"], lambda film: [film.SOPInstanceUID]), "knows-identity"),
    "the real number": (note(lambda film: f"patient {film.PatientID}, left"), "knows-identity"),
    "the real order": (note(lambda film: str(film.AccessionNumber)), "knows-identity"),
    "the real name": (note(lambda _: "Mrs. Zebulonia QUAXELMANN"), "knows-identity"),
}


@pytest.mark.parametrize("name", SPOILED)
async def test_an_answer_that_says_what_it_should_not_is_set_apart(house: House, name: str) -> None:
    spoil, code = SPOILED[name]
    study, film = await film_at(house, PatientName="Quaxelmann^Zebulonia", AccessionNumber="QACC-4711")

    def answer(asked: Mapping[str, Any], _: Files) -> Answer:
        made = result(asked, [image["sop_instance_uid"] for image in asked["images"]])
        spoil(made, film)
        return json_answer(made)

    ended = await done(house, study, answer)
    assert (ended.outcome, ended.reason_code) == (Outcome.FAILED, code)
    (kept,) = house.store.memory.quarantine
    assert (kept["kind"], kept["code"]) == ("result", code)


async def test_the_pseudonym_of_another_patient_sets_an_answer_apart(house: House) -> None:
    other, _ = await film_at(house, 2)
    assert (await done(house, other)).outcome is Outcome.FOUND
    stranger = next(item.pseudonym for item in house.store.memory.pseudonyms.values() if item.kind == "patient")
    study, _ = await film_at(house, 1)

    def answer(asked: Mapping[str, Any], _: Files) -> Answer:
        images = [image["sop_instance_uid"] for image in asked["images"]]
        return json_answer(result(asked, images, notes=[{"en": f"as in {stranger}", "nl": "-"}]))

    ended = await done(house, study, answer)
    assert (ended.outcome, ended.reason_code) == (Outcome.FAILED, "other-patient")


def reported(spoil: Callable[[Dataset], None] = lambda _: None) -> Callable[[Mapping[str, Any], Files], Answer]:
    """Answer with a structured report, changed."""

    def answer(_: Mapping[str, Any], files: Files) -> Answer:
        made = report([dcmread(BytesIO(content)) for content in files.values()])
        spoil(made)
        return parts_answer([("application/dicom", "report.dcm", encode(made))])

    return answer


def refers_elsewhere(made: Dataset) -> None:
    study = made.CurrentRequestedProcedureEvidenceSequence[0]
    study.ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID = STRANGER


SPOILED_OBJECTS: Mapping[str, tuple[Callable[[Dataset], None], str]] = {
    "another patient": (lambda made: setattr(made, "PatientID", "PAAAAAAAAAAAAAAA2"), "changed-identity"),
    "an unknown study": (lambda made: setattr(made, "StudyInstanceUID", STRANGER), "wrong-study"),
    "an unknown image": (refers_elsewhere, "unknown-image"),
    "the real name": (lambda made: setattr(made, "PatientComments", "Quaxelmann, Zebulonia"), "knows-identity"),
    "the real number": (
        lambda made: made.private_block(9, "X", create=True).add_new(1, "UN", b"nr Q-7411 ."),
        "knows-identity",
    ),
}


@pytest.mark.parametrize("name", SPOILED_OBJECTS)
async def test_an_object_that_says_what_it_should_not_is_set_apart(house: House, name: str) -> None:
    spoil, code = SPOILED_OBJECTS[name]
    study, _ = await film_at(house, PatientName="Quaxelmann^Zebulonia", PatientID="Q-7411")
    ended = await done(house, study, reported(spoil))
    assert (ended.outcome, ended.reason_code) == (Outcome.FAILED, code), ended.reason


async def test_a_report_from_outside_is_about_the_patient_again(house: House) -> None:
    study, film = await film_at(
        house, PatientName="Quaxelmänn^Zebulonia", PatientID="Q-7411", SpecificCharacterSet="ISO_IR 100"
    )
    house.results = ResultsSpec(restates=True)
    ended = await done(house, study, reported())
    kept = dcmread(house.folder / f"data/runs/{ended.key}/1/out/dicom/00001.dcm")
    for keyword in ("PatientID", "PatientName", "PatientBirthDate", "StudyInstanceUID", "StudyDate", "AccessionNumber"):
        assert kept[keyword].value == film[keyword].value, keyword
    assert "PatientIdentityRemoved" not in kept
    named = kept.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    assert named.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == film.SOPInstanceUID
    assert ended.outcome is Outcome.FOUND, ended.reason


def dated(made: Dataset) -> None:
    """Say when the images were made, as a service copies it from them."""
    made.SeriesDate, made.AcquisitionDateTime = made.StudyDate, f"{made.StudyDate}{made.StudyTime}"
    made.ContentDate = made.InstanceCreationDate = made.StudyDate  # by a clock of its own
    made.DateOfSecondaryCapture = "20260230"


async def test_a_date_that_was_sent_is_the_true_one_again(house: House) -> None:
    film = chest_film(1)
    film.AcquisitionDateTime = f"{film.StudyDate}{film.StudyTime}"
    study = await house.receive([film])
    house.results = ResultsSpec(restates=True)
    ended = await done(house, study, reported(dated))
    assert ended.outcome is Outcome.FOUND, ended.reason
    kept = dcmread(house.folder / f"data/runs/{ended.key}/1/out/dicom/00001.dcm")
    assert (kept.SeriesDate, kept.AcquisitionDateTime) == (film.StudyDate, film.AcquisitionDateTime)
    assert kept.ContentDate == kept.InstanceCreationDate != film.StudyDate
    assert kept.DateOfSecondaryCapture == "20260230", "what was not sent stays as it is"


# --------------------------------------------------------------------------- keys


async def test_a_second_attempt_and_a_second_study_have_the_same_pseudonyms(house: House) -> None:
    study, film = await film_at(house)
    numbers: list[str] = []

    def listen(asked: Mapping[str, Any], files: Files) -> Answer:
        numbers.append(str(dcmread(BytesIO(files["dicom/00001.dcm"])).PatientID))
        return json_answer({}, 500) if len(numbers) == 1 else analysed(asked, files)

    with house.service(listen) as service:
        await house.permit()
        job = await house.queue(study)
        await house.attempt(job)
        assert (await house.attempt(job)).outcome is Outcome.FOUND
    assert len(set(numbers)) == 1
    assert len({one.job for one in service.asked}) == 1, "the service can tell that it is the same job"
    keys = read_keyring(house.key_file.read_text(), "keys")
    (sealed,) = [one for one in house.store.memory.pseudonyms.values() if one.kind == "patient"]
    assert sealed.pseudonym == numbers[0]
    assert json.loads(keys.unseal(sealed))["patient_id"] == film.PatientID
    other = Pseudonyms(key=keys.pseudonyms, project="cloud/another")
    assert other.patient(film.PatientID) != numbers[0], "two makers cannot compare"


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: path.unlink(), "is not there; put back the copy"),
        (lambda path: path.chmod(0o644), "is open to other accounts; chmod 600"),
        (lambda path: path.write_text("{}"), "is no file of keys of collega"),
    ],
)
async def test_without_its_keys_a_site_sends_nothing_and_says_why(
    house: House, harm: Callable[[Any], object], said: str
) -> None:
    study, _ = await film_at(house)
    harm(house.key_file)
    with house.service() as service:
        await house.permit()
        ended = await house.attempt(await house.queue(study))
    assert (ended.outcome, ended.reason_code) == (Outcome.FAILED, "refused")
    assert said in ended.reason
    assert bytes(service.heard) == b""


async def test_with_other_keys_the_same_patient_is_somebody_else(house: House) -> None:
    first = read_keyring(house.key_file.read_text(), "keys")
    second = new_keyring()
    names = {Pseudonyms(key=keys.pseudonyms, project="cloud/finder").patient("1") for keys in (first, second)}
    assert len(names) == 2
