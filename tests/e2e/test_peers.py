"""The starters of real peers, and the simulated PACSs as dcmtk's clients meet them."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread

from collega.errors import ConfigurationError, PeerError
from collega.testing.difficult_pacs import Difficulties, DifficultPacs
from collega.testing.pacs import KeepingPacs
from collega.testing.ports import owned_by
from tests.e2e.peers import (
    PACKAGES,
    dcmqrscp,
    dcmsend,
    echoscu,
    findscu,
    orthanc,
    program,
    running,
    storescp,
    storescu,
)
from tests.unit.testing.small_objects import (
    COMPREHENSIVE_3D_SR,
    association,
    encoded,
    small_object,
)

pytestmark = pytest.mark.shows("R31")
REPORT = small_object("report", sop_class=COMPREHENSIVE_3D_SR)
FILM = small_object("film")
SR = frozenset({COMPREHENSIVE_3D_SR})
IMAGE_QUERY = (
    "QueryRetrieveLevel=IMAGE",
    f"StudyInstanceUID={FILM.StudyInstanceUID}",
    f"SeriesInstanceUID={FILM.SeriesInstanceUID}",
    "SOPInstanceUID",
)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.dcm"
    path.write_bytes(encoded(REPORT))
    return path


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.dcm"
    path.write_bytes(encoded(FILM))
    return path


# --------------------------------------------------------------------------- starters


@pytest.mark.parametrize("name", PACKAGES)
def test_a_missing_program_is_an_error_that_names_its_package(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} is not installed: apt-get install {PACKAGES[name]}"):
        program(name, [str(tmp_path)])


def test_orthanc_keeps_what_it_gets_and_is_gone_afterwards(tmp_path: Path, report: Path, film: Path) -> None:
    with orthanc(tmp_path / "orthanc") as pacs:
        assert owned_by(pacs.pid, pacs.dicom_port)
        assert owned_by(pacs.pid, pacs.http_port)
        assert dcmsend(pacs.dicom_port, report, film).code == 0
        study = FILM.StudyInstanceUID
        assert sorted(series["Modality"] for series in pacs.series_of(study)) == ["CR", "SR"]
        assert {one["ID"] for one in pacs.find_by_study(study)} == set(pacs.instances())
        files = [dcmread(BytesIO(pacs.instance_file(one))) for one in pacs.instances()]
        assert sorted(one.SOPInstanceUID for one in files) == sorted([REPORT.SOPInstanceUID, FILM.SOPInstanceUID])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", pacs.dicom_port), timeout=2)


def test_orthanc_continues_a_folder_and_knows_its_peers(tmp_path: Path, film: Path) -> None:
    with orthanc(tmp_path / "orthanc") as pacs:
        dcmsend(pacs.dicom_port, film)
    peers = {"collega": ("COLLEGA", "127.0.0.1", 11112)}
    with orthanc(tmp_path / "orthanc", aet="OTHER", peers=peers) as pacs:
        assert len(pacs.instances()) == 1
        assert pacs.rest("/modalities") == ["collega"]
        assert pacs.rest("/system")["DicomAet"] == "OTHER"


def test_dcmqrscp_keeps_and_finds(tmp_path: Path, report: Path, film: Path) -> None:
    with dcmqrscp(tmp_path / "qr") as pacs:
        assert storescu(pacs.port, report, film, called=pacs.aet).code == 0
        assert len(pacs.files()) == 2
        assert FILM.SOPInstanceUID in findscu(pacs.port, *IMAGE_QUERY, called=pacs.aet).text


def test_storescp_keeps(tmp_path: Path, report: Path, film: Path) -> None:
    with storescp(tmp_path / "scp") as pacs:
        assert dcmsend(pacs.port, report, film, called=pacs.aet).code == 0
        assert len(pacs.files()) == 2


def test_a_server_that_ends_at_once_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    arguments = ("storescp", "--no-such-option", "104")
    with pytest.raises(PeerError, match="no-such-option"), running(arguments, (104,), tmp_path / "log"):
        pass


# --------------------------------------------------------------------------- the simulated PACS


def test_dcmtk_stores_and_finds_in_the_simulated_pacs(tmp_path: Path, report: Path, film: Path) -> None:
    with KeepingPacs(tmp_path / "kept") as pacs:
        assert echoscu(pacs.port, called=pacs.aet).code == 0
        assert dcmsend(pacs.port, film, called=pacs.aet).code == 0
        assert storescu(pacs.port, report, called=pacs.aet).code == 0
        assert sorted(one.modality for one in pacs.objects()) == ["CR", "SR"]
        keys = ("QueryRetrieveLevel=STUDY", "PatientID=P1", "ModalitiesInStudy", "NumberOfStudyRelatedInstances")
        answer = findscu(pacs.port, *keys, called=pacs.aet).text
        assert r"[CR\SR" in answer
        assert "[2 ]" in answer


def test_an_object_passes_dcmtk_and_the_simulated_pacs_unchanged(tmp_path: Path, film: Path) -> None:
    with KeepingPacs(tmp_path / "kept") as pacs:
        dcmsend(pacs.port, film)
        (kept,) = pacs.objects()
        assert dcmread(kept.path) == FILM


# --------------------------------------------------------------------------- the difficult PACS


@contextmanager
def difficult(folder: Path, difficulties: Difficulties) -> Iterator[DifficultPacs]:
    with DifficultPacs(folder / "kept", difficulties) as pacs:
        yield pacs


def test_rejected_class(tmp_path: Path, report: Path, film: Path) -> None:
    with difficult(tmp_path, Difficulties(rejected_classes=SR)) as pacs:
        assert "No presentation context for" in storescu(pacs.port, report, film).text
        assert "NOT sent to the peer   : 1" in dcmsend(pacs.port, report).text
        assert dcmsend(pacs.port, film).code == 0
        assert [one.modality for one in pacs.objects()] == ["CR"]


@pytest.mark.parametrize(
    ("difficulties", "said"),
    [
        (Difficulties(refused_classes=SR), "Refused: SOPClassNotSupported"),
        (Difficulties(signed_studies=frozenset({REPORT.StudyInstanceUID})), "Error: CannotUnderstand"),
        (Difficulties(full_for_s=300), "Refused: OutOfResources"),
    ],
)
def test_refusals(difficulties: Difficulties, said: str, tmp_path: Path, report: Path) -> None:
    with difficult(tmp_path, difficulties) as pacs:
        assert said in storescu(pacs.port, report).text
        assert said in dcmsend(pacs.port, report).text
        assert pacs.objects() == ()


def test_coercion(tmp_path: Path, report: Path) -> None:
    with difficult(tmp_path, Difficulties(coerced={"PatientID": "OTHER"})) as pacs:
        assert "Warning: CoercionOfDataElements" in storescu(pacs.port, report).text
        assert "Warning: CoercionOfDataElements" in dcmsend(pacs.port, report).text
        assert [one.patient_id for one in pacs.objects()] == ["OTHER"]


def test_dropped_reports(tmp_path: Path, report: Path, film: Path) -> None:
    with difficult(tmp_path, Difficulties(dropped_classes=SR)) as pacs:
        assert storescu(pacs.port, report).code == 0
        assert "with status SUCCESS  : 2" in dcmsend(pacs.port, report, film).text
        assert [one.modality for one in pacs.objects()] == ["CR"]


def test_late_visibility(tmp_path: Path, film: Path) -> None:
    with difficult(tmp_path, Difficulties(visible_after_s=5)) as pacs:
        assert dcmsend(pacs.port, film).code == 0
        sent = time.monotonic()
        assert "Find Response: 1" not in findscu(pacs.port, *IMAGE_QUERY).text
        time.sleep(max(0.0, sent + 5.1 - time.monotonic()))
        assert "Find Response: 1" in findscu(pacs.port, *IMAGE_QUERY).text


def test_no_image_level(tmp_path: Path, film: Path) -> None:
    with difficult(tmp_path, Difficulties(query_levels=frozenset({"STUDY", "SERIES"}))) as pacs:
        storescu(pacs.port, film)
        assert "Error: DataSetDoesNotMatchSOPClass" in findscu(pacs.port, *IMAGE_QUERY).text
        assert "Find Response: 1" in findscu(pacs.port, "QueryRetrieveLevel=STUDY", "StudyInstanceUID").text


def test_no_query(tmp_path: Path, film: Path) -> None:
    with difficult(tmp_path, Difficulties(query_levels=frozenset())) as pacs:
        assert storescu(pacs.port, film).code == 0
        assert "No Acceptable Presentation Contexts" in findscu(pacs.port, *IMAGE_QUERY).text


def test_one_association(tmp_path: Path, film: Path) -> None:
    with difficult(tmp_path, Difficulties(one_association=True)) as pacs, association(pacs.port) as first:
        assert first.is_established
        assert "Local Limit Exceeded" in storescu(pacs.port, film).text
        assert "Association Rejected" in dcmsend(pacs.port, film).text


def test_abort(tmp_path: Path, report: Path, film: Path) -> None:
    with difficult(tmp_path, Difficulties(abort_at_store=2)) as pacs:
        assert "Peer aborted Association" in storescu(pacs.port, report, film).text
        assert "Peer aborted Association" in dcmsend(pacs.port, report, film).text
        assert [pacs.receipts(one.SOPInstanceUID) for one in (REPORT, FILM)] == [2, 2]


def test_slow_answers(tmp_path: Path, film: Path) -> None:
    with difficult(tmp_path, Difficulties(answers_after_s=0.5)) as pacs:
        begin = time.monotonic()
        assert storescu(pacs.port, film).code == 0
        assert dcmsend(pacs.port, film).code == 0
        assert time.monotonic() - begin >= 1.0


def test_down_and_back(tmp_path: Path, film: Path) -> None:
    with difficult(tmp_path, Difficulties()) as pacs:
        pacs.stop()
        assert "Connection refused" in storescu(pacs.port, film).text
        assert dcmsend(pacs.port, film).code != 0
        pacs.start()
        assert storescu(pacs.port, film).code == 0
        assert dcmsend(pacs.port, film).code == 0
