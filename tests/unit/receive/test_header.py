"""Reading what arrives: tolerant of what is harmless, clear about what is not."""

import copy
import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from collega.errors import QuarantineError
from collega.formats.dicom_study import read_header
from collega.formats.dicom_write import encode
from collega.model.study import InstanceHeader, Priority, Role
from collega.testing.synthetic import chest_film

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def film() -> Dataset:
    dataset = chest_film(1, compressed=False)
    dataset.Rows = dataset.Columns = 8
    dataset.PixelData = bytes(range(64))
    return dataset


def changed(film: Dataset, **values: object) -> Dataset:
    other = copy.deepcopy(film)
    for keyword, value in values.items():
        setattr(other, keyword, value)
    return other


def raw(film: Dataset, tag: int, vr: str, value: bytes) -> Dataset:
    """Write an element as no library would."""
    other = changed(film)
    value += b" " * (len(value) % 2)
    other[Tag(tag)] = RawDataElement(Tag(tag), vr, len(value), value, 0, is_implicit_VR=False, is_little_endian=True)
    return other


def read(dataset: Dataset) -> InstanceHeader:
    return read_header(encode(dataset), AMSTERDAM)


def test_the_values_that_rules_can_name_are_read(film: Dataset) -> None:
    header = read(changed(film, SliceThickness="1.5", NumberOfFrames=3))
    assert header.attributes["modality"] == "CR"
    assert header.attributes["image_type"] == ("ORIGINAL", "PRIMARY")
    assert (header.attributes["rows"], header.attributes["frames"]) == (8.0, 3.0)
    assert header.attributes["slice_thickness_mm"] == 1.5
    assert header.attributes["kernel"] is None


@pytest.mark.parametrize(
    ("tag", "vr", "value", "name"),
    [
        pytest.param(0x00180050, "DS", b"1,5", "slice_thickness_mm", id="a comma for a point"),
        pytest.param(0x00180050, "DS", b"NaN", "slice_thickness_mm", id="not a number"),
        pytest.param(0x00180050, "DS", b"1e999", "slice_thickness_mm", id="more than a number holds"),
        pytest.param(0x00200011, "IS", b"first", "series_number", id="a word for an integer"),
    ],
)
def test_a_wrong_number_is_a_missing_one(film: Dataset, tag: int, vr: str, value: bytes, name: str) -> None:
    """One wrong value of a scanner must not keep all its images out."""
    header = read(raw(film, tag, vr, value))
    assert header.attributes[name] is None
    assert any(name in note for note in header.notes), "the deviation is told"


@pytest.mark.parametrize(
    ("sop_class", "modality", "role"),
    [
        pytest.param("1.2.840.10008.5.1.4.1.1.1", "CR", Role.IMAGE, id="computed radiography"),
        pytest.param("1.2.840.10008.5.1.4.1.1.2", "CT", Role.IMAGE, id="CT"),
        pytest.param("1.2.840.10008.5.1.4.1.1.77.1.5.1", "OP", Role.IMAGE, id="photograph of the eye"),
        pytest.param("1.2.840.10008.5.1.4.1.1.77.1.6", "SM", Role.IMAGE, id="slide"),
        pytest.param("1.2.840.10008.5.1.4.1.1.77.1.4", "XC", Role.IMAGE, id="photograph"),
        pytest.param("1.2.840.10008.5.1.4.1.1.7", "CR", Role.DERIVED, id="secondary capture"),
        pytest.param("1.2.840.10008.5.1.4.1.1.7.4", "OT", Role.DERIVED, id="secondary capture in colour"),
        pytest.param("1.2.840.10008.5.1.4.1.1.88.33", "SR", Role.DERIVED, id="structured report"),
        pytest.param("1.2.840.10008.5.1.4.1.1.88.59", "KO", Role.DERIVED, id="key objects"),
        pytest.param("1.2.840.10008.5.1.4.1.1.88.67", "SR", Role.DERIVED, id="dose report"),
        pytest.param("1.2.840.10008.5.1.4.1.1.11.1", "PR", Role.DERIVED, id="presentation state"),
        pytest.param("1.2.840.10008.5.1.4.1.1.66.4", "SEG", Role.DERIVED, id="segmentation"),
        pytest.param("1.2.840.10008.5.1.4.1.1.104.1", "DOC", Role.DERIVED, id="PDF"),
        pytest.param("1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT", Role.DERIVED, id="structure set"),
    ],
)
def test_images_and_what_is_said_of_them(film: Dataset, sop_class: str, modality: str, role: Role) -> None:
    assert read(changed(film, SOPClassUID=sop_class, Modality=modality)).role is role


