"""Walking over bytes comes to the same as pydicom's reading; what is odd is left to pydicom."""

import copy
import itertools
import random
from dataclasses import replace
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pydicom.data
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRLittleEndian

from collega.errors import QuarantineError
from collega.formats.dicom_file import file_prefix
from collega.formats.dicom_object import ObjectReader, read_object
from collega.formats.dicom_scan import MoreNeededError, OddEncodingError, scan
from collega.formats.dicom_scanned import HeaderReader
from collega.formats.dicom_study import read_header
from collega.formats.dicom_write import encode
from collega.model.study import InstanceHeader
from collega.model.transfer import Transfer
from collega.testing.synthetic import ct_series

MOST_BYTES = 3_000_000
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FOREIGN = Path(__file__).parents[4] / "shared" / "data" / "foreign"
pytestmark = [pytest.mark.filterwarnings("ignore::UserWarning"), pytest.mark.shows("R31")]


def strangers() -> list[Path]:
    """List what others wrote, as far as it is on this machine: pydicom's function would ask the internet for more."""
    own = (Path(pydicom.data.__file__).parent / "test_files").glob("*.dcm")
    return sorted([*(path for path in own if path.stat().st_size < MOST_BYTES), *FOREIGN.glob("*.dcm")])


def data_set(file: bytes) -> bytes:
    return file[144 + int.from_bytes(file[140:144], "little") :]


def without_digests(header: InstanceHeader) -> InstanceHeader:
    return replace(header, pixel_digest=b"", header_digest=b"")


def by_pydicom(file: bytes) -> InstanceHeader | str:
    try:
        return without_digests(read_header(file, AMSTERDAM))
    except QuarantineError as error:
        return error.code


def by_walking(file: bytes) -> InstanceHeader | str:
    try:
        return without_digests(read_object(file, AMSTERDAM))
    except QuarantineError as error:
        return error.code


@pytest.mark.parametrize("path", strangers(), ids=lambda path: path.name)
def test_both_readers_say_the_same_of_strangers(path: Path) -> None:
    file = path.read_bytes()
    assert by_walking(file) == by_pydicom(file)


@cache
def slices() -> tuple[bytes, ...]:
    return tuple(encode(item) for item in ct_series(1, slices=3))


def nested(depth: int, *, implicit: bool) -> bytes:
    """Encode sequences of undefined length, one in the other, and pixel data behind them."""
    begin = bytes.fromhex("08004011") + (b"" if implicit else b"SQ\0\0") + b"\xff" * 4
    item, item_end = bytes.fromhex("feff00e0ffffffff"), bytes.fromhex("feff0de000000000")
    end = bytes.fromhex("feffdde000000000")
    pixels = bytes.fromhex("e07f1000") + (b"" if implicit else b"OW\0\0") + bytes([4, 0, 0, 0, 1, 2, 3, 4])
    return (begin + item) * depth + (item_end + end) * depth + pixels


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("depth", [1, 8, 60])
def test_sequences_of_undefined_length_are_walked_over(depth: int, *, implicit: bool) -> None:
    body = nested(depth, implicit=implicit)
    found = scan(body, implicit=implicit)
    assert list(found.elements) == [0x00081140]
    assert found.pixels == (len(body) - 4, 4)


@pytest.mark.parametrize("depth", [100, 100_000])
def test_what_is_nested_too_deep_is_odd_and_no_crash(depth: int) -> None:
    with pytest.raises(OddEncodingError):
        scan(nested(depth, implicit=False), implicit=False)


def pieces(body: bytes, cuts: list[int]) -> list[memoryview]:
    places = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    view = memoryview(body)
    return [view[begin:end] for begin, end in itertools.pairwise(places)]


