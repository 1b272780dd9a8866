"""Telling the repository of audit messages, in the order of the chain, for as long as it takes."""

import asyncio
import contextlib
import socket
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from collega.adapters.postgres.store import PostgresStore
from collega.adapters.syslog.link import SyslogLink, SyslogPeer, tls_context
from collega.config import Settings
from collega.errors import PeerError
from collega.formats.audit_message import AuditSource, messages
from collega.formats.syslog import framed
from collega.model.audit import AuditLine

# Held by the one process that tells.
REPOSITORY_LOCK = 4245
BATCH = 200
LOOK_SECONDS = 0.5
# A message counts as told when the connection was whole for so long after its bytes were acknowledged:
# a repository that dies with something unread in its memory is told that again.
SETTLE_SECONDS = 5.0
FIRST_WAIT, MOST_WAIT = 1.0, 60.0
_log = structlog.get_logger()


def audit_source(settings: Settings) -> AuditSource:
    """Say who reports."""
    return AuditSource(host=socket.gethostname(), site=settings.site.name, aet=settings.dicom.aet)


def syslog_peer(settings: Settings) -> SyslogPeer | None:
    """Take the repository from the settings; None where there is none."""
    chosen = settings.audit
    if not chosen.host:
        return None
    return SyslogPeer(
        host=chosen.host,
        port=chosen.port,
        ca=chosen.ca,
        certificate=chosen.certificate,
        key=chosen.key,
        timeout_s=chosen.timeout_s,
    )


class Repository:
    """Tells one repository, and goes on where whoever did it before has ended.

    Raises
    ------
    ConfigurationError
        A file of the settings cannot be used.
    """

    def __init__(
        self, store: PostgresStore, peer: SyslogPeer, source: AuditSource, settle_s: float = SETTLE_SECONDS
    ) -> None:
        self._store, self._peer, self._source = store, peer, source
        self._settle_s = settle_s
        self._context = tls_context(peer)
        self._wait = FIRST_WAIT

    async def keep(self, stop: asyncio.Event) -> None:
        """Tell until ``stop`` is set; whatever fails is tried again, and nothing else waits for it."""
        while not stop.is_set():
            try:
                async with self._store.held_lock(REPOSITORY_LOCK) as mine:
                    if mine is not None:
                        await _Telling(self._store, self._peer, self._frames, self._settle_s).go_on(
                            await asyncio.to_thread(SyslogLink, self._peer, self._context), stop, self._is_well
                        )
            except PeerError as error:
                _log.warning("the audit repository is not told", wait_s=self._wait, why=str(error))
            except Exception:  # noqa: BLE001 - the edge of this work: it must go on whatever fails
                _log.exception("telling the audit repository failed", wait_s=self._wait)
            await _pause(stop, self._wait)
            self._wait = min(2 * self._wait, MOST_WAIT)

    def _is_well(self) -> None:
        self._wait = FIRST_WAIT

    def _frames(self, line: AuditLine) -> list[bytes]:
        return [
            framed(content, host=self._source.host, at=line.at, number=line.number, digest=line.hash)
            for content in messages(line, self._source)
        ]


class _Telling:
    """What is told on one connection."""

    def __init__(
        self, store: PostgresStore, peer: SyslogPeer, frames: Callable[[AuditLine], list[bytes]], settle_s: float
    ) -> None:
        self._store, self._name, self._frames, self._settle_s = store, peer.name, frames, settle_s
        # (last number, when its bytes were acknowledged), of what may still be lost.
        self._open: deque[tuple[int, float]] = deque()

    async def go_on(self, link: SyslogLink, stop: asyncio.Event, is_well: Callable[[], None]) -> None:
        async with self._store.transaction() as transaction:
            written = await transaction.audit_sent(self._name)
        try:
            while not stop.is_set():
                async with self._store.transaction() as transaction:
                    lines = await transaction.audit_after(written, BATCH)
                if lines:
                    await asyncio.to_thread(link.send, [frame for line in lines for frame in self._frames(line)])
                    written = lines[-1].number
                if await asyncio.to_thread(link.is_acknowledged):
                    is_well()
                    await self._settle(written)
                if len(lines) < BATCH:
                    await _pause(stop, LOOK_SECONDS)
        finally:
            if await asyncio.to_thread(link.close):
                await self._mark(written)

    async def _settle(self, written: int) -> None:
        now = time.monotonic()
        if not self._open or self._open[-1][0] < written:
            self._open.append((written, now))
        told = 0
        while self._open and self._open[0][1] + self._settle_s <= now:
            told = self._open.popleft()[0]
        if told:
            await self._mark(told)

    async def _mark(self, number: int) -> None:
        async with self._store.transaction() as transaction:
            if await transaction.audit_sent(self._name) < number:
                await transaction.mark_audit_sent(self._name, number, datetime.now(UTC))


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
