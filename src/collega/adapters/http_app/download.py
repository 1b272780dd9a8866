"""An answer's content goes to a file while it comes in, and no further than its limit."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from collega.adapters.http_app.ending import EndedError, broken
from collega.adapters.http_app.exchange import Head
from collega.model.job import AttemptOutcome

PIECE = 1 << 20
GZIP = 31  # zlib's window for the format of RFC 1952


async def download(head: Head, content: AsyncIterator[bytes], file: Path, most_mb: int) -> None:
    """Write the content of an answer to ``file``; ``most_mb`` mebibytes at most, unpacked.

    Raises
    ------
    EndedError
        It is larger, or is packed in a way that was not asked for, or its packing is broken.
    """
    most = most_mb << 20
    told = head.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise _too_much(most_mb)
    unpack = _unpacker(head.headers.get("content-encoding", "identity"))
    size, held = 0, bytearray()
    with file.open("wb") as out:
        async for packed in content:
            for piece in unpack.pieces(packed):
                size += len(piece)
                if size > most:
                    raise _too_much(most_mb)
                held += piece
                if len(held) >= PIECE:
                    await asyncio.to_thread(out.write, held)
                    held = bytearray()
        await asyncio.to_thread(out.write, held)
    unpack.end()


async def beginning(content: AsyncIterator[bytes], most: int) -> bytes:
    """Read the first bytes of an answer that is not kept."""
    held = b""
    async for piece in content:
        held += piece
        if len(held) >= most:
            break
    return held[:most]


class _Plain:
    def pieces(self, packed: bytes) -> Iterator[bytes]:
        yield packed

    def end(self) -> None:
        """Nothing can be missing."""


class _Gzip:
    """Unpacks in pieces: a bomb reaches the limit of the answer before it reaches that of the memory."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(GZIP)

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        try:
            while packed:
                yield self._inner.decompress(packed, PIECE)
                packed = self._inner.unconsumed_tail
        except zlib.error:
            text = "it calls its answer gzip, which it is not"
            raise broken(text) from None

    def end(self) -> None:
        if not self._inner.eof:
            text = "its answer ends in the middle of the gzip stream"
            raise broken(text)


def _unpacker(encoding: str) -> _Plain | _Gzip:
    kinds: dict[str, type[_Plain | _Gzip]] = {"identity": _Plain, "": _Plain, "gzip": _Gzip, "x-gzip": _Gzip}
    kind = kinds.get(encoding.strip().lower())
    if kind is None:
        text = "it packs its answer in a way that was not asked for (Content-Encoding)"
        raise broken(text)
    return kind()


def _too_much(most_mb: int) -> EndedError:
    return EndedError(AttemptOutcome.TOO_MUCH_OUTPUT, f"its answer is larger than {most_mb} MiB (run.output_mb)")
