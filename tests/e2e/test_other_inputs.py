"""Priors, reports, laboratory values, genetics: from a real archive and a simulated server of records to an app."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collega.testing.fhir_server import fhir_server, observation, person, report
from collega.testing.ports import reserved_ports
from tests.e2e.films import Film, account, kinds, wait_over, wait_told, write_film
from tests.e2e.peers import LOOPBACK, dcmsend, orthanc
from tests.e2e.site import Site, site

ASKER = Path(__file__).parent / "asking" / "asker"
SYSTEM = "urn:collega:numbers"
ZONE = ZoneInfo("Europe/Amsterdam")
GENE = {"coding": [{"system": "http://loinc.org", "code": "48018-6"}]}


def film(folder: Path, name: str, *, days_ago: float, patient: str, description: str = "X-thorax") -> Film:
    """Write a film of a patient."""
    at = datetime.now(UTC).astimezone(ZONE) - timedelta(days=days_ago)
    values: dict[str, Any] = {"StudyDate": f"{at:%Y%m%d}", "StudyTime": f"{at:%H%M%S}", "StudyDescription": description}
    return write_film(folder, name, PatientID=patient, PatientBirthDate="19600229", **values)


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")


def told(shown: dict[str, Any]) -> dict[str, Any]:
    """Read what the app was given."""
    found: dict[str, Any] = json.loads(shown["jobs"][0]["reason"])
    return found


def is_at_rest(house: Site, study: str) -> dict[str, Any]:
    return wait_told(house, study, lambda shown: shown["state"] == "routed", "it is routed")


@pytest.mark.shows("R73")
def test_an_app_is_given_what_it_asks_for(tmp_path: Path) -> None:
    variant = {"coding": [{"system": "http://loinc.org", "code": "LA9633-4", "display": "Present"}]}
    gene = {"code": GENE, "valueCodeableConcept": {"coding": [{"code": "HGNC:3236", "display": "EGFR"}]}}
    resources = [
        person("p1", "P-1"),
        person("p2", "P-2"),
        observation("p1", "2160-0", 1.0, "mg/dL", days_ago(10)),
        observation("p1", "2160-0", 9.0, "mg/dL", days_ago(1), status="preliminary"),
        observation("p1", "2160-0", 2.0, "mg/dL", days_ago(80)),
        observation("p2", "2160-0", 7.0, "mg/dL", days_ago(2)),
        observation("p1", "69548-6", None, "", days_ago(400), valueCodeableConcept=variant, component=[gene]),
        report("p1", days_ago(90), "No consolidation."),
    ]
    folder = tmp_path / "films"
    prior = film(folder, "prior", days_ago=90, patient="P-1")
    stranger = film(folder, "stranger", days_ago=90, patient="P-3")
    now = film(folder, "now", days_ago=0, patient="P-1", description="tell")
    with reserved_ports() as (port,), fhir_server(resources) as (url, behaviour):
        behaviour.token = "known"  # noqa: S105 - of a simulator
        (tmp_path / "token").write_text("known\n")
        settings = {
            "COLLEGA_DICOM__PORT": str(port),
            "COLLEGA_INPUTS__FHIR_URL": url,
            "COLLEGA_INPUTS__PATIENT_SYSTEM": SYSTEM,
            "COLLEGA_INPUTS__FHIR_TOKEN_FILE": str(tmp_path / "token"),
        }
        with (
            orthanc(tmp_path / "pacs", peers={"collega": ("COLLEGA", LOOPBACK, port)}) as pacs,
            site(tmp_path / "site", pacs=("TESTPACS", pacs.dicom_port), apps=[ASKER], settings=settings) as house,
        ):
            house.start()
            for one in (prior, stranger):
                dcmsend(pacs.dicom_port, one.path)
            dcmsend(port, now.path)
            shown = wait_over(house, now.study)
            assert told(shown) == {
                "priors": [[prior_date(90), [True]]],
                "reports": ["No consolidation."],
                "laboratory": [["creatinine", 88.4, "umol/L"]],
                "genetics": [["egfr", "Present"]],
                "missing": {},
            }
            assert kinds(shown).index("gathered") < kinds(shown).index("started")
            # The prior is here, and nothing else has come of it: no job, no page, no place on the board.
            here = is_at_rest(house, prior.study)
            assert (here["jobs"], here["deliveries"]) == ([], [])
            assert account(house, stranger.study)["state"] == "unknown"
            assert [row["study_instance_uid"] for row in house.json("worklist")] == [now.study]


def prior_date(days: float) -> str:
    return f"{datetime.now(UTC).astimezone(ZONE) - timedelta(days=days):%Y%m%d}"


@pytest.mark.shows("R73", "R25")
def test_what_does_not_come_is_said(tmp_path: Path) -> None:
    """Without a creatinine the app does not run; it does when one is known. Priors come by DICOMweb."""
    resources = [person("p1", "P-1")]
    folder = tmp_path / "films"
    prior = film(folder, "prior", days_ago=90, patient="P-1")
    now = film(folder, "now", days_ago=0, patient="P-1", description="tell")
    with fhir_server(resources) as (url, behaviour), orthanc(tmp_path / "pacs") as pacs:
        dcmsend(pacs.dicom_port, prior.path)
        settings = {
            "COLLEGA_INPUTS__FHIR_URL": url,
            "COLLEGA_INPUTS__PATIENT_SYSTEM": SYSTEM,
            "COLLEGA_INPUTS__DICOMWEB_URL": f"http://{LOOPBACK}:{pacs.http_port}/dicom-web",
        }
        with site(tmp_path / "site", pacs=("TESTPACS", pacs.dicom_port), apps=[ASKER], settings=settings) as house:
            house.start()
            dcmsend(house.dicom_port, now.path)
            (job,) = wait_over(house, now.study)["jobs"]
            assert (job["outcome"], job["reason_code"]) == ("not_suitable", "input-missing")
            assert (job["reason"], job["attempt"]) == ("no creatinine within 90 days", 0)
            assert {item["name"]: item["why"] for item in job["inputs"]} == {
                "priors": None,
                "reports": "none",
                "laboratory:creatinine": "none",
                "genetics:egfr": "none",
            }
            resources.append(observation("p1", "2160-0", 80.0, "umol/L", days_ago(1)))
            house.command("jobs", "retry", job["job_key"])
            shown = wait_told(house, now.study, lambda found: found["jobs"][0]["attempt"] == 1, "it runs")
            shown = wait_over(house, now.study)
            assert told(shown) == {
                "priors": [[prior_date(90), [True]]],
                "reports": [],
                "laboratory": [["creatinine", 80.0, "umol/L"]],
                "genetics": [],
                "missing": {"reports": "none", "genetics:egfr": "none"},
            }
            assert account(house, prior.study)["state"] == "unknown", "it went to the folder of the job alone"
            assert behaviour.asked
