"""Identifiers that were planted everywhere: none is left in any byte, nor in any name of a file."""

from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from pydicom._dicom_dict import DicomDictionary
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian
from tests.unit.formats.planting import planted_report, planted_slice, save

from collega.bootstrap.leave.deidentifying import Order, deidentify_folder
from collega.formats.dicom_deid.engine import deidentify
from collega.formats.dicom_deid.file import deidentify_file
from collega.formats.dicom_deid.options import Option
from collega.formats.dicom_deid.plan import safe_text
from collega.formats.dicom_deid.profile import Profile, preset
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.testing.synthetic import ct_series

pytestmark = [pytest.mark.shows("R13", "R85"), pytest.mark.filterwarnings("ignore::UserWarning")]
PSEUDONYMS = Pseudonyms(key=bytes(range(32)), project="a")
KEEPS = {Option.FULL_DATES, Option.RETAIN_UIDS, Option.RETAIN_INSTITUTION, Option.RETAIN_DEVICE}
ALL_CLEANED = Profile(
    project="a",
    name="most",
    options=frozenset(Option)
    - {Option.FULL_DATES, Option.RETAIN_UIDS, Option.RETAIN_INSTITUTION, Option.RETAIN_DEVICE},
)
FIRST = 0x00080000  # below are the groups of commands and files
NEEDED = {"EncapsulatedDocument", "InstanceNumber"}
PROFILES = [preset("basic", "a"), preset("research", "a"), ALL_CLEANED]


def left(folder: Path, words: set[str]) -> set[str]:
    """List what of the words is in any byte of a folder, or in a name in it: as UTF-8, Latin-1 or UTF-16."""
    found = set()
    for path in folder.rglob("*"):
        data = str(path.relative_to(folder)).encode() + (path.read_bytes() if path.is_file() else b"")
        forms = data.lower(), data.replace(b"\0", b"").lower()
        found |= {word for word in words if any(word.lower().encode() in form for form in forms)}
    return found


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: str(profile.name))
@pytest.mark.parametrize("planted", [planted_slice, planted_report])
def test_no_planted_identifier_is_left(
    profile: Profile, planted: Callable[[], tuple[Dataset, set[str]]], tmp_path: Path
) -> None:
    dataset, words = planted()
    source = tmp_path / "ZEEWOLDE^Quirijn" / "QX8827461.dcm"
    source.parent.mkdir()
    save(dataset, source, words)
    assert left(source.parent, words) == words, "the search finds what was planted"
    order = Order(source=source.parent, target=tmp_path / "out", profile=profile, pseudonyms=PSEUDONYMS)
    outcome = deidentify_folder(order, lambda _done, _total: None)
    assert not outcome.failed
    assert not left(tmp_path / "out", words)
    assert len(words) >= 38
    (written,) = (tmp_path / "out").rglob("*.dcm")
    assert pydicom.dcmread(written).PatientID == PSEUDONYMS.patient(
        "QX8827461", str(dataset.get("IssuerOfPatientID", ""))
    )
    assert not [word for word in words if word in str(outcome.counts) + str(outcome.look_at)]


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_none_is_left_in_other_encodings_either(syntax: UID, tmp_path: Path) -> None:
    dataset, words = planted_slice()
    save(dataset, tmp_path / "in.dcm", words, syntax)
    deidentify_file(tmp_path / "in.dcm", tmp_path / "packed.dcm", PROFILES[1], PSEUDONYMS)
    done = pydicom.dcmread(tmp_path / "packed.dcm")
    done.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian  # so that all of it can be searched
    (tmp_path / "out").mkdir()
    done.save_as(tmp_path / "out" / "plain.dcm", implicit_vr=True, little_endian=True, enforce_file_format=True)
    assert not left(tmp_path / "out", words)


FREE = frozenset({"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", "DA", "DT", "TM", "AS", "OB", "UN", "DS", "IS"})


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: str(profile.name))
def test_no_attribute_of_the_dictionary_lets_free_text_through(profile: Profile, tmp_path: Path) -> None:
    original, words = ct_series(1)[0], set()
    item = Dataset()
    for tag, (vr, _vm, _name, _retired, keyword) in DicomDictionary.items():
        if vr in FREE and keyword not in safe_text() and tag >= FIRST and keyword not in NEEDED:
            words.add(f"Kwx{tag:08x}zj")
            value = f"Kwx{tag:08x}zj".encode() + b" "
            for place in (original, item):
                place[Tag(tag)] = RawDataElement(Tag(tag), vr, len(value), value, 0, False, True)  # noqa: FBT003
    original.ReferencedImageSequence, original.AcquisitionContextSequence = [item], [item]
    deeper = Dataset()
    deeper.RelatedSeriesSequence = [item]
    original.ProcedureCodeSequence = [deeper]
    done = deidentify(original, profile, PSEUDONYMS).dataset
    done.save_as(tmp_path / "out.dcm", enforce_file_format=True, implicit_vr=False, little_endian=True)
    assert len(words) > 1500
    assert not left(tmp_path, words)
