"""Files in, files out: valid, the same each time, consistent over a study; broken ones end in a clear error."""

import re
import struct
import subprocess
import zlib
from collections import Counter
from datetime import date
from pathlib import Path

import pydicom
import pydicom.data
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from collega.errors import QuarantineError
from collega.formats.dicom_deid import container
from collega.formats.dicom_deid.comments import without_comments
from collega.formats.dicom_deid.file import deidentify_file
from collega.formats.dicom_deid.options import Option
from collega.formats.dicom_deid.profile import Profile, preset
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_file import PREAMBLE
from collega.formats.dicom_write import encode
from collega.testing.synthetic import ct_series

pytestmark = [pytest.mark.shows("R13", "R85"), pytest.mark.filterwarnings("ignore::UserWarning")]
PSEUDONYMS = Pseudonyms(key=bytes(range(32)), project="a")
BASIC, RESEARCH = preset("basic", "a"), preset("research", "a")
OWN = Path(pydicom.data.__file__).parent / "test_files"
SHARED = Path(__file__).parents[4] / "shared" / "data"
# Slices, reports, a plan, a dose, an ultrasound, colour pictures, a segmentation, a waveform, overlays.
REAL = (
    *("CT_small.dcm", "MR_small.dcm", "MR_small_bigendian.dcm", "MR_small_jp2klossless.dcm", "test-SR.dcm"),
    *("reportsi.dcm", "rtplan.dcm", "rtdose.dcm", "liver_1frame.dcm", "examples_palette.dcm", "examples_ybr_color.dcm"),
    *("SC_rgb_rle.dcm", "JPEG2000.dcm", "ExplVR_BigEnd.dcm", "examples_overlay.dcm", "waveform_ecg.dcm"),
)
LEAST_LENGTH = 5


def strangers() -> list[Path]:
    """List objects of others, as far as they are on this machine."""
    foreign = sorted((SHARED / "foreign").glob("*.dcm")) + sorted((SHARED / "cxr").glob("*.dcm"))[:2]
    return [*(path for name in REAL if (path := OWN / name).exists()), *foreign]


def through(data: bytes, folder: Path, profile: Profile = BASIC) -> bytes:
    """De-identify the bytes of a file."""
    source, target = folder / "in.dcm", folder / "out.dcm"
    source.write_bytes(data)
    deidentify_file(source, target, profile, PSEUDONYMS)
    return target.read_bytes()


def errors(path: Path) -> Counter[str]:
    """Count what dicom3tools calls an error, without UIDs and places."""
    told = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, check=False)
    lines = (told.stdout + told.stderr).decode("latin-1").splitlines()
    return Counter(re.sub(r"[0-9.]{9,}", "", line) for line in lines if line.startswith("Error"))


@pytest.mark.parametrize("profile", [BASIC, RESEARCH], ids=["basic", "research"])
def test_real_objects_stay_as_valid_as_they_were(profile: Profile, tmp_path: Path) -> None:
    worse = {}
    for source in strangers():
        deidentify_file(source, tmp_path / "out.dcm", profile, PSEUDONYMS)
        before, after = errors(source), errors(tmp_path / "out.dcm")
        if after.total() > before.total():
            worse[source.name] = after - before
        was, is_now = pydicom.dcmread(source), pydicom.dcmread(tmp_path / "out.dcm")
        if "SequenceOfUltrasoundRegions" not in was:  # else what is around them is painted over
            assert is_now.file_meta.TransferSyntaxUID == was.file_meta.TransferSyntaxUID
            assert is_now.get("PixelData", b"") == without_comments(was.get("PixelData", b"")), source.name
    assert not worse
    assert len(strangers()) >= 10


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_every_encoding_is_read_and_kept(syntax: UID, tmp_path: Path) -> None:
    original = ct_series(1)[0]
    original.ReferencedImageSequence = [Dataset()]
    original.ReferencedImageSequence[0].ReferencedSOPInstanceUID = "1.2.3.4.5.6.7"
    if syntax == ExplicitVRBigEndian:
        original["PixelData"].VR = "OB"
    original.file_meta.TransferSyntaxUID = syntax
    original.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    done = through((tmp_path / "a.dcm").read_bytes(), tmp_path)
    read = pydicom.dcmread(tmp_path / "out.dcm")
    assert read.PixelData == original.PixelData
    assert read.ReferencedImageSequence[0].ReferencedSOPInstanceUID == PSEUDONYMS.uid("1.2.3.4.5.6.7")
    assert through((tmp_path / "a.dcm").read_bytes(), tmp_path) == done, "the same bytes each time"
    assert str(original.PatientName).encode() not in done


