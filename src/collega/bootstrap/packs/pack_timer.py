"""Packs whose time has come are prepared by themselves; nothing of them leaves by itself."""

import asyncio
import contextlib

import structlog

from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.packs.packing import PackDesk
from collega.bootstrap.site import live_catalogue
from collega.config import Settings
from collega.errors import InputError

EVERY_S = 600.0
_log = structlog.get_logger()


async def keep_packs(settings: Settings, store: PostgresStore, stop: asyncio.Event) -> None:
    """Look now and then until ``stop`` is set."""
    desk = PackDesk(store=store, settings=settings, catalogue=live_catalogue(settings))
    while not stop.is_set():
        try:
            for pack in await desk.prepare_due():
                _log.info("feedback pack prepared", vendor=pack.vendor, number=pack.number, cases=len(pack.cases))
        except InputError:
            _log.info("feedback packs are being prepared elsewhere")
        except Exception:  # noqa: BLE001 - the edge of this work: what is new stays new
            _log.exception("feedback packs were not prepared")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_S)
