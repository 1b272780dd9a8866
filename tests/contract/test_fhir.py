"""FHIR over a store in which every state, outcome, stage, way and right stands: each resource is valid, and honest."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from fhir.resources.R4B import get_fhir_model_class

from collega.bootstrap.fhir import FhirDesk
from collega.bootstrap.people.tokens import TokenDesk
from collega.bootstrap.reading.board import BoardContext
from collega.config import Board
from collega.deliver.table import Channel, Standing, say
from collega.formats.fhir_parts import Frame
from collega.model.app import Manifest, Stage
from collega.model.code import Code, Text
from collega.model.finding import AppResult, Evaluation, Measurement, Outcome, Status
from collega.model.job import Job, JobState
from collega.model.runtime import Use, Way
from collega.model.study import Patient
from collega.model.trust import Allowance
from collega.testing import records
from collega.testing.records import AT
from collega.web import fhir
from collega.web.gate import gate
from tests.contract.conftest import DEFAULT_STAGE, RealBench
from tests.unit.web.asking import Answer, ask

APP_KINDS = ("Observation", "DiagnosticReport", "Task")
KINDS = ("ImagingStudy", "Patient", "Device", *APP_KINDS)
FRAME = Frame(language="en", patient_system="urn:numbers", issuer="HOSP", accession_system="urn:orders")
LEFT = Code(scheme="SCT", value="44029006", meaning="Left lung")
PUT_ASIDE = {JobState.SUPERSEDED, JobState.DISCARDED}


def app(name: str, **use: Any) -> Manifest:
    """App that looks for three findings."""
    specs = tuple(records.finding_spec(id=f"finding-{word}") for word in Evaluation)
    return records.manifest(name, use=Use(**use), findings=specs)


MANIFESTS = {
    item.id: item
    for item in (
        app("plain"),
        app("shadowed"),
        app("piloted"),
        app("stopped"),
        app("unset"),
        app("demand", way=Way.ON_DEMAND),
        app("screen", way=Way.OWN_SCREEN),
        app("silent", may_rule_out=False),
        app("placeless", may_localise=False),
        app("narrowed"),
    )
}
STAGES = {"shadowed": Stage.SHADOW, "piloted": Stage.PILOT, "stopped": Stage.SUSPENDED, "unset": None}
NARROWED = Allowance(may_rule_out=False, may_localise=False)
HEARD = [name for name in MANIFESTS if name not in STAGES]
OUTCOMES = [*Outcome, None]


def standing(name: str, state: JobState, outcome: Outcome | None) -> Standing:
    use = MANIFESTS[name].use
    may = (NARROWED if name == "narrowed" else Allowance()).within(use)
    return Standing(
        stage=STAGES.get(name, Stage.LIVE) or DEFAULT_STAGE, way=use.way, may=may, state=state, outcome=outcome
    )


def result(uid: str, name: str, outcome: Outcome) -> AppResult:
    """Answer with that outcome, of every kind of finding that it leaves room for."""
    if outcome in {Outcome.FAILED, Outcome.NOT_SUITABLE}:
        status = Status.FAILED if outcome is Outcome.FAILED else Status.NOT_SUITABLE
        reason = Text(en="the image is upside down", nl="het beeld staat op zijn kop")
        return records.analysed(uid, [], name, status=status, reason_code="upside-down", reason=reason)
    room = {
        Outcome.FOUND: tuple(Evaluation),
        Outcome.UNDETERMINED: (Evaluation.ABSENT, Evaluation.UNDETERMINED),
        Outcome.NOTHING_FOUND: (Evaluation.ABSENT,),
    }
    volume = Measurement(name=Code(scheme="SCT", value="118565006", meaning="Volume"), value=3.5, unit="ml")
    made = [
        replace(records.finding(["1.2.3"], word), id=f"finding-{word}", site=LEFT, measurements=(volume,))
        for word in room[outcome]
    ]
    return records.analysed(uid, made, name)


@pytest.fixture
async def filled(real: RealBench) -> dict[str, tuple[str, JobState, Outcome | None]]:
    """Give every app a job in every state with every outcome, a study each; by the key of the job."""
    jobs = {}
    async with real.transaction() as transaction:
        for name, manifest in MANIFESTS.items():
            stage = STAGES.get(name, Stage.LIVE)
            if stage is not None:
                await transaction.set_stage(name, manifest.version, stage, "someone", "a test")
            for state, outcome in product(JobState, OUTCOMES):
                job = await add_work(transaction, manifest, f"{name} {state} {outcome}", state, outcome)
                jobs[job.key] = (name, state, outcome)
        await transaction.set_allowance("narrowed", "1.0.0", NARROWED, "someone", "a test")
    return jobs


async def add_work(
    transaction: Any, manifest: Manifest, name: str, state: JobState, outcome: Outcome | None, **header: Any
) -> Job:
    """Record a study, a job of an app, and its answer."""
    made = records.header(study=name, **header)
    study = await transaction.add_study(made, records.study(made).key, AT)
    await transaction.add_instances([records.instance(made)])
    job: Job = await transaction.add_job(study, manifest, [made.sop_instance_uid], name, AT)
    if outcome is not None:
        await transaction.add_result(job, result(made.study_instance_uid, manifest.id, outcome), AT)
    await transaction.rows(
        "UPDATE job SET state = %s, outcome = %s, reason_code = %s WHERE job_key = %s RETURNING job_key",
        (state, outcome, "upside-down" if outcome in {Outcome.FAILED, Outcome.NOT_SUITABLE} else "", job.key),
    )
    return job


class Server:
    """The application, asked without a network."""

    def __init__(self, application: FastAPI) -> None:
        self._application = application

    async def ask(self, path: str, method: str = "GET", **more: Any) -> Answer:
        return await ask(self._application, f"/fhir/{path}", method, **more)

    async def get(self, path: str, status: int = 200, **headers: str) -> Any:
        """Ask, and hold the answer against the models of its kind."""
        answer = await self.ask(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        assert answer.status == status, answer.text
        assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
        found = json.loads(answer.body)
        validate(found)
        if status != 200:
            assert found["resourceType"] == "OperationOutcome"
        return found

    async def all(self, path: str) -> list[dict[str, Any]]:
        """Follow a search from page to page."""
        found: list[dict[str, Any]] = []
        while path:
            bundle = await self.get(path)
            found += [entry["resource"] for entry in bundle.get("entry", ())]
            path = next(
                (link["url"].partition("/fhir/")[2] for link in bundle["link"] if link["relation"] == "next"), ""
            )
        return found

    async def total(self, path: str) -> int:
        mark = "&" if "?" in path else "?"
        return int((await self.get(f"{path}{mark}_summary=count"))["total"])


def validate(resource: Mapping[str, Any]) -> None:
    """Hold a resource, and those in it, against the models of R4B, which for these kinds are those of R4."""
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)


@pytest.fixture
async def house(real: RealBench) -> Server:
    zone = ZoneInfo("Europe/Amsterdam")
    context = BoardContext(settings=Board(), zone=zone, default_stage=DEFAULT_STAGE, catalogue=MANIFESTS)
    application = FastAPI()
    application.include_router(
        fhir.router(FhirDesk(store=real.store, context=context, frame=FRAME), zone, gate(TokenDesk(store=real.store)))
    )
    return Server(application)


# --------------------------------------------------------------------------- what is told


@pytest.mark.shows("R25", "R32", "R59", "R67")
async def test_every_resource_is_valid_and_says_what_the_table_of_trust_lets_it(
    filled: dict[str, tuple[str, JobState, Outcome | None]], house: Server
) -> None:
    tasks = {item["id"]: item for item in await house.all("Task?_count=100")}
    reports = {item["id"]: item for item in await house.all("DiagnosticReport?_count=100")}
    observations = await house.all("Observation?_count=100")
    by_job: dict[str, list[dict[str, Any]]] = {}
    for item in observations:
        by_job.setdefault(item["id"].partition(".")[0], []).append(item)
    for key, (name, state, outcome) in filled.items():
        said = say(standing(name, state, outcome), Channel.FHIR)
        assert (key in tasks) is (name in HEARD), (name, state, outcome)
        is_reported = said is not None and said.outcome in {*Outcome, "no_rule_out"} and state not in PUT_ASIDE
        assert (key in reports) is is_reported, (name, state, outcome)
        if key not in reports:
            assert key not in by_job
            continue
        report, named = reports[key], by_job.get(key, [])
        assert said is not None
        assert report["conclusionCode"][0]["coding"][0]["code"] == said.outcome.replace("_", "-")
        assert sorted(item["reference"] for item in report.get("result", ())) == sorted(
            f"Observation/{item['id']}" for item in named
        )
        answered = said.outcome in {Outcome.FOUND, Outcome.NOTHING_FOUND, Outcome.UNDETERMINED}
        assert named or not answered or not said.absences
        assert report["status"] == ("preliminary" if answered else "cancelled")
        assert answered or "does not mean that nothing was found" in report["conclusion"]
        words = {item["valueCodeableConcept"]["text"] for item in named}
        assert said.absences or "Absent" not in words
        assert all(("bodySite" in item) is said.places for item in named)
    assert await house.total("Task") == len(tasks)
    assert await house.total("DiagnosticReport") == len(reports)
    assert await house.total("Observation") == len(observations)


@pytest.mark.shows("R32")
async def test_apps_that_are_not_live_are_told_of_nowhere(
    filled: dict[str, tuple[str, JobState, Outcome | None]], house: Server
) -> None:
    for key, (name, _, outcome) in filled.items():
        if name in HEARD:
            continue
        for path in (f"Task/{key}", f"DiagnosticReport/{key}", f"Observation/{key}.0"):
            if outcome is Outcome.FOUND:
                await house.get(path, 404)
    devices = await house.all("Device")
    assert {item["modelNumber"] for item in devices} == set(HEARD)
    text = json.dumps([await house.all(f"{kind}?_count=100") for kind in KINDS])
    assert not [name for name in STAGES if f'"{name}' in text or f"The {name}" in text]


# --------------------------------------------------------------------------- what a resource says


@pytest.fixture
async def one(real: RealBench) -> str:
    """Give the key of a job of a live app that has found something."""
    async with real.transaction() as transaction:
        await transaction.set_stage("plain", "1.0.0", Stage.LIVE, "someone", "a test")
        patient = Patient(issuer="HOSP", patient_id="P7", name="Doe^Jane Q^^Dr", birth_date="19600229", sex="F")
        job = await add_work(transaction, MANIFESTS["plain"], "A", JobState.DONE, Outcome.FOUND, patient=patient)
    return job.key


@pytest.mark.shows("R25", "R59")
async def test_an_observation_tells_the_finding_its_score_and_who_says_so(one: str, house: Server) -> None:
    found = await house.get(f"Observation/{one}.0")
    assert found["status"] == "preliminary"
    assert found["code"]["coding"][0] == {
        "system": "http://snomed.info/sct", "code": "233604007", "display": "Pneumonia"
    }  # fmt: skip
    assert found["valueCodeableConcept"]["coding"][0]["code"] == "52101004"
    assert found["interpretation"][0]["coding"][0]["code"] == "POS"
    assert "not confirmed" in found["interpretation"][0]["text"]
    assert found["bodySite"]["coding"][0]["code"] == LEFT.value
    score, own, calibrated, threshold, volume = found["component"]
    assert (score["valueQuantity"]["value"], score["referenceRange"][0]["high"]["value"]) == (80.0, 100.0)
    assert (own["valueQuantity"]["value"], own["referenceRange"][0]["high"]["value"]) == (0.8, 1.0)
    assert calibrated["valueBoolean"] is False
    assert threshold["valueQuantity"]["value"] == 50.0
    assert volume["valueQuantity"] == {"value": 3.5, "unit": "ml", "system": "http://unitsofmeasure.org", "code": "ml"}
    assert found["effectiveDateTime"] == "2026-03-02T08:30:00.000Z"
    device = await house.get(found["device"]["reference"])
    assert (device["modelNumber"], device["version"][0]["value"]) == ("plain", "1.0.0")
    assert "not for clinical use" in device["note"][0]["text"]
    study = await house.get(found["derivedFrom"][0]["reference"])
    assert (study["status"], study["numberOfInstances"]) == ("registered", 1)
    assert study["series"][0]["modality"]["code"] == "CR"
    person = await house.get(found["subject"]["reference"])
    assert person["identifier"][0]["system"] == "urn:numbers"
    assert (person["name"][0]["family"], person["name"][0]["given"]) == ("Doe", ["Jane", "Q"])
    assert (person["birthDate"], person["gender"]) == ("1960-02-29", "female")


async def test_a_report_is_the_apps_own_and_never_the_radiologists(one: str, house: Server) -> None:
    found = await house.get(f"DiagnosticReport/{one}")
    assert found["status"] == "preliminary"
    assert found["category"][0]["coding"][0]["code"] == "RAD"
    assert found["code"]["text"] == "AI: The plain"
    assert "http://loinc.org" not in json.dumps(found["code"])
    assert "not read by a radiologist" in found["conclusion"]
    task = await house.get(f"Task/{one}")
    assert (task["status"], task["businessStatus"]["text"]) == ("completed", "found")
    assert task["output"][0]["valueReference"]["reference"] == f"DiagnosticReport/{one}"


@pytest.mark.shows("R25")
async def test_a_failure_has_its_reason_and_is_no_negative(real: RealBench, house: Server) -> None:
    async with real.transaction() as transaction:
        await transaction.set_stage("plain", "1.0.0", Stage.LIVE, "someone", "a test")
        job = await add_work(transaction, MANIFESTS["plain"], "A", JobState.DONE, Outcome.FAILED)
    task = await house.get(f"Task/{job.key}")
    assert (task["status"], task["statusReason"]["text"]) == ("failed", "the image is upside down")
    report = await house.get(f"DiagnosticReport/{job.key}")
    assert report["status"] == "cancelled"
    assert (
        "the image is upside down\nThere is no result: this does not mean that nothing was found."
        in report["conclusion"]
    )
    assert "result" not in report


async def test_what_was_put_aside_is_gone_and_its_task_says_so(one: str, real: RealBench, house: Server) -> None:
    async with real.transaction() as transaction:
        await transaction.supersede(one, AT)
    for path in (f"Observation/{one}.0", f"DiagnosticReport/{one}"):
        assert (await house.get(path, 410))["issue"][0]["code"] == "deleted"
    assert (await house.get(f"Task/{one}"))["status"] == "cancelled"
    async with real.transaction() as transaction:
        await transaction.set_stage("plain", "1.0.0", Stage.SHADOW, "someone", "a test")
    for kind in APP_KINDS:
        await house.get(f"{kind}/{one}", 404)


# --------------------------------------------------------------------------- searches


async def keys(house: Server, path: str) -> set[str]:
    """Names of the studies that a search finds."""
    return {item["identifier"][1]["value"].removeprefix("ACC-") for item in await house.all(path)}


@pytest.fixture
async def three(real: RealBench) -> dict[str, str]:
    """Give three studies, two of one patient, on three days, each with a job that has found something."""
    jobs = {}
    async with real.transaction() as transaction:
        await transaction.set_stage("plain", "1.0.0", Stage.LIVE, "someone", "a test")
        for number, name in enumerate("ABC"):
            patient = Patient(issuer="" if name == "C" else "HOSP", patient_id="P9" if name == "C" else "P|7")
            at = AT + timedelta(days=number)
            job = await add_work(
                transaction, MANIFESTS["plain"], name, JobState.DONE, Outcome.FOUND, patient=patient, study_at=at
            )
            jobs[name] = job.key
    return jobs


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "ABC"),
        (r"patient=HOSP|P\|7", "AB"),
        (r"subject=urn:numbers|P\|7", "AB"),
        (r"patient.identifier=P\|7", "AB"),
        ("patient=|P9", "C"),
        ("patient=urn:numbers|P9", "C"),
        ("patient=HOSP|P9", ""),
        ("patient=urn:other|P9", ""),
        ("patient=|P9,HOSP|P9", "C"),
        ("patient=nobody", ""),
        ("accession=ACC-A", "A"),
        ("accession=|ACC-A", ""),
        ("accession=urn:orders|ACC-A,urn:orders|ACC-B", "AB"),
        ("accession=urn:other|ACC-A", ""),
        ("date=2026-03-02", "A"),
        ("date=eq2026-03", "ABC"),
        ("date=2026", "ABC"),
        ("date=ge2026-03-03", "BC"),
        ("date=gt2026-03-03", "C"),
        ("date=le2026-03-03", "AB"),
        ("date=lt2026-03-03", "A"),
        ("date=gt2026-03-02&date=lt2026-03-04", "B"),
        ("date=2026-03-02,2026-03-04", "AC"),
        ("date=2026-03-02T08:30:00Z", "A"),
        ("date=2026-03-02T09:30", "A"),
        ("date=2026-03-02T09:30:00%2B01:00", "A"),
        ("date=2026-03-02T09:30:00+01:00", "A"),
        ("date=gt2026-03-02T08:30:00.000Z&date=lt2026-03-04", "B"),
        ("_lastUpdated=ge2026-03-02T08:30:00Z", "ABC"),
        ("_lastUpdated=gt2100", ""),
        ("accession=ACC-A&date=2026-03-03", ""),
        ("status=nothing-such", ""),
    ],
)
async def test_searches_find_what_was_asked_for(three: dict[str, str], house: Server, query: str, found: str) -> None:
    assert await keys(house, f"ImagingStudy?{query}") == set(found)
    assert await house.total(f"ImagingStudy?{query}") == len(found)
    if not query.startswith("_last") and "date" not in query:
        for kind, each in (("DiagnosticReport", 1), ("Task", 1), ("Observation", 3)):
            assert await house.total(f"{kind}?{query}") == len(found) * each, kind
    if query.startswith("date"):
        wanted = {three[name] for name in found}
        assert {item["id"] for item in await house.all(f"DiagnosticReport?{query}")} == wanted
        assert {item["id"].partition(".")[0] for item in await house.all(f"Observation?{query}")} == wanted


async def test_searches_of_single_kinds(three: dict[str, str], house: Server) -> None:
    key = three["A"]
    study = (await house.get(f"DiagnosticReport/{key}"))["imagingStudy"][0]["reference"]
    uid = (await house.get(study))["identifier"][0]["value"]
    person = (await house.get(study))["subject"]["reference"]
    assert await keys(house, f"ImagingStudy?identifier=urn:dicom:uid|{uid}") == {"A"}
    assert await keys(house, f"ImagingStudy?patient={person}") == {"A", "B"}
    assert await keys(house, "ImagingStudy?status=registered") == {"A", "B", "C"}
    assert await house.total("ImagingStudy?status=available") == 0
    for path, number in (
        (f"Task?focus={study}", 1),
        (f"Task?_id={key},{three['B']}", 2),
        (f"Task?_id={key}&_id={three['B']}", 0),
        ("Task?_id=nonsense", 0),
        ("Task?status=completed", 3),
        ("Task?status=failed,requested", 0),
        ("Task?based-on:identifier=urn:orders|ACC-B", 1),
        ("Task?modified=ge2026", 3),
        ("DiagnosticReport?category=RAD&status=preliminary", 3),
        ("DiagnosticReport?category=LAB", 0),
        ("DiagnosticReport?status=final", 0),
        (f"Observation?derived-from={study}", 3),
        ("Observation?code=http://snomed.info/sct|233604007", 9),
        ("Observation?code=|233604007", 0),
        ("Observation?code=http://loinc.org|233604007", 0),
        (f"Observation?_id={key}.0,{key}.9,{key}.99999999999", 1),
        (r"Patient?identifier=HOSP|P\|7", 1),
        ("Patient?_lastUpdated=ge2000", 2),
        ("Device", 1),
        ("Device?_id=2.25.1", 0),
    ):
        assert len(await house.all(path)) == await house.total(path) == number, path


@pytest.mark.parametrize("query", ["", "&date=ge2026", "&_lastUpdated=ge2026"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "Device"])
async def test_pages_are_whole_while_studies_arrive(real: RealBench, house: Server, kind: str, query: str) -> None:
    if kind == "Patient" and "&date" in query:
        return
    async with real.transaction() as transaction:
        await transaction.set_stage("plain", "1.0.0", Stage.LIVE, "someone", "a test")
        for number in range(7):
            await add_work(transaction, MANIFESTS["plain"], f"A{number}", JobState.DONE, Outcome.FOUND)
    before = {item["id"] for item in await house.all(f"{kind}?{query}")}
    seen: list[str] = []
    path = f"{kind}?_count=2{query}"
    while path:
        bundle = await house.get(path)
        seen += [entry["resource"]["id"] for entry in bundle["entry"]]
        following = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
        path = following[0].partition("/fhir/")[2] if following else ""
        async with real.transaction() as transaction:
            if len(seen) < 10:
                await add_work(transaction, MANIFESTS["plain"], f"B{len(seen)}", JobState.DONE, Outcome.FOUND)
    assert len(seen) == len(set(seen))
    assert before <= set(seen)


# --------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("path", "status", "headers"),
    [
        ("Observation/nonsense", 404, {}),
        ("ImagingStudy/%00", 404, {}),
        ("Nothing", 404, {}),
        ("Nothing/1", 404, {}),
        ("", 404, {}),
        ("Task?date=ap2026", 400, {}),
        ("Task?date=yesterday", 400, {}),
        ("Task?date=2026-02-30", 400, {}),
        ("Task?date=0001-01-01", 400, {}),
        ("Task?date=9999", 400, {}),
        ("Task?_count=-1", 400, {}),
        ("Task?_count=many", 400, {}),
        ("Task?_summary=text", 400, {}),
        ("Task?_cursor=nonsense", 400, {}),
        ("Task?_cursor=WyJub25zZW5zZSJd", 400, {}),
        ("Task?status:not=completed", 400, {}),
        ("Task?patient=Group/1", 400, {}),
        ("Task?patient=HOSP|", 400, {}),
        ("Task?status=", 400, {}),
        ("Task?accession=%00", 400, {}),
        ("Task?colour=red", 400, {"prefer": "handling=strict"}),
        ("Task?_format=xml", 406, {}),
        ("Task", 406, {"accept": "application/fhir+xml"}),
        ("metadata", 406, {"accept": "text/turtle, application/fhir+json;q=0"}),
    ],
)
async def test_errors_are_outcomes(house: Server, path: str, status: int, headers: dict[str, str]) -> None:
    await house.get(path, status, **headers)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
async def test_nothing_is_written(house: Server, method: str) -> None:
    answer = await house.ask("Task/1" if method != "POST" else "Task", method, body=b"{}")
    assert answer.status in {404, 405}
    assert json.loads(answer.body)["resourceType"] == "OperationOutcome"


async def test_what_is_not_known_is_left_out_and_not_said_to_be_used(three: dict[str, str], house: Server) -> None:
    assert len(three) == 3
    bundle = await house.get("ImagingStudy?colour=red&accession=ACC-A", accept="text/html, */*;q=0.1")
    assert len(bundle["entry"]) == 1
    assert bundle["link"][0]["url"] == "http://board.example/fhir/ImagingStudy?accession=ACC-A&_count=20"


async def test_a_form_searches_too(three: dict[str, str], house: Server) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await house.ask("Task/_search", "POST", body=b"accession=ACC-A", headers=form)
    assert [entry["resource"]["id"] for entry in json.loads(answer.body)["entry"]] == [three["A"]]


async def test_it_says_what_it_can(house: Server) -> None:
    found = await house.get("metadata")
    assert found["fhirVersion"] == "4.0.1"
    assert {item["type"] for item in found["rest"][0]["resource"]} == set(KINDS)


# --------------------------------------------------------------------------- who reads


AUDIT = "SELECT event, actor, payload FROM audit WHERE event = 'fhir read' ORDER BY audit_key"


async def test_each_read_is_on_record_with_its_patient(one: str, real: RealBench, house: Server) -> None:
    person = (await house.get(f"Task/{one}"))["for"]["reference"].partition("/")[2]
    await house.get("ImagingStudy?accession=ACC-A")
    await house.get(f"Task/{person}", 404)
    async with real.transaction() as transaction:
        lines = await transaction.rows(AUDIT)
    assert [line["payload"]["patients"] for line in lines] == [[person], [person], []]
    assert {line["actor"] for line in lines} == {"program at 127.0.0.1"}
    assert lines[1]["payload"]["asked"] == [["accession", "ACC-A"]]


@pytest.mark.parametrize("client", ["192.0.2.1", "2001:db8::1", "testclient"])
async def test_the_gate_is_shut_to_other_machines(real: RealBench, house: Server, client: str) -> None:
    for path in ("metadata", "Task", "Task/1", "nothing"):
        answer = await house.ask(path, client=client)
        assert (answer.status, json.loads(answer.body)["resourceType"]) == (401, "OperationOutcome")
    async with real.transaction() as transaction:
        assert await transaction.rows(AUDIT) == []


async def test_a_database_that_is_away_is_no_empty_result(real: RealBench, house: Server) -> None:
    await real.store.close()
    found = await house.get("Task", 503)
    assert found["issue"][0]["code"] == "transient"
