"""An archive is looked back in: Orthanc by DICOM and by DICOMweb, and the fake, answer alike."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydicom import dcmread

from collega.adapters.dimse.priors import MOST_STUDIES, PacsPriors
from collega.adapters.dimse.query import QueryAddress
from collega.adapters.dimse.scu import send_files
from collega.adapters.rest.dicomweb import WebPriors
from collega.adapters.rest.line import WebServer
from collega.adapters.rest.server import Server
from collega.errors import PeerError
from collega.formats.dicom_study import read_header
from collega.model.inputs import Why, is_same_person
from collega.model.study import Patient
from collega.ports.inputs import PriorSource
from collega.testing.fake_sources import FakePriors
from collega.testing.ports import reserved_ports
from tests.e2e.films import Film, write_film
from tests.e2e.peers import orthanc, storescp

pytestmark = pytest.mark.shows("R73")
ZONE = ZoneInfo("Europe/Amsterdam")
PATIENT = Patient(issuer="", patient_id="P-1", birth_date="19600229")


@dataclass(frozen=True, kw_only=True)
class House:
    """An archive with two studies of a patient, one of them of two images, and one of somebody else."""

    source: PriorSource
    films: dict[str, Film]
    came: Path


def film(folder: Path, name: str, *, image: int = 1, day: str, patient: str = "P-1") -> Film:
    made = write_film(
        folder, name, image=image, StudyDate=day, StudyTime="093000", PatientID=patient, StudyDescription="X-thorax"
    )
    dataset = dcmread(made.path)
    dataset.PatientBirthDate = "19600229"
    dataset.decompress(generate_instance_uid=False)  # dcmtk's receiver takes no JPEG unless it is told to
    dataset.save_as(made.path)
    return made


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Film]:
    folder = tmp_path_factory.mktemp("films")
    return {
        "two": film(folder, "two", day="20260101"),
        "second": film(folder, "two", image=2, day="20260101"),
        "old": film(folder, "old", day="20250101"),
        "other": film(folder, "other", day="20260101", patient="P-2"),
    }


@pytest.fixture(scope="module")
def archive(films: dict[str, Film], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int, Path]]:
    """Give Orthanc's ports for DICOM and HTTP, and where what it sends arrives."""
    folder = tmp_path_factory.mktemp("archive")
    with storescp(folder / "collega", aet="COLLEGA") as receiver:
        peers = {"collega": ("COLLEGA", "127.0.0.1", receiver.port)}
        with orthanc(folder / "pacs", peers=peers) as pacs:
            files = [item.path for item in films.values()]
            assert not [why for _, why in send_files(files, ("127.0.0.1", pacs.dicom_port), "TESTPACS", "CT") if why]
            yield pacs.dicom_port, pacs.http_port, receiver.folder


def by_dicom(port: int, destination: str = "COLLEGA", seconds: float = 10) -> PacsPriors:
    address = QueryAddress(
        host="127.0.0.1", port=port, aet="TESTPACS", calling_aet="COLLEGA", timeout_s=seconds, zone=ZONE
    )
    return PacsPriors(address, destination)


def by_web(port: int, *, most_images: int = 100, most_mb: int = 100) -> WebPriors:
    server = WebServer(Server(url=f"http://127.0.0.1:{port}/dicom-web"))
    return WebPriors(server, ZONE, most_images=most_images, most_mb=most_mb)


@pytest.fixture(params=["fake", "dicom", "web"])
def house(request: pytest.FixtureRequest, films: dict[str, Film], tmp_path: Path) -> House:
    if request.param == "fake":
        headers = [read_header(item.path.read_bytes(), ZONE) for item in films.values()]
        return House(source=FakePriors(headers), films=films, came=tmp_path)
    dicom, http, came = request.getfixturevalue("archive")
    return House(source=by_dicom(dicom) if request.param == "dicom" else by_web(http), films=films, came=came)