@given(cuts=st.lists(st.integers(0, 10**6), max_size=40), which=st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_the_cuts_of_the_network_change_nothing(cuts: list[int], which: int) -> None:
    body = data_set(slices()[which])
    reader = ObjectReader(HeaderReader(AMSTERDAM), ExplicitVRLittleEndian)
    for piece in pieces(body, cuts):
        reader.feed(piece)
    assert reader.end() == read_object(slices()[which], AMSTERDAM)


@pytest.mark.parametrize("name", ["JPEG2000.dcm", "JPGExtended.dcm", "SC_rgb_rle.dcm"])
@given(cuts=st.lists(st.integers(0, 10**6), max_size=20))
@settings(max_examples=15, deadline=None)
def test_fragments_of_compressed_pixels_may_be_cut_anywhere(name: str, cuts: list[int]) -> None:
    file = next(path for path in strangers() if path.name == name).read_bytes()
    whole = read_object(file, AMSTERDAM)
    reader = ObjectReader(HeaderReader(AMSTERDAM), whole.transfer_syntax_uid)
    for piece in pieces(data_set(file), cuts):
        reader.feed(piece)
    assert reader.end() == whole


@given(length=st.integers(0, 10**6))
@settings(max_examples=100, deadline=None)
def test_what_is_cut_off_is_never_whole(length: int) -> None:
    body = data_set(slices()[0])
    reader = ObjectReader(HeaderReader(AMSTERDAM), ExplicitVRLittleEndian)
    reader.feed(memoryview(body)[: length % len(body)])
    assert reader.end() is None


def test_a_series_is_read_slice_by_slice_as_if_each_stood_alone() -> None:
    series = [data_set(item) for item in slices()]
    headers = HeaderReader(AMSTERDAM)
    for file, body in zip(slices(), series, strict=True):
        reader = ObjectReader(headers, ExplicitVRLittleEndian)
        reader.feed(memoryview(body))
        assert reader.end() == read_object(file, AMSTERDAM)


ODD_NUMBERS = st.sampled_from(
    [
        "1",
        "-3",
        "+4",
        " 7 ",
        "1.50",
        "1e3",
        "1,5",
        "",
        "nan",
        "1\\2\\3",
        "0.5\\-0.5\\1.25",
        "\\",
        "9" * 16,
        "007",
        "1_0",
    ]
)


@given(numbers=st.lists(st.tuples(ODD_NUMBERS, ODD_NUMBERS), min_size=2, max_size=4))
@settings(max_examples=80, deadline=None)
def test_numbers_that_change_within_a_series_are_read_as_pydicom_reads_them(numbers: list[tuple[str, str]]) -> None:
    headers = HeaderReader(AMSTERDAM)
    for index, (position, number) in enumerate(numbers):
        dataset = copy.deepcopy(ct_series(1, slices=3)[0])
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID(f"1.2.3.{index + 1}")
        for keyword, vr, value in (("ImagePositionPatient", "DS", position), ("InstanceNumber", "IS", number)):
            raw, tag = value.encode().ljust(len(value) + len(value) % 2), tag_for_keyword(keyword)
            dataset[keyword] = RawDataElement(BaseTag(tag or 0), vr, len(raw), raw, 0, False, True)  # noqa: FBT003
        file = encode(dataset)
        reader = ObjectReader(headers, ExplicitVRLittleEndian)
        reader.feed(memoryview(data_set(file)))
        found = reader.end()
        assert found is None or without_digests(found) == by_pydicom(file)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_damaged_bytes_end_in_a_header_or_an_error(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - noise
    damaged = bytearray(nested(3, implicit=False) + data_set(slices()[0])[:1500])
    for _ in range(chance.randrange(1, 8)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    try:
        scan(bytes(damaged), implicit=bool(seed % 2))
    except (MoreNeededError, OddEncodingError):
        return


def test_the_beginning_of_a_file_is_what_pydicom_reads() -> None:
    transfer = Transfer(
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        sop_instance_uid="1.2.3",
        transfer_syntax_uid=ExplicitVRLittleEndian,
        source="SCANNER",
        association="a",
    )
    file = file_prefix(transfer) + data_set(slices()[0])
    assert read_object(file, AMSTERDAM) == read_object(slices()[0], AMSTERDAM)
    assert by_pydicom(file) == by_walking(slices()[0])
