"""What stands behind the services of the DICOM port: who hears of studies, and of what the PACS keeps."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.pacs import pacs_query
from collega.config import Settings
from collega.deliver.commitment import take_report
from collega.deliver.plan import deliver_now
from collega.model.evidence import Evidence
from collega.model.ids import is_acceptance_uid
from collega.model.job import Event
from collega.model.policy import Policy
from collega.ports.machine import Clock
from collega.receive.counting import Counting
from collega.receive.sources import Tell

# A count is a hint: a PACS that needs longer is not waited for, whatever its queries may take.
COUNT_PATIENCE_S = 10.0
_log = structlog.get_logger()


@dataclass(kw_only=True, slots=True)
class Told:
    """Hands each word on completeness to all who listen; an error of one of them is the teller's to answer."""

    listeners: list[Tell] = field(default_factory=list)

    def __call__(self, evidence: Evidence) -> None:
        """Hand it on."""
        for listener in self.listeners:
            listener(evidence)


def build_counting(
    settings: Settings, store: PostgresStore, clock: Clock, rules: Policy, tell: Tell
) -> Counting | None:
    """Make what asks the PACS for counts; None where the settings name no PACS or want none."""
    if rules.count is None:
        return None
    query = pacs_query(settings, most_patience_s=COUNT_PATIENCE_S)
    return Counting(store, clock, query, rules=rules.count, tell=tell, source=settings.pacs.aet)


class Committed:
    """Takes the commitment reports of the PACS, in the threads of their associations."""

    def __init__(self, store: PostgresStore, clock: Clock, loop: asyncio.AbstractEventLoop, rules: Policy) -> None:
        self._store = store
        self._clock = clock
        self._loop = loop
        self._rules = rules

    def take(self, done: Sequence[str], failed: Mapping[str, int]) -> None:
        """Record what the PACS keeps; returns when that is durable."""
        tested = [[uid for uid in uids if is_acceptance_uid(uid)] for uids in (done, failed)]
        if any(tested):
            self._wait(self._note_test(*tested))
        # A PACS may report on the test patient and on results together: neither is dropped for the other.
        done = [uid for uid in done if not is_acceptance_uid(uid)]
        failed = {uid: reason for uid, reason in failed.items() if not is_acceptance_uid(uid)}
        if failed:
            reasons = sorted({f"{reason:04X}" for reason in failed.values()})
            _log.error("the PACS did not commit to keep results", objects=len(failed), reasons=reasons)
        self._wait(self._note(done, failed))

    async def _note(self, done: Sequence[str], failed: Mapping[str, int]) -> None:
        async with self._store.transaction() as transaction:
            if await take_report(transaction, self._rules, done, failed, self._clock.now()):
                await transaction.add_step(deliver_now(self._rules))

    async def _note_test(self, done: Sequence[str], failed: Sequence[str]) -> None:
        payload: dict[str, object] = {"committed": list(done), "failed": list(failed)}
        async with self._store.transaction() as transaction:
            await transaction.add_event(Event(kind="test_committed", at=self._clock.now(), payload=payload))

    def _wait(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()
