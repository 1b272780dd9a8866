"""Answers of many parts (RFC 2046 5.1), read from disk while they are sent."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from fastapi import Response
from fastapi.responses import StreamingResponse

# So much is sent at once, and so much is read, by a thread, while what was read before is sent.
CHUNK_BYTES, AHEAD_BYTES = 1 << 20, 2 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class FilePart:
    """A part that is a file, sent as it is."""

    path: Path
    size: int
    head: bytes


def part_type(kind: str, syntax: str, address: str = "") -> bytes:
    """Write the headers of a part."""
    lines = f"Content-Type: {kind}; transfer-syntax={syntax}\r\n"
    return (lines + (f"Content-Location: {address}\r\n" if address else "")).encode("ascii", "replace")


def boundary() -> str:
    """Make a line that no content holds."""
    return secrets.token_hex(16)


def _opening(mark: str, head: bytes) -> bytes:
    return b"--" + mark.encode() + b"\r\n" + head + b"\r\n"


def _ending(mark: str) -> bytes:
    return f"--{mark}--\r\n".encode()


def content_type(kind: str, mark: str) -> str:
    """Write the type of an answer whose parts are of one kind."""
    return f'multipart/related; type="{kind}"; boundary={mark}'


def of_bytes(parts: Sequence[tuple[bytes, bytes]], kind: str) -> Response:
    """Give a few parts that are here already, each with its headers."""
    mark = boundary()
    body = b"".join(piece for head, content in parts for piece in (_opening(mark, head), content, b"\r\n"))
    return Response(body + _ending(mark), headers={"content-type": content_type(kind, mark)})


def of_files(parts: Sequence[FilePart], kind: str) -> Response:
    """Give files as they are; the length is told, so that an answer that ends early is known for one."""
    mark = boundary()
    length = sum(len(_opening(mark, part.head)) + part.size + 2 for part in parts) + len(_ending(mark))
    return StreamingResponse(
        _read_ahead(_pieces(parts, mark)),
        headers={"content-type": content_type(kind, mark), "content-length": str(length)},
    )


def one_file(part: FilePart, kind: str) -> Response:
    """Give one file without parts around it."""
    return StreamingResponse(_read_ahead(_read(part)), headers={"content-type": kind, "content-length": str(part.size)})


def of_made(parts: Sequence[tuple[bytes, Callable[[], Awaitable[bytes]]]], kind: str) -> Response:
    """Give parts that are made one after another; where one fails the connection ends, without an end of parts."""
    mark = boundary()

    async def stream() -> AsyncIterator[bytes]:
        for head, make in parts:
            content = await make()
            yield _opening(mark, head)
            yield content
            yield b"\r\n"
        yield _ending(mark)

    return StreamingResponse(stream(), headers={"content-type": content_type(kind, mark)})


def _pieces(parts: Sequence[FilePart], mark: str) -> Generator[bytes, None, None]:
    """Read everything; what stands between two files goes together, a file's content is never copied."""
    between = b""
    for part in parts:
        between += _opening(mark, part.head)
        for piece in _read(part):
            yield between
            yield piece
            between = b""
        between += b"\r\n"
    yield between + _ending(mark)


def _read(part: FilePart) -> Generator[bytes, None, None]:
    """Read a file of known size.

    Raises
    ------
    OSError
        It is another size by now.
    """
    with ExitStack() as stack:
        handle = os.open(part.path, os.O_RDONLY | os.O_CLOEXEC)
        stack.callback(os.close, handle)
        left = part.size
        while left:
            piece = os.read(handle, min(left, CHUNK_BYTES))
            if not piece:
                message = "a file is shorter than it was"
                raise OSError(message)
            left -= len(piece)
            yield piece


async def _read_ahead(pieces: Generator[bytes, None, None]) -> AsyncIterator[bytes]:
    """Read the next pieces in a thread while those before are sent; no file is read on the event loop."""

    def next_ones() -> list[bytes]:
        taken, size = [], 0
        while size < AHEAD_BYTES and (piece := next(pieces, None)) is not None:
            taken.append(piece)
            size += len(piece)
        return taken

    coming = asyncio.ensure_future(asyncio.to_thread(next_ones))
    try:
        while taken := await coming:
            coming = asyncio.ensure_future(asyncio.to_thread(next_ones))
            for piece in taken:
                if piece:
                    yield piece
    finally:
        await asyncio.gather(coming, return_exceptions=True)
        pieces.close()
