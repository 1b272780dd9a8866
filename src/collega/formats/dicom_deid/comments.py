"""Comments inside compressed pixels: segments of JPEG, JPEG-LS and JPEG 2000 that hold text, not image.

They are overwritten in place with the same number of spaces, so that no offset moves and nothing is decoded
(ISO 10918-1 B.2.4.5 and B.2.4.6, ISO 15444-1 A.9.2).
"""

import struct
from collections.abc import Iterator

from collega.formats.dicom_deid.structure import Bytes

ITEM = b"\xfe\xff\x00\xe0"
JPEG, JPEG_2000 = b"\xff\xd8\xff", b"\xff\x4f\xff"
COMMENT, COMMENT_2000 = 0xFE, 0x64
# APP0 is JFIF, APP2 a colour profile, APP8 of JPEG-LS and JPEG XT, APP14 says how colours are coded: they are needed.
APPLICATION, NEEDED = range(0xE0, 0xF0), frozenset({0xE0, 0xE2, 0xE8, 0xEE})
SCAN, TILE = 0xDA, 0x90
MARKER, LENGTH = struct.Struct(">BB"), struct.Struct(">H")
REGISTRATION = 2  # of a comment of JPEG 2000: whether text or bytes follow


def without_comments(pixels: Bytes) -> Bytes:
    """Give encapsulated pixels (PS3.5 A.4) without the text of their comments; as they were where there is none."""
    spans = list(_comments(pixels))
    if not spans:
        return pixels
    changed = bytearray(pixels)
    for begin, stop in spans:
        changed[begin:stop] = b" " * (stop - begin)
    return bytes(changed)


def _comments(pixels: Bytes) -> Iterator[tuple[int, int]]:
    for begin, stop in _fragments(pixels):
        start = bytes(pixels[begin : begin + 3])
        if start == JPEG:
            yield from _segments(pixels, begin + 2, stop, SCAN)
        elif start == JPEG_2000:
            yield from _segments(pixels, begin + 2, stop, TILE)


def _fragments(pixels: Bytes) -> Iterator[tuple[int, int]]:
    place = 0
    while bytes(pixels[place : place + 4]) == ITEM:
        begin = place + 8
        place = begin + int.from_bytes(pixels[place + 4 : begin], "little")
        yield begin, place


def _segments(pixels: Bytes, place: int, stop: int, last: int) -> Iterator[tuple[int, int]]:
    """Give the texts before the image itself begins, in the part of a fragment that has markers with lengths."""
    while place + 4 <= stop:
        fill, code = MARKER.unpack_from(pixels, place)
        if fill != 0xFF or code == last:  # noqa: PLR2004 - each marker begins so
            return
        end = place + 2 + LENGTH.unpack_from(pixels, place + 2)[0]
        if end > stop:
            return
        if last == TILE and code == COMMENT_2000:
            yield min(place + 4 + REGISTRATION, end), end
        elif last == SCAN and (code == COMMENT or (code in APPLICATION and code not in NEEDED)):
            yield place + 4, end
        place = end
