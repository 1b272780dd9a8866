"""Reading one object: by its bytes while they come in, or as the file that it has become."""

import struct
from typing import Any
from zoneinfo import ZoneInfo

from collega.formats.dicom_scan import MoreNeededError, OddEncodingError, PixelWalk, Scan, scan
from collega.formats.dicom_scanned import IMPLICIT_LITTLE_ENDIAN, NOT_SCANNED, HeaderReader
from collega.formats.dicom_study import UNREADABLE, PixelDigest, read_header
from collega.model.study import InstanceHeader

LONGEST_HEAD_BYTES = 4 << 20  # what is longer before its pixels is read by pydicom from the file


class ObjectReader:
    """Follows one data set while it comes in, and knows its header and digests at its end.

    Parameters
    ----------
    headers : HeaderReader
        Of the association, which mostly carries series.
    transfer_syntax_uid : str
        Encoding of the data set.
    """

    def __init__(self, headers: HeaderReader, transfer_syntax_uid: str) -> None:
        self._headers = headers
        self._syntax = transfer_syntax_uid
        self._head = bytearray()
        self._next_look = headers.layouts.first_look
        self._is_odd = transfer_syntax_uid in NOT_SCANNED
        self._pixels: PixelWalk | None = None
        self._hash = PixelDigest()
        self._said: dict[str, Any] | None = None

    def feed(self, fragment: memoryview) -> None:
        """Take the next bytes."""
        while self._pixels is None and not self._is_odd and len(fragment):
            # No more than the header: a first fragment is mostly pixels, which would be copied in vain.
            wanted = self._next_look - len(self._head)
            self._head += fragment[:wanted]
            fragment = fragment[wanted:]
            if len(self._head) >= self._next_look:
                self._look()
        if self._pixels is not None:
            self._pixels.feed(fragment)

    def end(self) -> InstanceHeader | None:
        """Give the header; None where another reader must look at the whole."""
        if self._pixels is None and not self._is_odd:
            self._look(is_all=True)
        if self._is_odd or self._said is None or self._pixels is None or not self._pixels.is_whole:
            return None
        return InstanceHeader(**{**self._said, "pixel_digest": self._hash.digest()})

    def _look(self, *, is_all: bool = False) -> None:
        """Find the pixel data; looks come ever more seldom, so that the whole stays linear."""
        self._next_look = 2 * len(self._head)
        head = bytes(self._head)
        try:
            found = self._headers.layouts.scan(head, implicit=self._syntax == IMPLICIT_LITTLE_ENDIAN)
        except MoreNeededError:
            self._is_odd = is_all or len(head) > LONGEST_HEAD_BYTES
            return
        except OddEncodingError:
            self._is_odd = True
            return
        if found.pixels is not None:
            self._begin_pixels(found, head)
        elif is_all:
            self._is_odd = True  # no pixels: small, and mostly no image

    def _begin_pixels(self, found: Scan, head: bytes) -> None:
        if found.pixels is None:
            return
        offset, length = found.pixels
        try:
            self._said = self._headers.read(found, head, self._syntax)
        except UNREADABLE:
            self._said = None  # a value that pydicom cannot make sense of: who reads the whole object says so
        self._pixels = PixelWalk(length, self._hash.update)
        self._pixels.feed(memoryview(head)[offset:])
        self._head.clear()


def read_object(encoded: bytes, zone: ZoneInfo) -> InstanceHeader:
    """Read one object as it stands in a file, to the same result as when it came in.

    Raises
    ------
    QuarantineError
        See `read_header`.
    """
    return _by_scan(encoded, zone) or read_header(encoded, zone)


def _by_scan(encoded: bytes, zone: ZoneInfo) -> InstanceHeader | None:
    """Read a file that begins as `file_prefix` writes it."""
    try:
        (length,) = struct.unpack_from("<I", encoded, 140)
        meta = scan(encoded[132 : 144 + length], implicit=False)
        syntax = meta.elements[0x00020010]
    except (struct.error, MoreNeededError, OddEncodingError, LookupError):
        return None
    uid = encoded[132 + syntax.begin : 132 + syntax.stop].decode("ascii", "replace").strip(" \0")
    reader = ObjectReader(HeaderReader(zone), uid)
    reader.feed(memoryview(encoded)[144 + length :])
    return reader.end()
