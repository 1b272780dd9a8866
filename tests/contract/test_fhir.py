"""FHIR over a store in which every state, outcome, stage, way and right stands: each resource is valid, and honest."""

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from fhir.resources.R4B import get_fhir_model_class

from collega.bootstrap.board import BoardContext
from collega.bootstrap.fhir import FhirDesk
from collega.config import Board
from collega.deliver.table import Channel, Standing, say
from collega.formats.fhir_parts import Frame
from collega.model.app import Manifest, Stage
from collega.model.code import Code, Text
from collega.model.finding import AppResult, Evaluation, Measurement, Outcome, Status
from collega.model.job import Job, JobState
from collega.model.runtime import Use, Way
from collega.model.trust import Allowance
from collega.testing import records
from collega.testing.records import AT
from collega.web import fhir
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
    application.include_router(fhir.router(FhirDesk(store=real.store, context=context, frame=FRAME), zone))
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
        answered = outcome not in {Outcome.FAILED, Outcome.NOT_SUITABLE}
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
