"""Whether the bytes of a data set are whole, before a reader believes their lengths (PS3.5 7).

Each length must end within what holds it, each sequence must end, and nothing may be nested too deep: a reader
would take what it gets, or fill the memory.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pydicom.datadict import dictionary_has_tag, dictionary_VR

from collega.errors import QuarantineError
from collega.formats.dicom_scan import ITEM, ITEM_END, LONG_FORM, PIXEL_TAGS, SEQUENCE_END, SHORT_FORM, UNDEFINED

DEEPEST = 64
HEADER = 8
Bytes = bytes | memoryview


class Pixels(NamedTuple):
    """The element with the pixel data: where it begins, where its value does, and where it ends."""

    begin: int
    value: int
    stop: int
    encapsulated: bool


class Head(NamedTuple):
    """Tag, VR (empty where implicit), where the value begins, and its length."""

    tag: int
    vr: bytes
    begin: int
    length: int


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How a data set is written."""

    implicit: bool
    little: bool

    @property
    def order(self) -> str:
        """The order of bytes as `struct` names it."""
        return "<" if self.little else ">"


class Structure:
    """A walk over the elements of a data set, by their lengths alone.

    Parameters
    ----------
    data : bytes-like
        What holds the data set.
    encoding : Encoding
        How it is written.
    """

    def __init__(self, data: Bytes, encoding: Encoding) -> None:
        self._data = data
        self._implicit = encoding.implicit
        self._tag = struct.Struct(encoding.order + "HH")
        self._short = struct.Struct(encoding.order + "H")
        self._long = struct.Struct(encoding.order + "L")

    def pixels(self, begin: int) -> Pixels | None:
        """Check all up to the pixel data, and where that ends; None where there is none.

        Raises
        ------
        QuarantineError
            A length leads beyond what there is, or the nesting is too deep.
        """
        place, size = begin, len(self._data)
        while place < size:
            head = self._head(place, size, implicit=self._implicit)
            if head.tag in PIXEL_TAGS:
                return self._pixels(place, head, size)
            place = self._behind(head, size, implicit=self._implicit, depth=0)
        return None

    def group(self, begin: int, number: int) -> Iterator[Head]:
        """Give the elements of one group, as long as they follow each other.

        Raises
        ------
        QuarantineError
            A length leads beyond what there is.
        """
        place, size = begin, len(self._data)
        while place + HEADER <= size and self._short.unpack_from(self._data, place)[0] == number:
            head = self._head(place, size, implicit=self._implicit)
            yield head
            place = self._within(head.begin + head.length, size)

    def _pixels(self, place: int, head: Head, size: int) -> Pixels:
        if head.length != UNDEFINED:
            return Pixels(place, head.begin, self._within(head.begin + head.length, size), encapsulated=False)
        fragment = head.begin
        while True:
            item = self._head(fragment, size, implicit=True)
            if item.tag == SEQUENCE_END:
                return Pixels(place, head.begin, item.begin, encapsulated=True)
            if item.tag != ITEM or item.length == UNDEFINED:
                raise _broken(fragment)
            fragment = self._within(item.begin + item.length, size)

    def _behind(self, head: Head, end: int, *, implicit: bool, depth: int) -> int:
        """Give where an element ends; what is in it is checked."""
        if head.length == UNDEFINED:
            return self._items(head.begin, end, implicit=implicit or head.vr == b"UN", depth=depth + 1, ends=False)
        stop = self._within(head.begin + head.length, end)
        if head.vr == b"SQ" or (not head.vr and _is_sequence(head.tag)):
            self._items(head.begin, stop, implicit=implicit, depth=depth + 1, ends=True)
        return stop

    def _items(self, place: int, end: int, *, implicit: bool, depth: int, ends: bool) -> int:
        """Check the items of a sequence, which stops at ``end`` where ``ends``, else at its delimiter."""
        if depth > DEEPEST:
            text = f"sequences are nested deeper than {DEEPEST}"
            raise QuarantineError("nested-too-deep", text)
        while not (ends and place == end):
            item = self._head(place, end, implicit=True)
            if item.tag == SEQUENCE_END:
                return item.begin
            if item.tag != ITEM:
                raise _broken(place)
            place = self._item(item, end, implicit=implicit, depth=depth)
        return place

    def _item(self, item: Head, end: int, *, implicit: bool, depth: int) -> int:
        """Check the elements of an item, and give where it ends."""
        undefined = item.length == UNDEFINED
        stop = end if undefined else self._within(item.begin + item.length, end)
        place = item.begin
        while place < stop:
            head = self._head(place, stop, implicit=implicit)
            if head.tag == ITEM_END:
                return head.begin
            place = self._behind(head, stop, implicit=implicit, depth=depth)
        if undefined:
            raise _broken(place)
        return place

    def _head(self, place: int, end: int, *, implicit: bool) -> Head:
        self._within(place + HEADER, end)
        group, element = self._tag.unpack_from(self._data, place)
        tag, vr = group << 16 | element, bytes(self._data[place + 4 : place + 6])
        if implicit or group == ITEM >> 16 or not (vr.isalpha() and vr.isupper()):
            return Head(tag, b"", place + HEADER, self._long.unpack_from(self._data, place + 4)[0])
        if vr in LONG_FORM:
            self._within(place + HEADER + 4, end)
            return Head(tag, vr, place + HEADER + 4, self._long.unpack_from(self._data, place + HEADER)[0])
        if vr not in SHORT_FORM:
            raise _broken(place)
        return Head(tag, vr, place + HEADER, self._short.unpack_from(self._data, place + 6)[0])

    def _within(self, place: int, end: int) -> int:
        if place > end:
            text = f"an element ends at byte {place}, and what holds it at byte {end}"
            raise QuarantineError("broken", text)
        return place


def _is_sequence(tag: int) -> bool:
    return dictionary_has_tag(tag) and dictionary_VR(tag) == "SQ"


def _broken(place: int) -> QuarantineError:
    text = f"there is no element at byte {place}"
    return QuarantineError("broken", text)
