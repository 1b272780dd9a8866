"""What a monitor and a reader of the log are told: figures that hold, and nothing that names a patient."""

import json
import time
import urllib.request
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydicom import dcmread
from pydicom.uid import generate_uid

from collega.web.metrics import METRICS, SPREADS
from tests.e2e.films import PROBE, Film, account, save, wait_over, wait_told, write_film
from tests.e2e.peers import dcmsend, orthanc, storescu
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R31", "R59")
LEAKY = """
import sys
def run(inputs, outputs):
    import pydicom
    film = pydicom.dcmread(inputs / "dicom" / "00001.dcm")
    print(film.PatientName, film.PatientID, file=sys.stderr)
    raise RuntimeError(f"{film.PatientName} {film.PatientID} {film.StudyInstanceUID} {film.AccessionNumber}")
"""
SETTLED_AFTER = 17  # seconds: what is counted has settled, and the answer that was kept is old


def planted(number: int) -> dict[str, Any]:
    """Values that stand nowhere else."""
    return {
        "PatientName": f"Zwartkruis^Quirine{number}",
        "PatientID": f"QXJ77419{number}",
        "AccessionNumber": f"VFK88{number}213",
        "StudyDescription": f"X-thorax uitslagplek{number}",
        "PatientBirthDate": f"1931070{number}",
        "StudyInstanceUID": f"1.2.826.0.1.3680043.10.4711.{number}.31415926",
        "SeriesInstanceUID": f"1.2.826.0.1.3680043.10.4712.{number}.31415926",
        "SOPInstanceUID": f"1.2.826.0.1.3680043.10.4713.{number}.31415926",
        "ReferringPhysicianName": f"Vlinderhoek^Odulf{number}",
    }


def leaky_app(folder: Path) -> Path:
    """Write an app that prints the patient and then fails with the patient in its words."""
    app = folder / "leaky"
    app.mkdir(parents=True)
    text = (PROBE / "app.toml").read_text().replace('id = "probe"', 'id = "leaky"').replace("probe:run", "leaky:run")
    (app / "app.toml").write_text(text)
    (app / "leaky.py").write_text(LEAKY)
    return app


