"""The receiver: the DICOM port with what stands behind it."""

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from collega.adapters.dimse.provided import all_services
from collega.adapters.dimse.receiver import DicomReceiver
from collega.adapters.files.archive import FileArchive
from collega.adapters.postgres.outages import RECEIVER_LOCK
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.asking import pacs_reader
from collega.bootstrap.disk import DiskWatch
from collega.bootstrap.site import SystemClock, disk_marks, opened_store, policy
from collega.config import Settings
from collega.errors import ConfigurationError
from collega.model.caller import peer_rule
from collega.model.evidence import Evidence
from collega.model.ids import is_acceptance_uid
from collega.model.job import Event
from collega.model.policy import Policy
from collega.ports.machine import Clock
from collega.receive.counting import Counting
from collega.receive.reception import Reception
from collega.receive.sources import Sources, Tell

WATCH_SECONDS = 2.0
# An association takes the interpreter back several times for each object: the usual 5 ms would each
# time be waited for while the record is written.
SWITCH_SECONDS = 0.0002
# A count is a hint: a PACS that needs longer is not waited for, whatever its queries may take.
COUNT_PATIENCE_S = 10.0
_log = structlog.get_logger()


async def receive(settings: Settings, url: str, stop: asyncio.Event) -> None:
    """Be the receiver until ``stop`` is set."""
    async with opened_store(settings, url) as store:
        archive = FileArchive(settings.data, disk_marks(settings), sync=settings.dicom.sync)
        swept = archive.sweep()
        if swept:
            _log.info("removed files that were half written when the last receiver ended", files=swept)
        sys.setswitchinterval(SWITCH_SECONDS)
        loop = asyncio.get_running_loop()
        clock = SystemClock()
        rules = policy(settings)
        reception = Reception(store, archive, clock, rules, loop)
        tell = Told()
        counting = _counting(settings, store, clock, rules, tell)
        if counting is not None:
            tell.listeners.append(counting.heard)
        receiver = DicomReceiver(
            reception,
            all_services(Committed(store, clock, loop, settings.pacs.aet).take, Sources(store, clock, loop, tell)),
            host=settings.dicom.host,
            port=settings.dicom.port,
            aet=settings.dicom.aet,
            peers=[peer_rule(text) for text in settings.dicom.peers],
            max_associations=settings.dicom.max_associations,
            idle_timeout_s=settings.dicom.idle_timeout_s,
            most_pdu_bytes=settings.dicom.max_pdu_bytes,
        )
        async with store.held_lock(RECEIVER_LOCK) as still_alone:
            if still_alone is None:
                message = "another receiver works on this database; a study must have one receiver"
                raise ConfigurationError(message)
            await reception.resume()
            receiver.start()
            tasks = [asyncio.create_task(counting.keep(stop))] if counting is not None else []
            try:
                await _watch(stop, still_alone, DiskWatch(archive, store, clock))
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await asyncio.to_thread(receiver.stop)
                await reception.close()
                archive.close()


@dataclass(kw_only=True, slots=True)
class Told:
    """Hands each word on completeness to all who listen; an error of one of them is the teller's to answer."""

    listeners: list[Tell] = field(default_factory=list)

    def __call__(self, evidence: Evidence) -> None:
        """Hand it on."""
        for listener in self.listeners:
            listener(evidence)


def _counting(settings: Settings, store: PostgresStore, clock: Clock, rules: Policy, tell: Tell) -> Counting | None:
    if rules.count is None:
        return None
    query = pacs_reader(settings, most_patience_s=COUNT_PATIENCE_S)
    return Counting(store, clock, query, rules=rules.count, tell=tell, source=settings.pacs.aet)


class Committed:
    """Takes the commitment reports of the PACS, in the threads of their associations."""

    def __init__(self, store: PostgresStore, clock: Clock, loop: asyncio.AbstractEventLoop, pacs: str) -> None:
        self._store = store
        self._clock = clock
        self._loop = loop
        self._pacs = pacs

    def take(self, done: Sequence[str], failed: Sequence[str]) -> None:
        """Record what the PACS keeps; returns when that is durable."""
        tested = [[uid for uid in uids if is_acceptance_uid(uid)] for uids in (done, failed)]
        if any(tested):
            self._wait(self._note_test(*tested))
        # A PACS may report on the test patient and on results together: neither is dropped for the other.
        done, failed = ([uid for uid in uids if not is_acceptance_uid(uid)] for uids in (done, failed))
        if failed:
            _log.error("the PACS did not commit to keep results", objects=len(failed))
        self._wait(self._note(done))

    async def _note(self, done: Sequence[str]) -> None:
        async with self._store.transaction() as transaction:
            now = self._clock.now()
            for study_key in await transaction.mark_committed(done, now):
                payload: dict[str, object] = {"pacs": self._pacs, "detail": "committed"}
                await transaction.add_event(Event(kind="confirmed", at=now, study_key=study_key, payload=payload))

    async def _note_test(self, done: Sequence[str], failed: Sequence[str]) -> None:
        payload: dict[str, object] = {"committed": list(done), "failed": list(failed)}
        async with self._store.transaction() as transaction:
            await transaction.add_event(Event(kind="test_committed", at=self._clock.now(), payload=payload))

    def _wait(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


async def _watch(stop: asyncio.Event, still_alone: Callable[[], Awaitable[None]], disk: DiskWatch) -> None:
    """Wait for the end; a lost database ends the receiver, and the supervisor starts it afresh."""
    while not stop.is_set():
        await still_alone()
        await disk.look()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), WATCH_SECONDS)
