"""Keeping up what figures of time are counted from, so that whoever asks waits for the last minutes alone."""

import asyncio
import contextlib

import structlog

from collega.adapters.postgres import study_times
from collega.adapters.postgres.store import PostgresStore

EVERY_S = 5.0
# After an upgrade every study is due: between two batches others have their turn.
BREATH_S = 0.2
_log = structlog.get_logger()


async def keep_times(store: PostgresStore, stop: asyncio.Event) -> None:
    """Work off what is due until ``stop`` is set."""
    while not stop.is_set():
        count = 0
        try:
            async with store.transaction() as transaction:
                count = await study_times.refresh(transaction)
        except Exception:  # noqa: BLE001 - the edge of this work: what is due stays due
            _log.exception("times of studies were not worked out")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), BREATH_S if count else EVERY_S)