def metrics(one: Site) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{one.web_port}/metrics", timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        text: str = answer.read().decode()
    return text


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample by its name and the values of its labels."""
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def provoke(one: Site, folder: Path) -> tuple[list[Film], list[str]]:
    """Send studies that go well and studies that go wrong; gives films that are acknowledged, and what was planted."""
    values = [planted(number) for number in range(5)]
    films = [write_film(folder, f"planted {number}", **value) for number, value in enumerate(values)]
    for film in films[:3]:
        assert "with status SUCCESS  : 1" in dcmsend(one.dicom_port, film.path).text
    for film in films[:3]:
        wait_told(one, film.study, lambda told: told["jobs"] and told["jobs"][0]["state"] == "done", "it has failed")
    # Set apart: the same UID with other pixels, a study under another patient, a UID that is none.
    conflict = deepcopy(dcmread(films[0].path))
    conflict.decompress(generate_instance_uid=False)
    conflict.PixelData = bytes(len(conflict.PixelData))
    stranger = deepcopy(dcmread(films[1].path))
    stranger.PatientID, stranger.SOPInstanceUID = values[4]["PatientID"], generate_uid()
    odd = deepcopy(dcmread(films[3].path))
    odd.StudyInstanceUID = "Zwartkruis/../Quirine9"
    storescu(one.dicom_port, save(folder, conflict).path)
    for dataset in (stranger, odd):  # compressed: dcmsend proposes what it needs
        dcmsend(one.dicom_port, save(folder, dataset).path)
    wait_for(lambda: all(account(one, film.study)["quarantine"] for film in films[:2]), "both are on record")
    texts = [text for value in values for text in value.values()]
    return films[:3], [
        *texts,
        *(part for text in texts for part in text.split("^")),
        "Quirine9",
        "Zwartkruis",
        "uitslagplek",
    ]


@pytest.mark.parametrize("json_lines", ["true", pytest.param("false", marks=pytest.mark.slow)])
def test_neither_figures_nor_log_name_a_patient(tmp_path: Path, json_lines: str) -> None:
    settings = {
        "COLLEGA_LOG__JSON_LINES": json_lines,
        "COLLEGA_LOG__LEVEL": "debug",
        "COLLEGA_PACS__RETRY_FIRST_S": "0.5",
        "COLLEGA_PACS__TIMEOUT_S": "2",
        "COLLEGA_RUN__RETRY_WAIT_S": "0.1",
    }
    with site(tmp_path / "site", pacs=("AWAY", 1), apps=[leaky_app(tmp_path)], settings=settings) as one:
        one.start()
        films, texts = provoke(one, tmp_path / "films")
        wait_for(lambda: "PACS not reached" in one.log(), "the PACS is away")
        time.sleep(SETTLED_AFTER)
        told = metrics(one)
        assert one.stop() == [0]
        log = (one.data.parent / "serve.log").read_text(errors="replace")
        server_log = (one.data / "pg" / "server.log").read_text(errors="replace")
    found = {text for text in texts if text in told or text in log or text in server_log}
    assert not found
    assert "object set apart" in log, "the log speaks of what went wrong"
    # The study with the odd UID is one more: such UIDs are taken, and noted.
    assert samples(told)["collega_jobs_total", ("leaky", "failed")] == len(films) + 1
    assert samples(told)["collega_pacs_unreachable_total", ("AWAY",)] > 0
    if json_lines == "true":
        lines = [json.loads(line) for line in log.splitlines()]
        for line in lines:
            assert {"time", "level", "role", "event"} <= line.keys(), line
            assert line["time"].endswith("Z")
        assert any(line.get("study") for line in lines), "a study by its key"


def test_figures_agree_with_what_was_done(tmp_path: Path) -> None:
    films = [write_film(tmp_path / "films", f"counted {number}") for number in range(4)]
    crashing = write_film(tmp_path / "films", "crashing", StudyDescription="crash")
    everything = [*films, crashing]
    with (
        orthanc(tmp_path / "pacs") as pacs,
        site(tmp_path / "site", pacs=(pacs.aet, pacs.dicom_port), apps=[PROBE]) as one,
    ):
        one.start()
        for film in everything:
            dcmsend(one.dicom_port, film.path)
        for film in everything:
            wait_over(one, film.study)
        one.command("backup", str(tmp_path / "copy"))
        time.sleep(SETTLED_AFTER)
        text = metrics(one)
        found = samples(text)
        size = sum(path.stat().st_size for path in (one.data / "studies").rglob("*.dcm"))
        assert found["collega_studies_received_total", ()] == 5
        assert found["collega_objects_received_total", ("image",)] == 5
        assert found["collega_bytes_received_total", ("image",)] == size
        assert found["collega_jobs_total", ("probe", "failed")] == 1
        assert sum(value for (name, _), value in found.items() if name == "collega_jobs_total") == 5
        assert found["collega_attempt_seconds_count", ("probe",)] == found["collega_attempts_total", (
            "probe", "answered",
        )] + found["collega_attempts_total", ("probe", "crashed")]  # fmt: skip
        assert found["collega_confirmed_total", (pacs.aet,)] == len(pacs.instances())
        assert found["collega_complete_to_confirmed_seconds_count", (pacs.aet,)] == len(pacs.instances())
        assert found["collega_up", ("receiver",)] == 1
        assert abs(found["collega_last_backup_timestamp_seconds", ()] - time.time()) < 60
        assert found["collega_disk_mark", ("ample",)] == 1
        assert not [name for name, _ in found if name.startswith("collega_deliveries_open")], "all has arrived"
        families = {family.name for family in text_string_to_metric_families(text)}
        assert families == {name.removesuffix("_total") for name in (*METRICS, *SPREADS)}
        assert one.stop() == [0]
