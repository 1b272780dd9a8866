"""Hearing of every recorded event on one connection."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import psycopg

CHANNEL = "collega_event"
LOOK_SECONDS = 2.0


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[AsyncIterator[tuple[int, str] | None]]:
    """Listen for the block.

    Yields
    ------
    async iterator
        Of (event key, study key) as they are committed, and of None at least every two seconds
        while the connection is known to be alive. It fails once the connection is lost.
    """
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    async with connection:
        await connection.execute(f"LISTEN {CHANNEL}".encode())
        # Closed before the connection is: a generator that is left in its middle holds the lock of it.
        async with aclosing(_heard(connection)) as heard:
            yield heard


async def _heard(connection: psycopg.AsyncConnection) -> AsyncGenerator[tuple[int, str] | None, None]:
    while True:
        async for notice in connection.notifies(timeout=LOOK_SECONDS):
            number, _, study_key = notice.payload.partition(" ")
            yield int(number), study_key
        await connection.execute("SELECT 1")
        yield None
