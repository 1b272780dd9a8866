"""Walking over an encoded data set without reading it: where each element is (PS3.5 7.1 to 7.5, A.4).

Little endian only, with explicit or implicit VR. What is retired, deflated or odd is left to pydicom.
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

_TAG = struct.Struct("<HH")
_LENGTH = struct.Struct("<I")
_EXPLICIT = struct.Struct("<HH2sH")
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
# Explicit VR with two reserved bytes and a length of four (PS3.5 table 7.1-1).
_SHORT = "AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US"
SHORT_FORM = frozenset(vr.encode() for vr in _SHORT.split(" "))
LONG_FORM = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
DEEPEST = 64


class MoreNeededError(Exception):
    """The bytes end within an element."""


class OddEncodingError(Exception):
    """The walk makes no sense of the bytes; another reader may."""


class Element(NamedTuple):
    """One element: its VR (empty where implicit), and where its value begins and stops."""

    vr: bytes
    begin: int
    stop: int


class Scan(NamedTuple):
    """Elements of the top level up to the pixel data.

    ``pixels`` holds offset and length in bytes of the value of the pixel data, None where there is
    none; the length is None where it is encapsulated.
    """

    elements: dict[int, Element]
    pixels: tuple[int, int | None] | None


def scan(data: bytes, *, implicit: bool) -> Scan:
    """Walk from the first element to the pixel data, or to the end.

    Raises
    ------
    MoreNeededError
        ``data`` ends before either.
    OddEncodingError
        The bytes are no data set in this encoding.
    """
    elements: dict[int, Element] = {}
    place, last, size = 0, -1, len(data)
    while place < size:
        tag, vr, begin, length = _header(data, place, implicit=implicit)
        if tag in PIXEL_TAGS:
            return Scan(elements, (begin, None if length == UNDEFINED else length))
        if tag <= last:
            message = "tags do not ascend"
            raise OddEncodingError(message)
        if length == UNDEFINED:
            stop, place = _skip_items(data, begin, implicit=implicit or vr == b"UN", depth=0)
        else:
            stop = place = begin + length
        if place > size:
            raise MoreNeededError
        elements[tag] = Element(vr, begin, stop)
        last = tag
    return Scan(elements, None)


def _header(data: bytes, place: int, *, implicit: bool) -> tuple[int, bytes, int, int]:
    """Tag, VR, offset of the value, length of an element."""
    try:
        group, element, vr, length = _EXPLICIT.unpack_from(data, place)
        tag = group << 16 | element
        if implicit or group == 0xFFFE:  # noqa: PLR2004 - items and delimiters have no VR
            return tag, b"", place + 8, _LENGTH.unpack_from(data, place + 4)[0]
        if vr in SHORT_FORM:
            return tag, vr, place + 8, length
        if vr in LONG_FORM:
            return tag, vr, place + 12, _LENGTH.unpack_from(data, place + 8)[0]
    except struct.error:
        raise MoreNeededError from None
    message = f"no VR at {place}"
    raise OddEncodingError(message)


def _skip_items(data: bytes, place: int, *, implicit: bool, depth: int) -> tuple[int, int]:
    """Walk over the items of a sequence of undefined length: where its value stops, and where it ends."""
    if depth > DEEPEST:
        message = f"sequences nested deeper than {DEEPEST}"
        raise OddEncodingError(message)
    while True:
        tag, _, begin, length = _header(data, place, implicit=implicit)
        if tag == SEQUENCE_END:
            return place, begin
        if tag != ITEM:
            message = f"no item at {place}"
            raise OddEncodingError(message)
        place = begin + length if length != UNDEFINED else _skip_elements(data, begin, implicit=implicit, depth=depth)


def _skip_elements(data: bytes, place: int, *, implicit: bool, depth: int) -> int:
    """Walk over the elements of an item of undefined length: where it ends."""
    while True:
        tag, vr, begin, length = _header(data, place, implicit=implicit)
        if tag == ITEM_END:
            return begin
        if length == UNDEFINED:
            _, place = _skip_items(data, begin, implicit=implicit or vr == b"UN", depth=depth + 1)
        else:
            place = begin + length


class PixelWalk:
    """Follows the value of the pixel data while it comes in.

    Parameters
    ----------
    length : int or None
        Bytes of the value; None where it is encapsulated (PS3.5 A.4).
    update : callable
        Gets the bytes of the value, delimiter and what follows it left out.
    """

    def __init__(self, length: int | None, update: Callable[[memoryview], object]) -> None:
        self._left = length or 0
        self._encapsulated = length is None
        self._update = update
        self._header = bytearray()
        self._ended = False
        self.trailing = 0
        self.odd = False

    @property
    def is_whole(self) -> bool:
        """Whether the value has come to its end, and nothing came after it."""
        done = self._ended if self._encapsulated else self._left == 0
        return done and self.trailing == 0 and not self.odd

    def feed(self, data: memoryview) -> None:
        """Take the next bytes."""
        while len(data):
            if self._ended or self.odd:
                self.trailing += len(data)
                return
            in_value = self._left or not self._encapsulated
            data = self._take(data) if in_value else self._take_header(data)

    def _take(self, data: memoryview) -> memoryview:
        part = data[: self._left]
        self._update(part)
        self._left -= len(part)
        self._ended = not self._left and not self._encapsulated
        return data[len(part) :]

    def _take_header(self, data: memoryview) -> memoryview:
        wanted = 8 - len(self._header)
        self._header += data[:wanted]
        if len(self._header) == 8:  # noqa: PLR2004 - tag and length of an item
            group, element = _TAG.unpack_from(self._header)
            tag, length = group << 16 | element, _LENGTH.unpack_from(self._header, 4)[0]
            self._ended = tag == SEQUENCE_END
            self.odd = not self._ended and (tag != ITEM or length == UNDEFINED)
            if not self._ended:
                self._update(memoryview(bytes(self._header)))
                self._left = length
            self._header.clear()
        return data[wanted:]
