"""Keeping watch over availability: in the worker and in the web role, since either may be what is down."""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from collega.adapters.notify.notifier import ChannelNotifier, Mailbox
from collega.adapters.postgres.store import PostgresStore, is_answering
from collega.bootstrap.reading.board import board_context
from collega.bootstrap.reading.reminding import remind
from collega.bootstrap.site import SystemClock, catalogue, policy
from collega.config import Settings
from collega.deliver.database_watch import DatabaseWatch
from collega.deliver.watch import look, send_due
from collega.model.policy import NoticePolicy

MOST_SECONDS, LEAST_SECONDS = 5.0, 0.2
LOOKS_PER_OUTAGE = 5
LOOK_TIMEOUT_S = 20.0
REMIND_EVERY_S = 30.0
# As long as a worker may be silent before it counts as gone, and a little more.
SILENCE_S = 12.0
RECORD = "database-outage.json"
_log = structlog.get_logger()


def notifier(settings: Settings) -> ChannelNotifier:
    """Make what sends notices."""
    notify = settings.notify
    mailbox = Mailbox(
        host=notify.smtp_host,
        port=notify.smtp_port,
        security=notify.smtp_security,
        sender=notify.smtp_from,
        to=notify.smtp_to,
        user=notify.smtp_user,
        password_file=notify.smtp_password_file,
    )
    return ChannelNotifier(
        mailbox if notify.smtp_host else None,
        notify.webhook_url,
        language=settings.site.language,
        timeout_s=notify.timeout_s,
    )


def database_watch(settings: Settings) -> DatabaseWatch:
    """Make what tells of the database itself; its record stands beside the database, in the data folder."""
    file, rules = settings.data / RECORD, policy(settings)
    return DatabaseWatch(
        SystemClock(),
        rules.notices,
        rules.zone,
        notifier(settings),
        load=lambda: _load(file),
        save=lambda record: _save(file, record),
    )


def pause(rules: NoticePolicy) -> float:
    """Seconds between two looks: a few within the shortest outage that counts."""
    wanted = rules.after.total_seconds() / LOOKS_PER_OUTAGE
    return min(max(wanted, LEAST_SECONDS), MOST_SECONDS)


class Watch:
    """Looks and sends, again and again; whatever fails is told in the log, and the next look comes.

    Parameters
    ----------
    database : DatabaseWatch, optional
        Given to the one process that speaks when the database is out.
    """

    def __init__(self, settings: Settings, store: PostgresStore, url: str, database: DatabaseWatch | None) -> None:
        self._store, self._url, self._database = store, url, database
        self._clock, self._policy, self._apps = SystemClock(), policy(settings), catalogue(settings)
        self._notifier = notifier(settings)
        self._tells_of_discrepancies, self._board = settings.notify.discrepancies, board_context(settings)
        self._reminded_at = -REMIND_EVERY_S
        self._pause = pause(self._policy.notices)
        self._last_look = time.monotonic()
        self._judges_from = self._last_look

    async def keep(self, stop: asyncio.Event) -> None:
        """Watch until ``stop`` is set."""
        acts = {"look": self._look}
        if self._policy.notices.channels:
            acts["send"] = self._send
            if self._tells_of_discrepancies:
                acts["remind"] = self._remind
        if self._database is not None:
            acts["database"] = self._ask_database
        tasks = [asyncio.create_task(self._repeat(act, stop, what)) for what, act in acts.items()]
        try:
            await stop.wait()
        finally:
            # Not waited for: a question to a database that hangs ends when that does.
            for task in tasks:
                task.cancel()

    async def _look(self) -> None:
        if not await asyncio.to_thread(is_answering, self._url):
            return
        now, last = time.monotonic(), self._last_look
        self._last_look = now
        if now - last > 3 * self._pause:
            # The database was away: nobody's sign of life could be written, so that all of them look dead.
            self._judges_from = now + SILENCE_S
        if now < self._judges_from:
            return
        await asyncio.wait_for(look(self._store, self._clock, self._policy, self._apps), LOOK_TIMEOUT_S)
        self._last_look = time.monotonic()

    async def _remind(self) -> None:
        """Tell of discrepancies; whoever looks first tells."""
        if time.monotonic() - self._reminded_at < REMIND_EVERY_S:
            return
        self._reminded_at = time.monotonic()
        async with self._store.transaction() as transaction:
            await remind(transaction, self._board, self._policy.notices.channels, self._clock.now())

    async def _send(self) -> None:
        await send_due(self._store, self._clock, self._notifier)

    async def _ask_database(self) -> None:
        """Ask anew only where no look has come through lately."""
        if self._database is None:
            return
        is_fresh = time.monotonic() - self._last_look < 3 * self._pause
        answers = is_fresh or await asyncio.to_thread(is_answering, self._url)
        over = await self._database.note(answers=answers)
        if over is not None:
            async with self._store.transaction() as transaction:
                await transaction.save_outage(None, over)
            self._database.forget()

    async def _repeat(self, act: Callable[[], Awaitable[None]], stop: asyncio.Event, what: str) -> None:
        failed = ""
        while not stop.is_set():
            try:
                await act()
                failed = ""
            except Exception as error:  # noqa: BLE001 - the edge of the watch: it must go on whatever fails
                if type(error).__name__ != failed:
                    failed = type(error).__name__
                    _log.exception("the watch over availability fails", what=what)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._pause)


def _load(file: Path) -> Mapping[str, Any] | None:
    try:
        kept: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        _log.exception("the record of an outage of the database cannot be read, and is put away", file=str(file))
        return None
    return kept


def _save(file: Path, record: Mapping[str, Any] | None) -> None:
    if record is None:
        file.unlink(missing_ok=True)
        return
    fresh = file.with_suffix(".part")
    with fresh.open("w", encoding="utf-8") as stream:
        json.dump(record, stream)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)
