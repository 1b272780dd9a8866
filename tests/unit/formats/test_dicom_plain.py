"""Metadata written straight from bytes: the same as pydicom writes, element by element, or left to it."""

import json
import warnings
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataelem import RawDataElement, convert_raw_data_element
from pydicom.tag import Tag

from collega.formats.dicom_frames import read_all
from collega.formats.dicom_metadata import INLINE_BYTES, metadata
from collega.formats.dicom_plain import plain_element

pytestmark = pytest.mark.shows("R59", "R65")
FILES = Path(pydicom.__file__).parent / "data" / "test_files"
NAMES = (
    *("CT_small.dcm", "MR_small.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "rtplan.dcm", "rtdose.dcm"),
    *("reportsi.dcm", "test-SR.dcm", "JPEG2000.dcm", "ExplVR_BigEnd.dcm", "nested_priv_SQ.dcm", "UN_sequence.dcm"),
    *("examples_overlay.dcm", "empty_charset_LEI.dcm", "waveform_ecg.dcm", "liver_1frame.dcm"),
)


def of_pydicom(raw: RawDataElement) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd values are what is asked about
        return dict(json.loads(json.dumps(convert_raw_data_element(raw, encoding=["iso8859"]).to_json_dict(None, 1))))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore")
def test_the_metadata_of_a_file_is_what_pydicom_makes_of_it(name: str) -> None:
    told = json.loads(metadata(FILES / name, "http://pacs/one"))
    dataset = read_all(FILES / name)
    assert list(told) == [f"{int(tag):08X}" for tag in sorted(dataset.keys()) if tag.element]
    for element in dataset:
        written = told.get(f"{int(element.tag):08X}", {})
        if element.tag.element and element.VR != "SQ" and "BulkDataURI" not in written:
            assert written == json.loads(json.dumps(element.to_json_dict(None, INLINE_BYTES))), element
        elif "BulkDataURI" in written:
            assert len(element.value) > INLINE_BYTES or element.tag == 0x7FE00010


VALUES = {
    "CS": [b"", b" ", b"A\\B ", b"A \\ B\0", b"A\\\\B", b'q"\\\x07', b"\xe9"],
    "DA": [b"20260101", b"20260101\\20260102", b"2026.01.01"],
    "LO": [b"a \\b  ", b" a", b"\0", b"\\", b"\x1b$B", b"\xff", b"tab\there"],
    "LT": [b"a\\b \0", b"", b" two\r\nlines "],
    "UI": [b"1.2.3\0", b"1.2\\1.3 ", b" 1.2", b""],
    "PN": [b"A^B ", b"A^B\\C^D", b"A=B", b"", b"^^"],
    "IS": [b"12 ", b" 7", b"+5\\-6", b"1.0", b"1.5", b"1\\", b"x", b""],
    "DS": [b"1.50 ", b"-1e3\\ 2", b".5", b"1.", b"1e99", b"nan", b"1,5", b"", b"0000.1"],
    "US": [b"\x01\x02", b"\x01\0\x02\0", b"", b"\x01"],
    "FL": [b"\0\0\x80\x7f", b"\0\0\xc0\x7f", b"\xcd\xcc\xcc\x3d"],
    "FD": [b"\x9a\x99\x99\x99\x99\x99\xb9\x3f"],
    "SL": [b"\xff\xff\xff\xff"],
    "AT": [b"\x08\0\x18\0"],
    "OB": [b"\x01\x02"],
}


@pytest.mark.parametrize("is_little_endian", [True, False])
@pytest.mark.parametrize(("vr", "value"), [(vr, value) for vr, values in VALUES.items() for value in values])
def test_a_plain_value_is_written_as_pydicom_does_and_another_is_left_to_it(
    vr: str, value: bytes, *, is_little_endian: bool
) -> None:
    tag = Tag(0x0009, 0x1001)
    raw = RawDataElement(tag, vr, len(value), value, 0, is_implicit_VR=False, is_little_endian=is_little_endian)
    written = plain_element(raw)
    if written is not None:
        assert json.loads(written) == of_pydicom(raw)


def test_what_is_plain_is_most_of_an_image() -> None:
    dataset = read_all(FILES / "CT_small.dcm")
    raw: list[Any] = [dataset.get_item(tag, keep_deferred=True) for tag in dataset.keys()]  # noqa: SIM118 - its elements are not read
    plain = [one for one in raw if isinstance(one, RawDataElement) and plain_element(one) is not None]
    assert len(plain) > 0.8 * len(raw)
