"""Every runtime is given what it asks for, and told what is missing: a table of runtimes, inputs and faults."""

import os
import signal
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset

from collega.testing.fhir_server import Behaviour, fhir_server, observation, person
from collega.testing.ports import reserved_ports
from tests.e2e.films import Film, account, held, wait_told
from tests.e2e.given import MAY, MUST, RUNTIMES, Peers, peers, seen
from tests.e2e.peers import LOOPBACK, Orthanc, dcmsend, orthanc
from tests.e2e.site import Site, site, wait_for
from tests.e2e.test_other_inputs import SYSTEM, days_ago, film, prior_date

SETTLED = {"done", "offered"}
PRIOR, CREATININE = "priors", "laboratory:creatinine"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong while a study is gathered for: ``input`` is missing then, for this reason, in these words."""

    input: str
    why: str
    says: str
    change: str = ""


# Nothing wrong, and then every fault of an input.
FAULTS: Mapping[str, Fault | None] = {
    "nothing": None,
    "no prior": Fault(input=PRIOR, why="none", says="no earlier study within 60 months"),
    "a prior that the archive does not send": Fault(
        input=PRIOR, why="not-sent", says="earlier study not sent by the archive", change="unknown_to_archive"
    ),
    "an archive that hangs": Fault(
        input=PRIOR, why="no-answer", says="earlier study not known: no answer in time", change="archive_hangs"
    ),
    "no value": Fault(input=CREATININE, why="none", says="no creatinine within 90 days"),
    "a value in another unit": Fault(input=CREATININE, why="unit", says="creatinine not used: unit not understood"),
    "a server that is down": Fault(
        input=CREATININE, why="no-answer", says="creatinine not known: no answer in time", change="server_down"
    ),
    "a server that shows a page": Fault(
        input=CREATININE, why="no-answer", says="creatinine not known: no answer in time", change="server_shows_page"
    ),
}
UNITS = {"no value": None, "a value in another unit": "arb'U/mL"}
# A box can be given priors alone.
TABLE = [
    (runtime, name)
    for runtime in RUNTIMES
    for name, fault in FAULTS.items()
    if runtime != "dicom" or fault is None or fault.input == PRIOR
]


def resources() -> list[Mapping[str, Any]]:
    """Make a patient for each fault, each with a creatinine but where that is the fault."""
    found: list[Mapping[str, Any]] = []
    for number, name in enumerate(FAULTS):
        found.append(person(f"p{number}", f"P-{number}"))
        unit = UNITS.get(name, "mg/dL")
        if unit is not None:
            found.append(observation(f"p{number}", "2160-0", 1.0, unit, days_ago(10)))
    return found


@dataclass(kw_only=True)
class Ward:
    """A site with apps of every runtime, what they ask, and the study that each fault was played on."""

    house: Site
    pacs: Orthanc
    others: Peers
    records: Behaviour
    folder: Path
    played: dict[str, dict[str, Any]] = field(default_factory=dict)
    priors: dict[str, Film] = field(default_factory=dict)

    def play(self, name: str) -> dict[str, Any]:
        """Send a study while a fault is there, once; gives the account of it when all apps are through."""
        if name not in self.played:
            number, fault = list(FAULTS).index(name), FAULTS[name]
            patient = f"P-{number}"
            if name != "no prior":
                self.priors[name] = film(self.folder, f"prior {number}", days_ago=90, patient=patient)
                dcmsend(self.pacs.dicom_port, self.priors[name].path)
            now = film(self.folder, f"now {number}", days_ago=0, patient=patient)
            with CHANGES[fault.change if fault else ""](self):
                dcmsend(self.house.dicom_port, now.path)
                wait_told(self.house, now.study, _all_gathered, "everything is gathered")
            told = wait_told(self.house, now.study, _is_settled, "every app is through", seconds=100)
            # Every app that ran, but for the screens, reports to the PACS.
            ran = len([job for job in told["jobs"] if job["state"] == "done" and job["attempt"]])
            wait_for(lambda: self._reports(now.study) == ran, f"{ran} reports are in the PACS")
            reports = {str(one.ManufacturerModelName): _words(one) for one in held(self.pacs, now.study).reports}
            self.played[name] = {**told, "patient_id": patient, "study_instance_uid": now.study, "reports": reports}
        return self.played[name]

    def _reports(self, study: str) -> int:
        return [tags["Modality"] for tags in self.pacs.series_of(study)].count("SR")


def _words(report: Dataset) -> str:
    """Give all that a report says in text."""
    found: list[str] = []
    report.walk(lambda dataset, element: found.append(str(dataset[element.tag].value)) if element.VR == "UT" else None)
    return "\n".join(found)


def _all_gathered(told: Mapping[str, Any]) -> bool:
    return len(told["jobs"]) == 2 * len(RUNTIMES) and all(job["inputs"] for job in told["jobs"])


def _is_settled(told: Mapping[str, Any]) -> bool:
    return all(job["state"] in SETTLED for job in told["jobs"])


@contextmanager
def _as_it_is(_: Ward) -> Iterator[None]:
    yield


@contextmanager
def _unknown_to_archive(ward: Ward) -> Iterator[None]:
    """Let the archive forget where we are."""
    place = f"http://{LOOPBACK}:{ward.pacs.http_port}/modalities/collega"
    with urllib.request.urlopen(urllib.request.Request(place, method="DELETE"), timeout=30):
        pass
    try:
        yield
    finally:
        known = f'{{"AET": "COLLEGA", "Host": "{LOOPBACK}", "Port": {ward.house.dicom_port}}}'.encode()
        with urllib.request.urlopen(urllib.request.Request(place, method="PUT", data=known), timeout=30):
            pass


@contextmanager
def _archive_hangs(ward: Ward) -> Iterator[None]:
    os.kill(ward.pacs.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(ward.pacs.pid, signal.SIGCONT)


@contextmanager
def _server(ward: Ward, **behaviour: bool) -> Iterator[None]:
    vars(ward.records).update(behaviour)
    try:
        yield
    finally:
        vars(ward.records).update(dict.fromkeys(behaviour, False))


CHANGES: Mapping[str, Callable[[Ward], Any]] = {
    "": _as_it_is,
    "unknown_to_archive": _unknown_to_archive,
    "archive_hangs": _archive_hangs,
    "server_down": lambda ward: _server(ward, hangs_up=True),
    "server_shows_page": lambda ward: _server(ward, html=True),
}


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    folder = tmp_path_factory.mktemp("everywhere")
    with ExitStack() as stack:
        (port,) = stack.enter_context(reserved_ports())
        url, records = stack.enter_context(fhir_server(resources()))
        pacs = stack.enter_context(orthanc(folder / "pacs", peers={"collega": ("COLLEGA", LOOPBACK, port)}))
        others = stack.enter_context(peers(folder, port))
        settings = {
            "COLLEGA_DICOM__PORT": str(port),
            "COLLEGA_INPUTS__FHIR_URL": url,
            "COLLEGA_INPUTS__PATIENT_SYSTEM": SYSTEM,
            # Less than the pause before a second question: a fault ends at the first.
            "COLLEGA_INPUTS__WAIT_S": "4",
        }
        apps = [folder / "apps"]
        house = stack.enter_context(
            site(folder / "site", pacs=(pacs.aet, pacs.dicom_port), apps=apps, settings=settings)
        )
        house.dicom_port = port
        house.start()
        yield Ward(house=house, pacs=pacs, others=others, records=records, folder=folder / "films")


@pytest.mark.shows("R25", "R73")
@pytest.mark.parametrize(("runtime", "name"), TABLE)
def test_what_an_app_asks_for_reaches_it_or_is_said_to_be_missing(ward: Ward, runtime: str, name: str) -> None:
    told, fault = ward.play(name), FAULTS[name]
    jobs = {job["app_id"]: job for job in told["jobs"]}
    may, must = (jobs[f"{runtime}-{kind}"] for kind in (MAY, MUST))
    missing = {fault.input: fault.why} if fault else {}
    for job in (may, must):
        assert {item["name"]: item["why"] for item in job["inputs"] if item["why"]} == (
            missing if runtime != "dicom" or fault is None or fault.input == PRIOR else {}
        )
    got = seen(runtime, MAY, ward.house, ward.others, told)
    assert got is not None, (may["outcome"], may["reason"], may["attempts"])
    assert len(got.priors) == (PRIOR not in missing)
    if got.study is not None:
        assert [item["study_date"] for item in got.study["priors"]] == [prior_date(90)] * len(got.priors)
        values = [(item["id"], round(item["value"], 1), item["unit"]) for item in got.study["laboratory"]]
        assert values == ([] if CREATININE in missing else [("creatinine", 88.4, "umol/L")])
        assert {item["input"]: item["why"] for item in got.study["missing"]} == missing
    if runtime != "screen":
        assert may["outcome"] == "found", may
        report = told["reports"][f"{runtime}-{MAY}"]
        assert ("ran without: " in report) is bool(missing)
        assert fault is None or f"ran without: {fault.says}" in report
    if fault is None:
        assert seen(runtime, MUST, ward.house, ward.others, told) is not None, must
    else:
        assert (must["outcome"], must["reason_code"], must["attempt"]) == ("not_suitable", "input-missing", 0)
        assert must["reason"] == fault.says
        assert seen(runtime, MUST, ward.house, ward.others, told) is None


@pytest.mark.shows("R25", "R73")
def test_what_a_box_says_of_a_prior_is_no_answer_to_the_study(ward: Ward) -> None:
    told = ward.play("nothing")
    prior = ward.priors["nothing"]
    (first, second) = [
        images[0] for images in ward.others.boxes[MAY].account.studies if images[0].PatientID == told["patient_id"]
    ]
    assert (first.StudyInstanceUID, second.StudyInstanceUID) == (prior.study, told["study_instance_uid"])
    here = account(ward.house, prior.study)
    assert here["jobs"] == []
    assert "SR" in {series["modality"] for series in here["series"]}, "what it says of the prior is kept with that"
    (job,) = [one for one in told["jobs"] if one["app_id"] == "dicom-may"]
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["answered"]
    assert [row["study_instance_uid"] for row in ward.house.json("worklist")].count(prior.study) == 0
