"""Messages to RIS, PACS and EHR: one connection, one message at a time, each waiting for its answer."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from collega.adapters.mllp.framing import framed, read_block
from collega.errors import PeerError

CLOSE_SECONDS = 1.0
MOST_BYTES = 1 << 20  # an acknowledgement takes a thousandth of it


@dataclass(frozen=True, kw_only=True, slots=True)
class MllpAddress:
    """Where a destination listens; ``timeout_s``: so long a connection and an answer are waited for."""

    host: str
    port: int
    timeout_s: float
    tls: ssl.SSLContext | None = None


class MllpSender:
    """See `collega.ports.peers.MessageSink`."""

    def __init__(self, addresses: Mapping[str, MllpAddress]) -> None:
        self._addresses = addresses

    @contextlib.asynccontextmanager
    async def connected(self, destination: str) -> AsyncIterator[Callable[[bytes], Awaitable[bytes]]]:
        """Connect for the block; `PeerError` where there is no connection or no answer."""
        address = self._addresses[destination]
        reader, writer = await _connect(address)

        async def exchange(message: bytes) -> bytes:
            try:
                async with asyncio.timeout(address.timeout_s):
                    writer.write(framed(message))
                    await writer.drain()
                    answer = await read_block(
                        reader, most_bytes=MOST_BYTES, seconds=address.timeout_s, idle_seconds=address.timeout_s
                    )
            except TimeoutError:
                text = f"no answer within {address.timeout_s:g} s"
                raise PeerError(text) from None
            except OSError as error:
                text = f"the connection broke: {type(error).__name__}"
                raise PeerError(text) from None
            if answer is None:
                text = "it hung up without an answer"
                raise PeerError(text)
            return answer

        try:
            yield exchange
        finally:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await writer.wait_closed()


async def _connect(address: MllpAddress) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    where = f"{address.host}:{address.port}"
    try:
        async with asyncio.timeout(address.timeout_s):
            return await asyncio.open_connection(
                address.host,
                address.port,
                limit=MOST_BYTES,
                ssl=address.tls,
                server_hostname=address.host if address.tls else None,
            )
    except TimeoutError:
        text = f"{where}: no connection within {address.timeout_s:g} s"
        raise PeerError(text) from None
    except ssl.SSLError as error:
        text = f"{where}: TLS failed: {error.reason or type(error).__name__}"
        raise PeerError(text) from None
    except OSError as error:
        text = f"{where}: {error.strerror or type(error).__name__}"
        raise PeerError(text) from None
