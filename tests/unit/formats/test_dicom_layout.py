"""A data set that is laid out like the one before it is not walked over again: the result is that of the walk."""

from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag
from pydicom.uid import ExplicitVRLittleEndian

from collega.formats.dicom_layout import FIRST_LOOK_BYTES, Layouts
from collega.formats.dicom_object import ObjectReader, read_object
from collega.formats.dicom_scan import MoreNeededError, OddEncodingError, Scan, scan
from collega.formats.dicom_scanned import HeaderReader
from collega.formats.dicom_write import encode
from collega.testing.synthetic import ct_series

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
# Where an element, a length or a VR is written over, and with what a sender might have written there.
DAMAGE = st.tuples(st.integers(0, 10**6), st.sampled_from([b"\0", b"\xff" * 4, b"\xfe\xff\xdd\xe0", b"SQ", b"\x02\0"]))
pytestmark = pytest.mark.shows("R31")


@cache
def files() -> tuple[bytes, ...]:
    """Slices of one series, some with a sequence of undefined length in their header."""
    found = []
    for number, image in enumerate(ct_series(1, slices=6, size=16)):
        image.ImagePositionPatient = [0, 0, -(10**number)]
        if number % 2:
            step = Dataset()
            step.ReferencedSOPInstanceUID = image.SOPInstanceUID
            image.ReferencedStudySequence = Sequence([step])
            image["ReferencedStudySequence"].is_undefined_length = True
        found.append(encode(image))
    return tuple(found)


def data_set(file: bytes) -> bytes:
    return file[144 + int.from_bytes(file[140:144], "little") :]


def outcome(layouts: Layouts | None, data: bytes, *, implicit: bool) -> Scan | str:
    try:
        return layouts.scan(data, implicit=implicit) if layouts else scan(data, implicit=implicit)
    except (MoreNeededError, OddEncodingError) as error:
        return type(error).__name__


@given(
    sent=st.lists(
        st.tuples(st.integers(0, 5), st.lists(DAMAGE, max_size=2), st.integers(0, 3000), st.booleans()), max_size=12
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_came_before_the_elements_are_found_where_a_walk_finds_them(
    sent: list[tuple[int, list[tuple[int, bytes]], int, bool]],
) -> None:
    layouts = Layouts()
    for which, damage, cut, implicit in [(0, [], 0, False), *sent]:
        body = bytearray(data_set(files()[which]))
        for place, value in damage:
            begin = place % 1200
            body[begin : begin + len(value)] = value
        data = bytes(body[: len(body) - cut])
        found = outcome(layouts, data, implicit=implicit)
        assert found == outcome(None, data, implicit=implicit)
        if isinstance(found, Scan):
            sliced = [data[element.begin : element.stop] for element in found.elements.values()]
            assert list(layouts.values(found, data)) == sliced


def test_a_sequence_that_says_something_else_is_walked_over_again() -> None:
    """Its length is nowhere stated: other bytes in it may end it elsewhere."""
    layouts, (first, second) = Layouts(), (data_set(files()[number]) for number in (1, 3))
    at = first.index(b"\xfe\xff\xdd\xe0")
    longer = first[:at] + b"\xfe\xff\x00\xe0\0\0\0\0" + first[at:]
    for body in (first, longer, second, first):
        assert layouts.scan(body, implicit=False) == scan(body, implicit=False)


def test_slices_of_one_layout_share_one_walk() -> None:
    layouts, one = Layouts(), data_set(files()[0])
    other = one.replace(b"AXIAL", b"OTHER")
    assert one != other
    assert layouts.scan(other, implicit=False) is layouts.scan(one, implicit=False)


def test_headers_of_any_length_are_read_as_they_come() -> None:
    """The first look takes as much as the header before it needed: a longer one is looked at again."""
    headers = HeaderReader(AMSTERDAM)
    for words in (10, 20 * FIRST_LOOK_BYTES, 10, 3 * FIRST_LOOK_BYTES):
        (image,) = ct_series(1, slices=1, size=64)
        image.add_new(0x00204000, "LT", "w" * min(words, 10240))
        image.add_new(0x00324000, "LT", "w" * max(0, min(words - 10240, 10240)))
        file = encode(image)
        body = memoryview(data_set(file))
        reader = ObjectReader(headers, ExplicitVRLittleEndian)
        for begin, end in pairwise([*range(0, len(body), 5000), len(body)]):
            reader.feed(body[begin:end])
        assert reader.end() == read_object(file, AMSTERDAM)


@given(sent=st.lists(st.tuples(st.sampled_from(["1", "-9.25", "10.5", "wrong", ""]), st.integers(0, 2)), max_size=10))
@settings(max_examples=60, deadline=None)
def test_a_header_is_the_same_whatever_was_read_before_it(sent: list[tuple[str, int]]) -> None:
    """Odd numbers, other lengths, another patient, an element more: what is taken over is what would be read."""
    headers = HeaderReader(AMSTERDAM)
    (image,) = ct_series(1, slices=1, size=16)
    for number, (height, kind) in enumerate(sent):
        image.SOPInstanceUID = f"1.2.3.{number}"
        image.InstanceNumber = number
        for keyword, value in (("SliceThickness", height), ("ContentTime", f"1200{number:02}")):
            tag = BaseTag(tag_for_keyword(keyword) or 0)
            # Raw, as a sender might write it: pydicom would refuse to.
            image[tag] = RawDataElement(tag, dictionary_VR(tag), len(value), value.encode(), 0, False, True)  # noqa: FBT003
        image.PatientName = "Other^One" if kind == 1 else "First^One"
        image.ImageComments = "seen" * (kind == 2)
        body = memoryview(data_set(encode(image)))
        reader = ObjectReader(headers, ExplicitVRLittleEndian)
        reader.feed(body)
        alone = ObjectReader(HeaderReader(AMSTERDAM), ExplicitVRLittleEndian)
        alone.feed(body)
        assert reader.end() == alone.end()


def test_where_no_layout_comes_back_the_walks_go_on() -> None:
    layouts = Layouts()
    for number in range(40):
        (image,) = ct_series(1, slices=1, size=16)
        image.ImageComments = "w" * 2 * number
        body = data_set(encode(image))
        assert layouts.scan(body, implicit=False) == scan(body, implicit=False)
