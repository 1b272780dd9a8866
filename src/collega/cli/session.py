"""What commands share: a transaction on the same database as the server."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from collega.bootstrap.site import Asked, database, opened_store
from collega.config import Settings

T = TypeVar("T")


def in_transaction(settings: Settings, ask: Callable[[Asked], Awaitable[T]]) -> T:
    """Run ``ask`` in one transaction, starting the embedded database where it is down."""

    async def run(url: str) -> T:
        async with opened_store(settings, url) as store, store.transaction() as transaction:
            return await ask(transaction)

    # A site's own server is migrated by its receiver alone; the embedded one may be started here for the first time.
    with database(settings, migrates=not settings.database.url, patience_s=2.0) as url:
        return asyncio.run(run(url))