MOMENTS = {
    "winter": ("20260115", "120000", "", datetime(2026, 1, 15, 11, tzinfo=UTC)),
    "summer": ("20260715", "120000", "", datetime(2026, 7, 15, 10, tzinfo=UTC)),
    "the day before summer time": ("20260328", "233000", "", datetime(2026, 3, 28, 22, 30, tzinfo=UTC)),
    "after the clock went forward": ("20260329", "033000", "", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    "before the clock goes back": ("20261025", "013000", "", datetime(2026, 10, 24, 23, 30, tzinfo=UTC)),
    "after the clock went back": ("20261025", "033000", "", datetime(2026, 10, 25, 2, 30, tzinfo=UTC)),
    "no time": ("20260115", "", "", datetime(2026, 1, 14, 23, tzinfo=UTC)),
    "a fraction of a second": ("20260115", "120000.500000", "", datetime(2026, 1, 15, 11, 0, 0, 500000, tzinfo=UTC)),
    "a stated offset": ("20260115", "120000", "+0000", datetime(2026, 1, 15, 12, tzinfo=UTC)),
    "an offset across the date line": ("20260115", "010000", "+1300", datetime(2026, 1, 14, 12, tzinfo=UTC)),
    "an offset that is none": ("20260115", "120000", "CET", datetime(2026, 1, 15, 11, tzinfo=UTC)),
    "no date": ("", "120000", "", None),
    "an odd date": ("2026ABCD", "120000", "", None),
    "a day that is none": ("20260231", "120000", "", None),
    "an odd time": ("20260115", "noon", "", None),
}


@pytest.mark.parametrize("name", list(MOMENTS))
def test_the_moment_of_a_study(film: Dataset, name: str) -> None:
    date, time, offset, expected = MOMENTS[name]
    values: dict[str, object] = {"TimezoneOffsetFromUTC": offset} if offset else {}
    dataset = raw(raw(changed(film, **values), 0x00080020, "DA", date.encode()), 0x00080030, "TM", time.encode())
    header = read(dataset)
    assert header.study_at == expected
    assert header.study_date == date, "the original is kept"


def test_digests_tell_pixels_from_header(film: Dataset) -> None:
    first, again = read(film), read(changed(film))
    assert (first.pixel_digest, first.header_digest) == (again.pixel_digest, again.header_digest)
    corrected = read(changed(film, PatientName="Other^Name"))
    assert corrected.pixel_digest == first.pixel_digest
    assert corrected.header_digest != first.header_digest
    repainted = read(changed(film, PixelData=bytes(64)))
    assert repainted.pixel_digest != first.pixel_digest
    assert repainted.header_digest == first.header_digest


def test_a_value_inside_a_sequence_counts(film: Dataset) -> None:
    def with_code(value: str) -> Dataset:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "99X", "x"
        return changed(film, ProcedureCodeSequence=[item])

    assert read(with_code("1")).header_digest != read(with_code("2")).header_digest


@pytest.mark.parametrize("keyword", ["PatientID", "StudyDescription", "AccessionNumber", "SeriesDescription"])
def test_text_that_no_database_holds_is_cleaned(film: Dataset, keyword: str) -> None:
    header = read(changed(film, **{keyword: "a\x00b"}))
    texts = [header.patient.patient_id, header.study_description, header.accession_number]
    assert "\x00" not in "".join([*texts, str(header.attributes["series_description"])])


def test_a_uid_that_no_database_holds_is_cleaned_or_refused(film: Dataset) -> None:
    try:
        header = read(raw(film, 0x0020000D, "UI", b"1.2\x003.4"))
    except QuarantineError:
        return
    assert "\x00" not in header.study_instance_uid


def test_an_empty_number_is_noted(film: Dataset) -> None:
    assert "PatientID is empty" in read(changed(film, PatientID="")).notes


@pytest.fixture(scope="module")
def encoded(film: Dataset) -> bytes:
    return encode(film)


def outcome(content: bytes) -> str:
    try:
        read_header(content, AMSTERDAM)
    except QuarantineError as error:
        return error.code
    return "read"


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_bytes_are_read_or_set_apart_and_nothing_else(encoded: bytes, data: st.DataObject) -> None:
    damaged = bytearray(encoded)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(132, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    length = data.draw(st.sampled_from([len(damaged), len(damaged) // 2, 200, 400]))
    assert outcome(bytes(damaged[:length])) in {"read", "not-dicom", "missing-uid"}


@pytest.mark.parametrize("seed", range(3))
def test_much_damage_is_read_or_set_apart_and_nothing_else(encoded: bytes, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - noise
    seen = set()
    for _ in range(150):
        damaged = bytearray(encoded)
        for _ in range(chance.randint(1, 12)):
            damaged[chance.randrange(132, len(damaged))] = chance.randrange(256)
        seen.add(outcome(bytes(damaged[: chance.randrange(140, len(damaged) + 1)])))
    assert seen <= {"read", "not-dicom", "missing-uid"}


@pytest.mark.parametrize("length", [0, 1, 132, 4096])
def test_noise_is_not_dicom(length: int) -> None:
    assert outcome(random.Random(3).randbytes(length)) == "not-dicom"  # noqa: S311 - noise


def request(priority: str) -> Dataset:
    item = Dataset()
    item.RequestedProcedurePriority = priority
    return item


@pytest.mark.shows("R65")
@pytest.mark.parametrize(
    ("values", "priority"),
    [
        ({}, Priority.UNKNOWN),
        ({"RequestedProcedurePriority": "STAT"}, Priority.STAT),
        ({"RequestedProcedurePriority": "stat"}, Priority.STAT),
        ({"RequestedProcedurePriority": "HIGH"}, Priority.HIGH),
        ({"RequestedProcedurePriority": "ROUTINE"}, Priority.ROUTINE),
        ({"RequestedProcedurePriority": "MEDIUM"}, Priority.ROUTINE),
        ({"RequestedProcedurePriority": "LOW"}, Priority.LOW),
        ({"RequestedProcedurePriority": "as soon as"}, Priority.UNKNOWN),
        ({"RequestAttributesSequence": [request("LOW"), request("HIGH")]}, Priority.HIGH),
        ({"RequestAttributesSequence": []}, Priority.UNKNOWN),
    ],
)
def test_the_priority_of_the_request(film: Dataset, values: dict[str, object], priority: Priority) -> None:
    assert read(changed(film, **values)).priority is priority


@pytest.mark.parametrize(("value", "priority"), [(b"HIGH", Priority.HIGH), (b"", Priority.UNKNOWN)])
def test_the_retired_study_priority_is_read_too(film: Dataset, value: bytes, priority: Priority) -> None:
    assert read(raw(film, 0x0032000C, "CS", value)).priority is priority
