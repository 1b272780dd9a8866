"""The parts of a body that is still coming in (RFC 2046 5.1): as much as is here, and never the whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from collega.formats.multipart import AFTER_DELIMITER, MOST_HEADER_BYTES


class _At(Enum):
    PREAMBLE = auto()
    HEADERS = auto()
    CONTENT = auto()
    END = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class PartBegins:
    """The headers of a part."""

    headers: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class PartEnds:
    """The end of a part."""


# RFC 2046 5.1.1 allows 70, Orthanc writes 73.
LONGEST_BOUNDARY = 200
LONGEST_PADDING = 64  # white space after a delimiter
Piece = PartBegins | bytes | PartEnds


class PartStream:
    """Finds parts in a body that is fed to it piece by piece.

    Parameters
    ----------
    boundary : str

    Raises
    ------
    ValueError
        The boundary is none.
    """

    def __init__(self, boundary: str) -> None:
        if not 0 < len(boundary) <= LONGEST_BOUNDARY:
            message = "its parts have no boundary, or one that is too long"
            raise ValueError(message)
        self._delimiter = b"\r\n--" + boundary.encode("latin-1", "replace")
        self._buffer = bytearray(b"\r\n")  # a delimiter may be the very first line
        self._at = _At.PREAMBLE
        self._skip = 0

    def feed(self, content: bytes) -> Iterator[Piece]:
        """Take the next bytes; gives what is known by them.

        Raises
        ------
        ValueError
            It is not built so; the text says how.
        """
        self._buffer += content
        is_going_on = True
        while is_going_on:
            if self._at is _At.HEADERS:
                headers = self._headers()
                is_going_on = headers is not None
                if headers is not None:
                    yield PartBegins(headers=headers)
            elif self._at is _At.END:
                self._buffer.clear()
                return
            else:
                was_content = self._at is _At.CONTENT
                piece, is_going_on = self._to_delimiter()
                if was_content and piece:
                    yield piece
                if was_content and is_going_on:
                    yield PartEnds()

    def finish(self) -> None:
        """Take the end of the body.

        Raises
        ------
        ValueError
            It ends before its last part does.
        """
        if self._at is not _At.END:
            message = "it ends in the middle of a part"
            raise ValueError(message)

    def _to_delimiter(self) -> tuple[bytes, bool]:
        """Give what surely stands before the next delimiter, and whether that is here."""
        start = 0
        while (found := self._buffer.find(self._delimiter, start)) >= 0:
            end = found + len(self._delimiter)
            after = AFTER_DELIMITER.match(self._buffer, end)
            if after is not None:
                self._at = _At.END if after[1] else _At.HEADERS
                return self._take(found, after.end()), True
            if len(self._buffer) - end < LONGEST_PADDING and not self._buffer[end:].strip(b" \t\r-"):
                return self._take(found, found), False  # what follows is still to come
            start = found + 1
        kept = max(0, len(self._buffer) - len(self._delimiter) + 1)
        return self._take(kept, kept), False

    def _take(self, until: int, rest: int) -> bytes:
        taken = bytes(memoryview(self._buffer)[self._skip : until])
        self._skip = max(0, self._skip - until)
        del self._buffer[:rest]
        return taken

    def _headers(self) -> bytes | None:
        """Read the headers of a part; None where they are not all here."""
        if self._buffer.startswith(b"\r\n"):
            end = 0
        else:
            end = self._buffer.find(b"\r\n\r\n", 0, MOST_HEADER_BYTES + 4)
            if end < 0 and len(self._buffer) > MOST_HEADER_BYTES:
                message = "a part has headers without end"
                raise ValueError(message)
            if end < 0 or len(self._buffer) < len(b"\r\n"):
                return None
        headers = bytes(self._buffer[:end])
        # The line's end before the content may be that of the delimiter, where the part is empty.
        del self._buffer[: end + 2 if headers else 0]
        self._skip = 2
        self._at = _At.CONTENT
        return headers
