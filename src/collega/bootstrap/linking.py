"""The process that talks with RIS and EHR."""

import asyncio
import contextlib

import structlog

from collega.adapters.mllp.server import MllpServer
from collega.bootstrap.site import SystemClock, opened_store, policy
from collega.config import Settings
from collega.formats.hl7.dialect import Dialect
from collega.link.apply import Applier
from collega.link.inbox import Inbox

POLL_SECONDS = 0.2
_log = structlog.get_logger()


async def link(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Take messages until ``stop`` is set."""
    async with opened_store(settings, url) as store:
        clock, zone, dialect = SystemClock(), policy(settings).zone, Dialect()
        inbox, applier = Inbox(store, clock, zone, dialect), Applier(store, clock, zone, dialect)
        applying = asyncio.create_task(_apply(applier))
        try:
            await MllpServer(inbox.take).serve(settings.hl7.host, settings.hl7.port, stop)
        finally:
            applying.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await applying


async def _apply(applier: Applier) -> None:
    while True:
        if not await applier.apply_waiting():
            await asyncio.sleep(POLL_SECONDS)
