"""The port on which RIS and EHR send their messages."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Sequence

import structlog

from collega.adapters.mllp.framing import MOST_BYTES, framed, read_block
from collega.errors import PeerError

AT_ONCE = 64
_log = structlog.get_logger()


class MllpServer:
    """Takes messages and answers them; those of several connections are committed together.

    Parameters
    ----------
    take : callable
        Keeps messages and gives their answers; raises where nothing was kept.
    """

    def __init__(self, take: Callable[[Sequence[bytes], str], Awaitable[Sequence[bytes]]]) -> None:
        self._take = take
        self._waiting: asyncio.Queue[tuple[bytes, str, asyncio.Future[bytes]]] = asyncio.Queue()
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, host: str, port: int, stop: asyncio.Event, tls: ssl.SSLContext | None = None) -> None:
        """Listen until ``stop`` is set."""
        server = await asyncio.start_server(self._converse, host, port, limit=MOST_BYTES, ssl=tls)
        committing = asyncio.create_task(self._commit())
        try:
            await stop.wait()
        finally:
            server.close()
            for task in self._connections:
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)
            committing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await committing

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        address = str((writer.get_extra_info("peername") or ("?",))[0])
        try:
            while (message := await read_block(reader)) is not None:
                answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
                self._waiting.put_nowait((message, address, answer))
                writer.write(framed(await answer))
                await writer.drain()
        except (PeerError, ConnectionError) as error:
            _log.warning("a connection for messages has ended", why=str(error), address=address)
        finally:
            writer.close()

    async def _commit(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < AT_ONCE and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            for source in sorted({item[1] for item in batch}):
                part = [item for item in batch if item[1] == source]
                try:
                    answers = await self._take([item[0] for item in part], source)
                except Exception as error:  # noqa: BLE001 - no answer: the sender tries again, and nothing is lost
                    _log.exception("messages were not kept")
                    for _, _, waiting in part:
                        waiting.set_exception(PeerError(f"not kept: {type(error).__name__}"))
                    continue
                for (_, _, waiting), answer in zip(part, answers, strict=True):
                    if not waiting.done():
                        waiting.set_result(answer)