def test_a_second_pass_changes_pseudonyms_alone(tmp_path: Path) -> None:
    original = ct_series(1)[0]
    once = through(encode(original), tmp_path, RESEARCH)
    first = pydicom.dcmread(tmp_path / "out.dcm")
    through(once, tmp_path, RESEARCH)
    second = pydicom.dcmread(tmp_path / "out.dcm")
    differ = {element.keyword for element in second if element != first.get(element.tag)}
    assert first.keys() == second.keys()
    assert {word for word in differ if not word.endswith(("UID", "Date", "DateTime"))} <= {"PatientID", "PatientName"}


def test_a_report_still_refers_to_the_images_of_its_study(tmp_path: Path) -> None:
    series = ct_series(1)
    series[0].SourceImageSequence = []
    for other in series[1:]:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = other.SOPClassUID, other.SOPInstanceUID
        series[0].SourceImageSequence.append(item)
    read = []
    for dataset in series:
        through(encode(dataset), tmp_path, RESEARCH)
        read.append(pydicom.dcmread(tmp_path / "out.dcm"))
    referred = [item.ReferencedSOPInstanceUID for item in read[0].SourceImageSequence]
    assert referred == [dataset.SOPInstanceUID for dataset in read[1:]]
    assert len({(dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.PatientID) for dataset in read}) == 1
    assert not {str(dataset.SOPInstanceUID) for dataset in series} & {str(dataset.SOPInstanceUID) for dataset in read}


# ------------------------------------------------------------------ properties


uids = st.lists(st.integers(0, 10**6), min_size=2, max_size=8).map(lambda parts: "1.2." + ".".join(map(str, parts)))
names = st.text(st.characters(categories=["L"]), min_size=1, max_size=20)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    patient=names, uid=uids, days=st.lists(st.dates(date(1960, 1, 1), date(2030, 1, 1)), min_size=2, max_size=2),
    options=st.sets(st.sampled_from(sorted(set(Option) - {Option.FULL_DATES, Option.RETAIN_UIDS}))),
)  # fmt: skip
def test_whatever_the_patient_the_uids_and_the_options(
    tmp_path: Path, patient: str, uid: str, days: list[date], options: set[Option]
) -> None:
    original = ct_series(1, slices=1, size=16)[0]
    original.PatientName, original.StudyInstanceUID = patient, uid
    original.StudyDate, original.ContentDate = (day.strftime("%Y%m%d") for day in days)
    profile = Profile(project="a", options=frozenset(options))
    done = through(encode(original), tmp_path, profile)
    read = pydicom.dcmread(tmp_path / "out.dcm", stop_before_pixels=True)
    assert read.StudyInstanceUID == PSEUDONYMS.uid(uid)
    assert read.PatientName == PSEUDONYMS.patient(original.PatientID)
    if len(patient.encode()) >= LEAST_LENGTH:
        assert patient.encode() not in done
    if Option.MODIFIED_DATES in options:
        moved = [date.fromisoformat(str(read[word].value)) for word in ("StudyDate", "ContentDate")]
        assert moved[1] - moved[0] == days[1] - days[0]
    assert through(encode(original), tmp_path, profile) == done


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(132, 2200), value=st.integers(0, 255), cut=st.integers(0, 3000))
def test_a_damaged_file_is_cleaned_or_refused_and_never_anything_else(
    tmp_path: Path, place: int, value: int, cut: int
) -> None:
    data = bytearray(encode(ct_series(1, slices=1, size=16)[0]))
    data[place % len(data)] = value
    (tmp_path / "out.dcm").unlink(missing_ok=True)
    try:
        through(bytes(data[: len(data) - cut]), tmp_path, RESEARCH)
    except QuarantineError:
        assert not (tmp_path / "out.dcm").exists()
    else:
        assert pydicom.dcmread(tmp_path / "out.dcm").PatientIdentityRemoved == "YES"


