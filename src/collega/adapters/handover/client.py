"""The web role's end, on its event loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from collega.adapters.handover.framing import HEADER, MOST_BYTES, Kind, begin, frame, read_answer, short_path
from collega.errors import TransientError
from collega.model.transfer import Answer, Transfer

AWAY = "the receiver does not take objects now; send them again later"
# A receiver that is waiting for its database has so long.
ANSWER_SECONDS = 120.0


class Line:
    """Objects of one request, one after another.

    Raises
    ------
    TransientError
        By every method: the receiver is not there, or has gone.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def begin(self, transfer: Transfer) -> None:
        """Announce an object."""
        await self._send(begin(transfer))

    async def write(self, content: bytes | memoryview) -> None:
        """Hand over the next bytes of its data set."""
        for start in range(0, len(content), MOST_BYTES):
            await self._send(frame(Kind.DATA, bytes(content[start : start + MOST_BYTES])))

    async def end(self) -> Answer:
        """End an object; its answer comes when it is durable, or refused."""
        await self._send(frame(Kind.END))
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                _, length = HEADER.unpack(await self._reader.readexactly(HEADER.size))
                return read_answer(await self._reader.readexactly(length))
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise TransientError(AWAY) from error

    async def drop(self) -> None:
        """Let go of an object that has no end."""
        await self._send(frame(Kind.DROP))

    async def release(self) -> None:
        """Say that there is no more to come."""
        await self._send(frame(Kind.RELEASE))

    async def _send(self, content: bytes) -> None:
        try:
            self._writer.write(content)
            await self._writer.drain()
        except OSError as error:
            raise TransientError(AWAY) from error


@contextlib.asynccontextmanager
async def handed_over(data: Path) -> AsyncIterator[Line]:
    """Open a line to the receiver for the block."""
    try:
        with short_path(data) as path:
            reader, writer = await asyncio.open_unix_connection(path)
    except OSError as error:
        raise TransientError(AWAY) from error
    try:
        yield Line(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
