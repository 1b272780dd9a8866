"""The simulator of a whole-body CT app in myeloma, with a real archive and a simulated laboratory: it uses both."""

import shutil
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydicom import Dataset

from collega.bootstrap.demo.show import SIMULATED_APPS
from collega.model.ids import stable_uid
from collega.testing.fhir_server import fhir_server, observation, person
from collega.testing.ports import reserved_ports
from collega.testing.simulated_vendor import TRUTH, note_truth
from collega.testing.synthetic import ct_series
from tests.e2e.films import held, save, wait_told
from tests.e2e.peers import LOOPBACK, dcmsend, orthanc
from tests.e2e.site import site, wait_for

SYSTEM = "urn:collega:numbers"
ZONE = ZoneInfo("Europe/Amsterdam")
PATIENT = "P-M"


def body_ct(folder: Path, name: str, days_ago: float) -> tuple[str, list[Path]]:
    """Write a CT of the whole body, of three slices."""
    at = datetime.now(UTC).astimezone(ZONE) - timedelta(days=days_ago)
    paths = []
    for image in ct_series(1, slices=3, size=16, made_at=at, run=name):
        image.BodyPartExamined, image.PatientID, image.PatientBirthDate = "WHOLEBODY", PATIENT, "19600229"
        image.AccessionNumber = name
        paths.append(save(folder, image).path)
    return stable_uid("synthetic", "CT", name, "1", "study"), paths


def simulator(folder: Path, study: str) -> Path:
    """Copy the simulator, which is always right here, and record the truth of the study for it."""
    copy = Path(shutil.copytree(SIMULATED_APPS / "sim-myeloma", folder / "sim-myeloma"))
    settings = (copy / "simulator.toml").read_text(encoding="utf-8")
    settings = settings.replace("failure_rate = 0.1", "failure_rate = 0.0").replace(
        "sensitivity = 0.89", "sensitivity = 1.0"
    )
    (copy / "simulator.toml").write_text(settings, encoding="utf-8")
    note_truth(copy / TRUTH, study, "", ["bone-lesion"])
    return copy


def words(report: Dataset) -> str:
    return "\n".join(str(item.TextValue) for item in _texts(report))


def _texts(item: Dataset) -> list[Dataset]:
    below = [found for inner in item.get("ContentSequence") or [] for found in _texts(inner)]
    return [*([item] if "TextValue" in item else []), *below]


@pytest.mark.shows("R25", "R73")
def test_the_report_says_what_was_used_and_what_was_missing(tmp_path: Path) -> None:
    taken = (datetime.now(UTC) - timedelta(days=6)).isoformat(timespec="seconds")
    resources: list[Any] = [
        person("p1", PATIENT),
        observation("p1", "17861-6", 11.4, "mg/dL", taken),
        observation("p1", "2160-0", 0.9, "mg/dL", taken),
    ]
    _, prior = body_ct(tmp_path / "films", "prior", 200)
    study, now = body_ct(tmp_path / "films", "now", 0)
    with reserved_ports() as (port,), fhir_server(resources) as (url, _):
        settings = {
            "COLLEGA_DICOM__PORT": str(port),
            "COLLEGA_INPUTS__FHIR_URL": url,
            "COLLEGA_INPUTS__PATIENT_SYSTEM": SYSTEM,
            "COLLEGA_RECEIVE__QUIET_VOLUME_S": "1",
        }
        with (
            orthanc(tmp_path / "pacs", peers={"collega": ("COLLEGA", LOOPBACK, port)}) as pacs,
            site(
                tmp_path / "site",
                pacs=("TESTPACS", pacs.dicom_port),
                apps=[simulator(tmp_path / "apps", study)],
                settings=settings,
            ) as house,
        ):
            house.start()
            for path in prior:
                dcmsend(pacs.dicom_port, path)
            for path in now:
                dcmsend(port, path)
            wait_told(house, study, lambda told: [job["state"] for job in told["jobs"]] == ["ready"], "it is ready")
            address = f"http://{LOOPBACK}:{house.web_port}/api/studies/{study}/apps/sim-myeloma/ask"
            asked = urllib.request.Request(address, b'{"by": "dr. X"}', {"Content-Type": "application/json"})
            with urllib.request.urlopen(asked, timeout=30):  # noqa: S310 - of the test
                pass
            wait_for(lambda: held(pacs, study).reports, "its report is in the PACS", 30)
            said = words(held(pacs, study).reports[0])
    date = f"{datetime.now(UTC).astimezone(ZONE) - timedelta(days=200):%Y-%m-%d}"
    used = f"used: earlier CT of {date} (3 images), calcium 2.84 mmol/L (above 2.75), creatinine 79.6 umol/L"
    assert used in said
    assert "ran without: no haemoglobin within 90 days" in said
