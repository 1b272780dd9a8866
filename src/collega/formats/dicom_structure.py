"""Whether a data set is whole: every length in it fits (PS3.5 7.1, 7.5).

pydicom reads a data set that breaks off, or in which a length lies, as one that holds less. For a list of the
objects of a study that would be a shorter list, and a study that is thought complete too early.
"""

import struct
from dataclasses import dataclass
from typing import NoReturn

from pydicom.datadict import tag_for_keyword

from collega.errors import MessageError

UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
HEADER_BYTES = 8
# Deeper than any message of modalities goes, and shallow enough for whoever reads by recursion.
DEEPEST = 32
# VRs whose length has 32 bits (PS3.5 table 7.1-1).
LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
# Where no VR is written, a sequence of defined length is known by its tag alone: those that are read.
SEQUENCES = frozenset(
    tag_for_keyword(keyword)
    for keyword in (
        "ScheduledStepAttributesSequence",
        "PerformedSeriesSequence",
        "ReferencedImageSequence",
        "ReferencedNonImageCompositeSOPInstanceSequence",
        "ReferencedSeriesSequence",
        "ReferencedSOPSequence",
        "FailedSOPSequence",
    )
)


@dataclass(frozen=True, slots=True)
class _Level:
    """A sequence or a data set that is open; ``end`` is where it ends, or must have ended."""

    is_sequence: bool
    end: int
    is_delimited: bool
    is_implicit: bool


def check_whole(encoded: bytes, *, is_implicit_vr: bool, is_little_endian: bool, deepest: int = DEEPEST) -> None:
    """Walk through a data set without reading its values.

    Parameters
    ----------
    encoded : bytes
    is_implicit_vr, is_little_endian : bool
        Of its transfer syntax.
    deepest : int
        So many sequences and items may be open at once.

    Raises
    ------
    MessageError
        ``unreadable``.
    """
    walk = _Walk(encoded, deepest, is_implicit_vr=is_implicit_vr, is_little_endian=is_little_endian)
    while walk.open:
        level = walk.open[-1]
        if walk.place == level.end and not level.is_delimited:
            walk.open.pop()
        elif level.is_sequence:
            walk.next_item(level)
        else:
            walk.next_element(level)


class _Walk:
    """A place in the data set, and what is open there."""

    def __init__(self, encoded: bytes, deepest: int, *, is_implicit_vr: bool, is_little_endian: bool) -> None:
        order = "<" if is_little_endian else ">"
        self._encoded = encoded
        self._deepest = deepest
        self._header = struct.Struct(f"{order}HHL")
        self._short, self._long = struct.Struct(f"{order}HH2sH"), struct.Struct(f"{order}L")
        self.place = 0
        self.open = [_Level(is_sequence=False, end=len(encoded), is_delimited=False, is_implicit=is_implicit_vr)]

    def next_item(self, level: _Level) -> None:
        """Enter the next item of a sequence, or leave it."""
        tag, _, length = self._take_header(level, is_implicit=True)
        if tag == SEQUENCE_END and level.is_delimited:
            self.open.pop()
        elif tag == ITEM:
            self._enter(level, length, is_sequence=False, is_implicit=level.is_implicit)
        else:
            _break_off()

    def next_element(self, level: _Level) -> None:
        """Go over the next element of a data set, or enter it where it is a sequence."""
        tag, vr, length = self._take_header(level, is_implicit=level.is_implicit)
        if tag == ITEM_END and level.is_delimited:
            self.open.pop()
        elif length == UNDEFINED or vr == b"SQ" or tag in SEQUENCES:
            if vr not in {b"", b"SQ", b"UN"}:
                _break_off()
            # What is UN and of undefined length is a sequence, and implicit (PS3.5 6.2.2).
            self._enter(level, length, is_sequence=True, is_implicit=level.is_implicit or vr == b"UN")
        elif tag >> 16 == ITEM >> 16 or length > level.end - self.place:
            _break_off()
        else:
            self.place += length

    def _take_header(self, level: _Level, *, is_implicit: bool) -> tuple[int, bytes, int]:
        if level.end - self.place < HEADER_BYTES:
            _break_off()
        group, element, length = self._header.unpack_from(self._encoded, self.place)
        vr = b""
        if not is_implicit and group != ITEM >> 16:
            _, _, vr, length = self._short.unpack_from(self._encoded, self.place)
        self.place += HEADER_BYTES
        if vr in LONG:
            if level.end - self.place < self._long.size:
                _break_off()
            (length,) = self._long.unpack_from(self._encoded, self.place)
            self.place += self._long.size
        return group << 16 | element, vr, length

    def _enter(self, level: _Level, length: int, *, is_sequence: bool, is_implicit: bool) -> None:
        is_delimited = length == UNDEFINED
        end = level.end if is_delimited else self.place + length
        if end > level.end or len(self.open) > self._deepest:
            _break_off()
        self.open.append(_Level(is_sequence=is_sequence, end=end, is_delimited=is_delimited, is_implicit=is_implicit))


def _break_off() -> NoReturn:
    code, text = "unreadable", "the data set breaks off, or a length in it is wrong"
    raise MessageError(code, text)
