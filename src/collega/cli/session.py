"""What commands share: the same database as the server, for one transaction or for longer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from collega.bootstrap.asker import command_line
from collega.bootstrap.site import Asked, OpenStore, database, opened_store
from collega.config import Settings
from collega.model.audit import AuditEntry
from collega.model.ids import storage_key

T = TypeVar("T")


def in_transaction(
    settings: Settings,
    ask: Callable[[Asked], Awaitable[T]],
    logged: Callable[[T], AuditEntry | Sequence[AuditEntry]] | None = None,
) -> T:
    """Run ``ask`` in one transaction, starting the embedded database where it is down.

    ``logged`` says what the audit record is told of an answer.
    """

    async def run(store: OpenStore) -> T:
        async with store.transaction() as transaction:
            answer = await ask(transaction)
            if logged is not None:
                entries = logged(answer)
                for entry in [entries] if isinstance(entries, AuditEntry) else entries:
                    await transaction.add_audit(entry)
            return answer

    return with_store(settings, run)


def study_viewed(study_instance_uid: str, records: Sequence[str]) -> list[AuditEntry]:
    """Log that a study was shown, and with it records of it."""
    key = storage_key(study_instance_uid)
    return [AuditEntry(event=event, study_key=key) for event in ("study viewed", *records)]


def keys_of(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Give the keys of the studies that rows name, each once, for the audit record."""
    return tuple(dict.fromkeys(storage_key(row["study_instance_uid"]) for row in rows))


def with_store(settings: Settings, do: Callable[[OpenStore], Awaitable[T]]) -> T:
    """Run ``do`` with the store, starting the embedded database where it is down."""

    async def run(url: str) -> T:
        async with opened_store(settings, url, command_line) as store:
            return await do(store)

    # A site's own server is migrated by its receiver alone; the embedded one may be started here for the first time.
    with database(settings, migrates=not settings.database.url, patience_s=2.0) as url:
        return asyncio.run(run(url))
