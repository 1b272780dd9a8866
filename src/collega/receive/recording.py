"""Recording what is durable on disk: many objects in one transaction, in the order in which they came."""

import asyncio
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeAlias

import structlog

from collega.errors import QuarantineError
from collega.ports.store import Store
from collega.receive.intake import Arrived, Verdict, admit_all

MOST_AT_ONCE = 256
MOST_WAITING = 4096
AGAIN_SECONDS = 1.0
# While objects pour in, each batch waits for so many that its transaction is worth its price.
POURING_SECONDS, GATHER_SECONDS = 0.1, 0.04
TRIES = 3
Outcome: TypeAlias = Verdict | QuarantineError
_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An object that waits; ``waiting`` is set where its sender has no answer yet.

    ``restore`` writes its file again where housekeeping has taken it meanwhile.
    """

    arrived: Arrived
    association: str
    waiting: "Future[Outcome] | None" = None
    restore: Callable[[], None] | None = None


class Recorder:
    """Writes down what associations hand over.

    Parameters
    ----------
    store : Store
    done : callable
        Awaited with each entry and its outcome, in order, after the commit.
    ended : callable
        Called with the name of an association that is over, after its last object.
    loop : asyncio.AbstractEventLoop
        Where the store lives; `submit` and `end` are called from other threads.
    """

    def __init__(
        self,
        store: Store,
        done: Callable[[Entry, Outcome], Awaitable[None]],
        ended: Callable[[str], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._store = store
        self._done = done
        self._ended = ended
        self._loop = loop
        self._queue: deque[Entry | str] = deque()
        self._task: asyncio.Task[None] | None = None
        self._is_called = False
        self._last_commit = float("-inf")

    @property
    def waiting(self) -> int:
        """How many objects wait to be recorded."""
        return len(self._queue)

    @property
    def is_full(self) -> bool:
        """Whether so many wait that the next sender must wait with them."""
        return len(self._queue) >= MOST_WAITING

    def submit(self, entry: Entry | str) -> None:
        """Hand over an object, or the name of an association that is over."""
        self._queue.append(entry)
        if not self._is_called:
            self._is_called = True
            self._loop.call_soon_threadsafe(self._wake)

    async def drain(self) -> None:
        """Wait until nothing waits."""
        while self._task is not None or self._queue:
            await (asyncio.shield(self._task) if self._task is not None else asyncio.sleep(0))

    def _wake(self) -> None:
        if self._task is None:
            self._task = self._loop.create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._queue:
                self._is_called = True
                if self._loop.time() - self._last_commit < POURING_SECONDS and self._may_gather():
                    await asyncio.sleep(GATHER_SECONDS)
                taken = [self._queue.popleft() for _ in range(min(len(self._queue), MOST_AT_ONCE))]
                await self._record(taken)
                if any(isinstance(item, Entry) for item in taken):
                    self._last_commit = self._loop.time()
        finally:
            self._task = None
            self._is_called = False
            if self._queue:
                self._wake()

    def _may_gather(self) -> bool:
        """Whether there is something to write, and no sender waits for it; an end alone costs no transaction."""
        entries = [item for item in list(self._queue) if isinstance(item, Entry)]
        return bool(entries) and not any(item.waiting for item in entries)

    async def _record(self, taken: Sequence[Entry | str]) -> None:
        entries = [item for item in taken if isinstance(item, Entry)]
        outcomes: dict[int, Outcome | Exception] = {}
        for group in _by_study(entries):
            found = await self._admitted(group)
            outcomes |= {id(entry): outcome for entry, outcome in zip(group, found, strict=True)}
        for item in taken:
            if isinstance(item, str):
                self._ended(item)
                continue
            outcome = outcomes[id(item)]
            if isinstance(outcome, Exception) and not isinstance(outcome, QuarantineError):
                if item.waiting:
                    item.waiting.set_exception(outcome)
                continue
            try:
                await self._done(item, outcome)
            except Exception:  # noqa: BLE001 - it is recorded; those behind it wait for their answers
                _log.exception("what follows a record could not be done")
            if item.waiting:
                item.waiting.set_result(outcome)

    async def _admitted(self, group: Sequence[Entry]) -> list[Outcome | Exception]:
        """Record the objects of one study; what was acknowledged is tried until it is recorded."""
        try:
            return list(await self._admit(group))
        except Exception as error:  # noqa: BLE001 - one object must not hold up the others
            if len(group) > 1:
                return [outcome for entry in group for outcome in await self._admitted([entry])]
            if group[0].waiting:
                return [error]
            _log.exception("an acknowledged object could not be recorded yet")
        return [await self._insist(group[0])]

    async def _insist(self, entry: Entry) -> Outcome:
        for attempt in itertools.count(1):
            await asyncio.sleep(AGAIN_SECONDS)
            try:
                return (await self._admit([entry]))[0]
            except Exception as error:  # noqa: BLE001 - the database is away, or cannot hold the object
                _log.exception("an acknowledged object could not be recorded yet", attempt=attempt)
                if attempt >= TRIES and await self._is_answering():
                    text = f"the object cannot be recorded ({type(error).__name__})"
                    return QuarantineError("not-recorded", text)
        raise AssertionError

    async def _is_answering(self) -> bool:
        try:
            async with self._store.transaction():
                return True
        except Exception:  # noqa: BLE001 - whatever it is, it does not answer
            return False

    async def _admit(self, group: Sequence[Entry]) -> Sequence[Outcome]:
        async with self._store.transaction() as transaction:
            outcomes = await admit_all(transaction, [entry.arrived for entry in group])
            # The study is locked now: retention, which may have taken the file since it was written, waits.
            for entry in group:
                if entry.restore is not None:
                    await asyncio.to_thread(entry.restore)
            return outcomes


def _by_study(entries: Sequence[Entry]) -> list[list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.arrived.header.study_instance_uid, []).append(entry)
    return list(groups.values())
