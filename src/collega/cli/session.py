"""What commands share: the same database as the server, for one transaction or for longer."""

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from collega.bootstrap.site import Asked, OpenStore, database, opened_store
from collega.config import Settings
from collega.model.audit import Asker

T = TypeVar("T")


def asker() -> Asker:
    """Tell whose account this command runs under, for the audit record."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as a container may have
        name = f"uid {os.getuid()}"
    return Asker(actor=name, source="command line")


def in_transaction(settings: Settings, ask: Callable[[Asked], Awaitable[T]]) -> T:
    """Run ``ask`` in one transaction, starting the embedded database where it is down."""

    async def run(store: OpenStore) -> T:
        async with store.transaction() as transaction:
            return await ask(transaction)

    return with_store(settings, run)


def with_store(settings: Settings, do: Callable[[OpenStore], Awaitable[T]]) -> T:
    """Run ``do`` with the store, starting the embedded database where it is down."""

    async def run(url: str) -> T:
        async with opened_store(settings, url, asker) as store:
            return await do(store)

    # A site's own server is migrated by its receiver alone; the embedded one may be started here for the first time.
    with database(settings, migrates=not settings.database.url, patience_s=2.0) as url:
        return asyncio.run(run(url))
