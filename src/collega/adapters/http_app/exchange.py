"""One question and its answer over a connection of its own (RFC 9112)."""

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import h11

from collega.adapters.http_app.address import Address
from collega.adapters.http_app.ending import broken, refused, why_no_tls
from collega.errors import PeerError

CONNECT_SECONDS = 10.0
MOST_HEADER_BYTES = 32768
MOST_INTERIM_ANSWERS = 10
CHUNK = 65536
LISTEN_SECONDS = 1.0
HEADERS_TOO_LONG = 431


class Body(Protocol):
    """What is sent: its kind, its length in bytes, and its pieces."""

    content_type: str
    length: int

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the pieces, one after the other."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """Status and headers of an answer; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]


class Exchange:
    """Asks once; the answer's content is read as it comes, and the connection is closed with the block."""

    def __init__(self, address: Address, tls: ssl.SSLContext | None) -> None:
        self._address = address
        self._tls = tls
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEADER_BYTES)
        self._is_answered = False

    async def __aenter__(self) -> Self:
        """Connect; `PeerError` where nobody is there, refused where there is no agreement on TLS."""
        where = self._address
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._reader, self._writer = await asyncio.open_connection(where.host, where.port, ssl=self._tls)
        except ssl.SSLError as error:
            raise refused(why_no_tls(error)) from None
        except TimeoutError:
            message = f"{where.authority} does not answer within {CONNECT_SECONDS:g} s"
            raise PeerError(message) from None
        except OSError as error:
            message = f"{where.authority} cannot be reached: {_why(error)}"
            raise PeerError(message) from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up at once: what the service still has to say is of no use."""
        self._writer.transport.abort()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    @property
    def tls_version(self) -> str:
        """Version of TLS that was agreed on, empty where there is none."""
        spoken = self._writer.get_extra_info("ssl_object")
        return spoken.version() if spoken is not None else ""

    @property
    def peer_certificate(self) -> bytes:
        """The service's certificate in DER form, empty where it has none."""
        spoken = self._writer.get_extra_info("ssl_object")
        return (spoken.getpeercert(binary_form=True) or b"") if spoken is not None else b""

    async def ask(self, method: str, headers: Mapping[str, str], body: Body | None = None) -> Head:
        """Send a question, and return the head of its answer; a service may answer before it has read all."""
        sending = asyncio.create_task(self._send(method, headers, body))
        reading = asyncio.create_task(self._head())
        try:
            await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                await sending  # a file of ours that cannot be read is known here
            return await reading
        finally:
            for task in (sending, reading):
                task.cancel()
            await asyncio.gather(sending, reading, return_exceptions=True)

    async def content(self) -> AsyncIterator[bytes]:
        """Give the answer's content piece by piece."""
        while not isinstance(event := await self._event(), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                yield bytes(event.data)

    async def _send(self, method: str, headers: Mapping[str, str], body: Body | None) -> None:
        lines = [("Host", self._address.authority), ("Connection", "close"), ("Accept-Encoding", "identity")]
        lines += headers.items()
        if body is not None:
            lines += [("Content-Type", body.content_type), ("Content-Length", str(body.length))]
        try:
            await self._write(h11.Request(method=method, target=self._address.path, headers=lines))
            if body is not None:
                async for piece in body:
                    await self._write(h11.Data(data=piece))
            await self._write(h11.EndOfMessage())
        except (ConnectionError, ssl.SSLError):
            return  # whether it has answered nevertheless, the reader finds

    async def _write(self, event: h11.Event) -> None:
        self._writer.write(self._state.send(event) or b"")
        await self._writer.drain()

    async def _listen(self) -> None:
        """Connect once more and say nothing: what TLS says after the handshake is lost where a question crosses it.

        A service of TLS 1.3 judges our certificate when we take the handshake for done (RFC 8446 section 4.4.2.4),
        and closes on what we have sent meanwhile; the break then comes before its reason.
        """
        if self._tls is None:
            return
        try:
            async with Exchange(self._address, self._tls) as other, asyncio.timeout(LISTEN_SECONDS):
                await other._reader.read(1)
        except ssl.SSLError as error:
            raise refused(why_no_tls(error)) from None
        except (PeerError, OSError):
            return  # it has no reason to give

    async def _head(self) -> Head:
        for _ in range(MOST_INTERIM_ANSWERS):
            event = await self._event()
            if isinstance(event, h11.Response):
                headers = {name.decode(): value.decode("latin-1") for name, value in event.headers}
                return Head(status=event.status_code, headers=headers)
        text = "it gives interim answers without end"
        raise broken(text)

    async def _event(self) -> h11.Event:
        is_closed = False
        while True:
            try:
                event = self._state.next_event()
                if isinstance(event, h11.Event):
                    return _of_answer(event)
                data = await self._reader.read(CHUNK)
                is_closed = not data
                self._is_answered = self._is_answered or not is_closed
                self._state.receive_data(data)
            except h11.RemoteProtocolError as error:
                raise broken(_what_is_wrong(error, is_closed=is_closed)) from None
            except ssl.SSLError as error:
                raise refused(why_no_tls(error)) from None
            except OSError:
                if not self._is_answered:
                    await self._listen()
                text = "it breaks the connection before its answer is whole"
                raise broken(text) from None


def _why(error: OSError) -> str:
    """Give the system's own words; asyncio puts the address in their place."""
    if isinstance(error, socket.gaierror):
        return error.strerror or "no such host"
    return os.strerror(error.errno) if error.errno else "no connection at any of its addresses"


def _of_answer(event: h11.Event) -> h11.Event:
    if not isinstance(event, h11.ConnectionClosed):
        return event
    text = "it closes the connection before its answer is whole"
    raise broken(text)


def _what_is_wrong(error: h11.RemoteProtocolError, *, is_closed: bool) -> str:
    """Name the fault in our own words: those of the parser repeat what was sent."""
    if error.error_status_hint == HEADERS_TOO_LONG:
        return f"its headers are longer than {MOST_HEADER_BYTES >> 10} KiB"
    if is_closed:
        return "it closes the connection before its answer is whole"
    return "what it answers is no HTTP/1.1"
