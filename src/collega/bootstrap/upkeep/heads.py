"""Writing the head of the audit chain beside the database, now and then."""

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path

import structlog

from collega.adapters.files.heads import add_head, last_head
from collega.adapters.postgres.store import PostgresStore

_log = structlog.get_logger()


class HeadKeeper:
    """Keeps heads in the data folder, and speaks up where the chain no longer holds the last of them."""

    def __init__(self, store: PostgresStore, data: Path, every_s: float) -> None:
        self._store, self._data, self._every_s = store, data, every_s

    async def keep(self, stop: asyncio.Event) -> None:
        """Write until ``stop`` is set, and once more then."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._every_s)
            try:
                await self.write()
            except Exception:  # noqa: BLE001 - the edge of this work: a worker goes on without it
                _log.exception("the head of the audit record was not written")

    async def write(self) -> bool:
        """Write the present head where it is a new one; whether the chain holds the last that was written."""
        last = last_head(self._data)
        async with self._store.transaction() as transaction:
            head = await transaction.audit_head()
            known = await transaction.audit_hash(last.number) if last else None
        if last is not None and known != last.hash:
            _log.error("the audit record is not what it was: run `collega audit verify`", line=last.number)
            return False
        if head is not None:
            add_head(self._data, head, datetime.now(UTC))
        return True
