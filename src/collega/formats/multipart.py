"""Bodies of several parts (RFC 2046 5.1), as form-data (RFC 7578) or of any other kind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from mmap import mmap

MOST_PARTS = 5000
MOST_HEADER_BYTES = 16384
LONGEST_BOUNDARY = 70  # RFC 2046 5.1.1
# What may follow a delimiter: the end, or white space and a new line.
AFTER_DELIMITER = re.compile(rb"(--)|[ \t]*\r\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One part: ``name`` and ``filename`` as it calls itself; its content is ``body[start:end]``."""

    content_type: str
    name: str
    filename: str
    start: int
    end: int


def media_type(written: str) -> tuple[str, Mapping[str, str]]:
    """Read a Content-Type: its kind in lower case, and its parameters."""
    message = Message()
    message["Content-Type"] = written
    parameters = {name.lower(): value for name, value in message.get_params([])[1:]}
    return message.get_content_type() if written else "", parameters


def part_head(boundary: str, name: str, content_type: str, filename: str = "") -> bytes:
    """Write what stands before the content of a part of a form; all words are of ASCII, without quotes."""
    named = f'; filename="{filename}"' if filename else ""
    return (
        f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    ).encode("ascii")


def closing(boundary: str) -> bytes:
    """Write what stands after the last part."""
    return f"\r\n--{boundary}--\r\n".encode("ascii")


def split(body: bytes | mmap, boundary: str) -> list[Part]:
    """Find the parts of a body.

    Raises
    ------
    ValueError
        It is not built so; the text says how.
    """
    if not 0 < len(boundary) <= LONGEST_BOUNDARY:
        message = "its parts have no boundary, or one that is too long"
        raise ValueError(message)
    delimiter = b"--" + boundary.encode("latin-1", "replace")
    here = _delimiter(body, delimiter, 0)
    parts: list[Part] = []
    while not here.is_last:
        start, headers = _headers(body, here.end)
        here = _delimiter(body, delimiter, start - len(b"\r\n"))
        parts.append(_part(headers, start, max(start, here.start)))
        if len(parts) > MOST_PARTS:
            message = f"it has more than {MOST_PARTS} parts"
            raise ValueError(message)
    return parts


@dataclass(frozen=True, kw_only=True, slots=True)
class _Delimiter:
    start: int
    end: int
    is_last: bool


def _delimiter(body: bytes | mmap, delimiter: bytes, at: int) -> _Delimiter:
    """Find the next delimiter that begins a line; one that goes on in another way is content."""
    while (found := body.find(delimiter, at)) >= 0:
        after = AFTER_DELIMITER.match(body, found + len(delimiter))
        begins_line = found == 0 or body[found - 2 : found] == b"\r\n"
        if after and begins_line:
            return _Delimiter(start=max(0, found - 2), end=after.end(), is_last=bool(after[1]))
        at = found + 1
    message = "it ends in the middle of a part"
    raise ValueError(message)


def _headers(body: bytes | mmap, at: int) -> tuple[int, bytes]:
    """Read the headers of a part; returns where its content starts."""
    if body[at : at + 2] == b"\r\n":
        return at + 2, b""
    end = body.find(b"\r\n\r\n", at, at + MOST_HEADER_BYTES)
    if end < 0:
        message = "a part has headers without end"
        raise ValueError(message)
    return end + 4, body[at:end]


def _part(headers: bytes, start: int, end: int) -> Part:
    message = Message()
    for line in re.sub(rb"\r\n[ \t]+", b" ", headers).split(b"\r\n"):
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if colon:
            message[name.strip()] = value.strip()
    return Part(
        content_type=message.get_content_type() if "Content-Type" in message else "",
        name=str(message.get_param("name", "", "Content-Disposition")),
        filename=str(message.get_filename("")),
        start=start,
        end=end,
    )