# ------------------------------------------------------------------ broken and hostile files


def element(tag: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
    """Encode an element with explicit VR, little endian; its length may lie."""
    size = len(value) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
    return head + (struct.pack("<HL", 0, size) if vr in {b"SQ", b"OB", b"UN"} else struct.pack("<H", size)) + value


def nested(depth: int) -> bytes:
    """Encode sequences in each other, of undefined length."""
    begin = element(0x00081140, b"SQ", b"", 0xFFFFFFFF) + struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
    end = struct.pack("<HHL", 0xFFFE, 0xE00D, 0) + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    return begin * depth + end * depth


def whole_item(depth: int) -> bytes:
    """Encode sequences in each other, of known length."""
    data = b""
    for _ in range(depth):
        data = element(0x00081140, b"SQ", struct.pack("<HHL", 0xFFFE, 0xE000, len(data)) + data)
    return data


def file_with(body: bytes, syntax: str = "1.2.840.10008.1.2.1") -> bytes:
    """Put file meta information before a data set."""
    meta = element(0x00020010, b"UI", syntax.encode() + b"\0" * (len(syntax) % 2))
    return PREAMBLE + meta + body


HEADER = element(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0") + element(0x00080018, b"UI", b"1.2.3.4.")
BROKEN = {
    "nothing": (b"", "not-dicom"),
    "text": (b"dear doctor" * 100, "not-dicom"),
    "no transfer syntax": (PREAMBLE + HEADER, "not-dicom"),
    "a gigabyte declared": (file_with(HEADER + element(0x00091001, b"UN", b"x", 1 << 30)), "broken"),
    "a gigabyte of pixels declared": (file_with(HEADER + element(0x7FE00010, b"OB", b"x", 1 << 30)), "broken"),
    "sequence longer than the file": (file_with(HEADER + element(0x00081140, b"SQ", b"12345678", 5000)), "broken"),
    "item longer than its sequence": (
        file_with(HEADER + element(0x00081140, b"SQ", struct.pack("<HHL", 0xFFFE, 0xE000, 99))), "broken",
    ),
    "sequence without items": (file_with(HEADER + element(0x00081140, b"SQ", b"12345678")), "broken"),
    "sequence that never ends": (file_with(HEADER + element(0x00081140, b"SQ", b"", 0xFFFFFFFF)), "broken"),
    "100 deep": (file_with(HEADER + nested(100)), "nested-too-deep"),
    "100 deep, with lengths": (file_with(HEADER + whole_item(100)), "nested-too-deep"),
    "10000 deep": (file_with(HEADER + nested(10000)), "nested-too-deep"),
    "deflated garbage": (file_with(b"garbage" * 9, DeflatedExplicitVRLittleEndian), "broken"),
    "no name": (file_with(element(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0")), "missing-uid"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "code"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_ends_in_a_clear_error(data: bytes, code: str, tmp_path: Path) -> None:
    with pytest.raises(QuarantineError) as caught:
        through(data, tmp_path)
    assert caught.value.code == code
    assert not (tmp_path / "out.dcm").exists()


def test_a_deflated_bomb_is_not_inflated() -> None:
    most = 1 << 24
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    head = HEADER + element(0x7FE00010, b"OB", b"", 100 * most)
    packed = packer.compress(head) + b"".join(packer.compress(bytes(most)) for _ in range(3)) + packer.flush()
    assert len(packed) < most // 300
    with pytest.raises(QuarantineError, match="inflates to more than 16 MB"):
        container.opened(file_with(packed, DeflatedExplicitVRLittleEndian), most)
    assert container.MOST_INFLATED == 512 << 20