def test_the_studies_of_one_patient(house: House) -> None:
    found = {one.study_instance_uid: one for one in house.source.studies_of(PATIENT)}
    assert set(found) == {house.films["two"].study, house.films["old"].study}
    two = found[house.films["two"].study]
    assert two.study_at == datetime(2026, 1, 1, 8, 30, tzinfo=UTC)
    assert (two.study_date, two.description, two.modalities) == ("20260101", "X-thorax", ("CR",))
    assert is_same_person(PATIENT, two.patient)
    assert house.source.studies_of(Patient(issuer="", patient_id="P-none")) == []


def test_the_series_of_studies(house: House) -> None:
    found = house.source.series([house.films["two"].study, "1.2.3.4.5"])
    ((one,),) = found.values()
    assert (one.attributes["modality"], one.attributes["body_part"], one.instances) == ("CR", "CHEST", 2)
    assert one.series_instance_uid


def test_a_series_is_brought(house: House, tmp_path: Path) -> None:
    study = house.films["two"].study
    ((one,),) = house.source.series([study]).values()
    brought = house.source.bring(study, [one.series_instance_uid], tmp_path / "put")
    assert brought.problem == ""
    uids = {house.films["two"].uid, house.films["second"].uid}
    if house.source.by_receiver:
        assert brought.expected == 2
        came = [dcmread(path) for path in house.came.iterdir()]
        assert {str(item.SOPInstanceUID) for item in came} == uids
    else:
        assert {header.sop_instance_uid for _, header in brought.files} == uids
        assert all((tmp_path / "put" / name).is_file() for name, _ in brought.files)


def test_files_are_as_the_archive_has_them(
    archive: tuple[int, int, Path], films: dict[str, Film], tmp_path: Path
) -> None:
    source = by_web(archive[1])
    ((one,),) = source.series([films["old"].study]).values()
    ((name, header),) = source.bring(films["old"].study, [one.series_instance_uid], tmp_path).files
    before, after = dcmread(films["old"].path), dcmread(tmp_path / name)
    assert after.PixelData == before.PixelData
    assert after.file_meta.TransferSyntaxUID == before.file_meta.TransferSyntaxUID == header.transfer_syntax_uid


@pytest.mark.parametrize("limit", [{"most_images": 1}, {"most_mb": 0}])
def test_a_prior_that_is_too_large_is_left(
    archive: tuple[int, int, Path], films: dict[str, Film], tmp_path: Path, limit: dict[str, int]
) -> None:
    source = by_web(archive[1], **limit)
    ((one,),) = source.series([films["two"].study]).values()
    assert source.bring(films["two"].study, [one.series_instance_uid], tmp_path).problem == Why.TOO_LARGE


def test_an_unknown_destination_is_said(archive: tuple[int, int, Path], films: dict[str, Film], tmp_path: Path) -> None:
    brought = by_dicom(archive[0], "NOBODY").bring(films["old"].study, [], tmp_path)
    assert "NOBODY" in brought.problem or "did not send it all" in brought.problem


def test_an_archive_that_is_away(tmp_path: Path) -> None:
    with reserved_ports() as (port,):
        for source in (by_dicom(port, seconds=2), by_web(port)):
            calls: list[Callable[[], object]] = [
                partial(source.studies_of, PATIENT),
                partial(source.series, ["1.2.3"]),
                partial(source.bring, "1.2.3", ["1.2.4"], tmp_path),
            ]
            for call in calls:
                with pytest.raises(PeerError):
                    call()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("text/html", b"<html>"),
        ("application/dicom+json", b"{"),
        ("application/dicom+json", b'[{"00100020": 5}]'),
        ("application/dicom+json", json.dumps([{"0020000D": {"vr": "UI", "Value": ["1.2"]}}] * 501).encode()),
    ],
    ids=["HTML", "cut off", "no DICOM JSON", "thousands"],
)
def test_an_archive_that_answers_nonsense(kind: str, content: bytes) -> None:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in http.server
            pass

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        with pytest.raises(PeerError):
            by_web(server.server_address[1]).studies_of(PATIENT)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert MOST_STUDIES < 501
