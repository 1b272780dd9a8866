"""The process that talks with RIS and EHR."""

import asyncio
import contextlib
import time
from datetime import UTC, datetime
from functools import partial
from ssl import SSLContext

from collega.adapters.dimse.tls import TlsFiles, tls_context, why_no_tls
from collega.adapters.mllp.server import MllpRules, MllpServer
from collega.adapters.postgres.outages import LINKS_LOCK
from collega.bootstrap.site import OpenStore, SystemClock, opened_store, policy
from collega.config import Settings
from collega.config.links import Hl7
from collega.formats.hl7.dialect_file import read_dialects
from collega.link.apply import Applier
from collega.link.inbox import Inbox
from collega.model.caller import network

# How long a study that came waits at most for what was said of it, where the receiver could not look.
POLL_SECONDS = 0.2
LOCK_SECONDS = 0.5
MOST_GATHERED = 0.5


async def link(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Take messages, and act upon them, until ``stop`` is set."""
    async with opened_store(settings, url) as store:
        await link_with(settings, store, stop)


async def link_with(settings: Settings, store: OpenStore, stop: asyncio.Event) -> None:
    """Take messages into a store that is open, and act upon them, until ``stop`` is set."""
    rules, dialects = _rules(settings.hl7), read_dialects(settings.hl7.dialect)
    clock, zone, came = SystemClock(), policy(settings).zone, asyncio.Event()
    inbox = Inbox(store, clock, zone, dialects, came.set)
    server = MllpServer(inbox.take, rules)
    listening = asyncio.create_task(server.serve(settings.hl7.host, settings.hl7.port, stop))
    applying = asyncio.create_task(_apply(store, Applier(store, clock, zone, dialects), came))
    # Either alone is no use: where one ends, the process does, and is started again.
    await asyncio.wait({listening, applying}, return_when=asyncio.FIRST_COMPLETED)
    for task in (applying, listening):
        if not task.done():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _apply(store: OpenStore, applier: Applier, came: asyncio.Event) -> None:
    """Act upon messages; those of one database are acted upon by one process, one after the other."""
    while True:
        async with store.held_lock(LINKS_LOCK) as still_alone:
            while still_alone is not None:
                await still_alone()
                came.clear()
                began = time.monotonic()
                if await applier.apply_waiting():
                    # While more are coming, answers go first: what is taken meanwhile costs less together.
                    waits = 2 * (time.monotonic() - began) if came.is_set() else 0.0
                    await asyncio.sleep(min(waits, MOST_GATHERED))
                else:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(came.wait(), POLL_SECONDS)
        await asyncio.sleep(LOCK_SECONDS)


def _rules(hl7: Hl7) -> MllpRules:
    return MllpRules(
        networks=tuple(network(text) for text in hl7.peers),
        most_bytes=hl7.max_message_mb << 20,
        most_connections=hl7.max_connections,
        message_seconds=hl7.message_timeout_s,
        idle_seconds=hl7.idle_timeout_s,
        tls=_tls(hl7),
        why_no_tls=partial(why_no_tls, section="hl7"),
    )


def _tls(hl7: Hl7) -> SSLContext | None:
    if not hl7.tls_certificate:
        return None
    files = TlsFiles(certificate=hl7.tls_certificate, key=hl7.tls_key, ca=hl7.tls_ca, section="hl7")
    return tls_context(files, datetime.now(UTC))
