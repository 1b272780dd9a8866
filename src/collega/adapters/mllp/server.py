"""The port on which RIS and EHR send their messages."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

import structlog

from collega.adapters.mllp.framing import framed, read_block
from collega.errors import PeerError
from collega.model.caller import Network, is_among

AT_ONCE = 128
GATHER_SECONDS = 0.002
HANDSHAKE_SECONDS = 10.0
STOP_SECONDS = 5.0  # what is being kept when it stops is answered within so long
_log = structlog.get_logger()
Waiting: TypeAlias = tuple[bytes, str, asyncio.Future[bytes]]  # a message, its sender, its answer
Take = Callable[[Sequence[tuple[bytes, str]]], Awaitable[Sequence[bytes]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class MllpRules:
    """Who may connect, and how much one may ask; no ``networks``: everybody."""

    networks: tuple[Network, ...] = ()
    most_bytes: int = 16 << 20
    most_connections: int = 50
    message_seconds: float = 60.0
    idle_seconds: float = 3600.0
    tls: ssl.SSLContext | None = None
    why_no_tls: Callable[[OSError], str] = field(default=str)


class MllpServer:
    """Takes messages and answers them; those of several connections are committed together.

    Parameters
    ----------
    take : callable
        Keeps messages, each with the address that sent it, and gives their answers; raises where nothing was kept.
    """

    def __init__(self, take: Take, rules: MllpRules) -> None:
        self._take = take
        self._rules = rules
        self._waiting: asyncio.Queue[Waiting] = asyncio.Queue()
        self._connections: set[asyncio.Task[None]] = set()
        self._answering: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def serve(self, host: str, port: int, stop: asyncio.Event) -> None:
        """Listen until ``stop`` is set; a message that is being kept then is still answered."""
        server = await asyncio.start_server(self._connected, host, port, limit=self._rules.most_bytes)
        committing = asyncio.create_task(self._commit())
        stopping = asyncio.create_task(stop.wait())
        try:
            # A loop that ended would leave every sender waiting: the process ends with it, and is started again.
            await asyncio.wait({stopping, committing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            server.close()
            await self._hang_up(committing)
            for task in (committing, stopping):
                task.cancel()
            ended = await asyncio.gather(committing, return_exceptions=True)
        if isinstance(ended[0], Exception):
            raise ended[0]

    async def _hang_up(self, committing: asyncio.Task[None]) -> None:
        """End all connections: at once where nothing is being kept, else after the answer."""
        self._stopping = True
        open_ones, answering = set(self._connections), set(self._answering)
        for task in open_ones - answering:
            task.cancel()
        if answering and not committing.done():
            await asyncio.wait(answering, timeout=STOP_SECONDS)
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = str((writer.get_extra_info("peername") or ("?",))[0])
        why = "collega is stopping" if self._stopping else self._refusal(address)
        if why:
            _log.warning("a connection for messages is refused", address=address, why=why)
            writer.close()
            return
        # A task of ours: of one that asyncio makes of a coroutine, it logs the end by cancelling as an error.
        task = asyncio.create_task(self._serve(reader, writer, address))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str) -> None:
        try:
            await self._secure(writer)
            await self._converse(reader, writer, address)
        except (PeerError, OSError) as error:
            _log.warning("a connection for messages has ended", address=address, why=_words(error))
        finally:
            writer.close()

    def _refusal(self, address: str) -> str:
        if self._rules.networks and not is_among(self._rules.networks, address):
            return "its address is not in hl7.peers"
        if len(self._connections) >= self._rules.most_connections:
            return f"{self._rules.most_connections} connections are open (hl7.max_connections)"
        return ""

    async def _secure(self, writer: asyncio.StreamWriter) -> None:
        if self._rules.tls is None:
            return
        try:
            await writer.start_tls(self._rules.tls, ssl_handshake_timeout=HANDSHAKE_SECONDS)
        except OSError as error:
            raise PeerError(self._rules.why_no_tls(error)) from None

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str) -> None:
        rules = self._rules
        while True:
            message = await read_block(
                reader, most_bytes=rules.most_bytes, seconds=rules.message_seconds, idle_seconds=rules.idle_seconds
            )
            if message is None:
                return
            answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            with self._being_answered():
                self._waiting.put_nowait((message, address, answer))
                writer.write(framed(await answer))
                async with asyncio.timeout(rules.message_seconds):
                    await writer.drain()
            if self._stopping:
                return

    @contextlib.contextmanager
    def _being_answered(self) -> Iterator[None]:
        """Mark a connection whose message is being kept: it is not ended before the answer."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._answering.add(task)
        try:
            yield
        finally:
            self._answering.discard(task)

    async def _commit(self) -> None:
        last = 0
        while True:
            batch = await self._gathered(last)
            last = len(batch)
            if not await self._keep(batch):
                for one in batch:  # one that cannot be kept must not take the others with it
                    if len(batch) == 1 or not await self._keep([one]):
                        _answer(one[2], PeerError("the message could not be kept: it must be sent again"))

    async def _gathered(self, last: int) -> Sequence[Waiting]:
        """Take what waits; senders that were answered together are waited for a moment, for they send again together.

        A commit costs the same for one message as for ten.
        """
        batch = [await self._waiting.get()]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHER_SECONDS):
                while len(batch) < last:
                    batch.append(await self._waiting.get())
        while len(batch) < AT_ONCE and not self._waiting.empty():
            batch.append(self._waiting.get_nowait())
        return batch

    async def _keep(self, batch: Sequence[Waiting]) -> bool:
        try:
            answers = await self._take([(message, address) for message, address, _ in batch])
        except Exception as error:  # noqa: BLE001 - no answer: the sender tries again, and nothing is lost
            _log.error("messages were not kept", messages=len(batch), why=type(error).__name__)
            return False
        for (_, _, waiting), answer in zip(batch, answers, strict=True):
            _answer(waiting, answer)
        return True


def _answer(waiting: asyncio.Future[bytes], answer: bytes | Exception) -> None:
    if waiting.done():  # its sender has hung up
        return
    if isinstance(answer, Exception):
        waiting.set_exception(answer)
    else:
        waiting.set_result(answer)


def _words(error: PeerError | OSError) -> str:
    if isinstance(error, TimeoutError):
        return "it does not read its answers"
    return str(error) or type(error).__name__
