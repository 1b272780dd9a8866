"""The test patient is obviously one, valid, the same each time, and recognised wherever it turns up."""

import re
import subprocess
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID

from collega.accept.study import CLASSES, Piece, build, name, take_back
from collega.formats.dicom_study import read_header
from collega.model.ids import acceptance_uid, is_acceptance_uid, stable_uid
from collega.model.study import Role
from collega.receive.reception import is_of_test_patient
from tests.e2e.peers import program

pytestmark = pytest.mark.shows("R31")
AT = datetime(2026, 3, 2, 8, 30, 15, tzinfo=UTC)
NAMES = name("run-1", AT, "Europe/Amsterdam", "nl")
UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
KNOWN = re.compile("Unrecognised|Unrecognized defined term = <99COLLEGA>|Laterality|DeviceUID")


def pieces() -> dict[str, Piece]:
    made = build(NAMES)
    return made | {"note": take_back(NAMES, [piece.reference for piece in made.values()])}


def read(piece: Piece) -> Dataset:
    return dcmread(BytesIO(piece.content))


def test_every_kind_of_result_is_there() -> None:
    made = pieces()
    assert {kind: str(read(piece).SOPClassUID) for kind, piece in made.items()} == dict(CLASSES)


def test_the_same_names_give_the_same_bytes() -> None:
    assert [piece.content for piece in pieces().values()] == [piece.content for piece in pieces().values()]


@pytest.mark.parametrize("kind", CLASSES)
def test_nobody_takes_it_for_a_patient(kind: str) -> None:
    one = read(pieces()[kind])
    assert one.PatientID == "COLLEGA-TEST-20260302"
    assert str(one.PatientName) == "Test^Collega^Acceptance Zoë"
    assert one.AccessionNumber == "TEST0302093015"
    assert "TEST" in one.SeriesDescription
    assert "TEST" in one.StudyDescription
    assert all(is_acceptance_uid(str(one[keyword].value)) for keyword in UIDS)


@pytest.mark.parametrize("kind", CLASSES)
def test_the_receiver_knows_it(kind: str) -> None:
    header = read_header(pieces()[kind].content, ZoneInfo("Europe/Amsterdam"))
    assert is_of_test_patient(header)
    assert (header.role is Role.IMAGE) == (kind == "image"), "only the image would have opened a study"


@given(parts=st.lists(st.text(max_size=20), min_size=1, max_size=3))
def test_its_uids_are_valid_and_no_other_uid_is_taken_for_one(parts: list[str]) -> None:
    uid = acceptance_uid(*parts)
    assert UID(uid).is_valid
    assert len(uid) <= 64
    assert is_acceptance_uid(uid)
    assert not is_acceptance_uid(stable_uid(*parts))


@given(seconds=st.integers(min_value=0, max_value=400 * 86400))
def test_the_accession_number_can_be_typed(seconds: int) -> None:
    made = name("run", AT + timedelta(seconds=seconds), "Europe/Amsterdam", "en")
    assert re.fullmatch(r"TEST\d{10}", made.accession_number)


def test_two_runs_share_no_uid() -> None:
    other = build(name("run-2", AT, "Europe/Amsterdam", "nl"))
    first = {piece.reference.sop_instance_uid for piece in pieces().values()}
    assert not first & {piece.reference.sop_instance_uid for piece in other.values()}


@pytest.mark.parametrize("kind", CLASSES)
def test_it_is_valid(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "one.dcm"
    file.write_bytes(pieces()[kind].content)
    done = subprocess.run([program("dciodvfy"), "-new", file], capture_output=True, check=False)
    lines = done.stderr.decode(errors="replace").splitlines()
    complaints = [line for line in lines if line.startswith(("Error", "Warning")) and not KNOWN.search(line)]
    assert not complaints
