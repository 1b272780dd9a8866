"""The board kept between questions: what a change names is read anew, all is held against the database at times."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog

from collega.adapters.postgres import board as rows_of
from collega.adapters.postgres.listen import listening
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.reading.board import BoardContext, Part, described, entries, placed
from collega.bootstrap.trusted import Trusted, trusted
from collega.read.board import Entry
from collega.read.kept_order import KeptOrder

# Hours back count in steps, so that what was read a while ago can be compared with what is read now.
STEP = timedelta(minutes=5)
CHECK_S = 15.0
LATE_NOTICE_S = 1.0
UNCHECKED_S = 60.0
UNASKED_S = 120.0
MOST_DESCRIBED = 2000

_log = structlog.get_logger()


@dataclass(kw_only=True)
class Kept:
    """What was read: ``trust`` holds the manifests as they were then; ``checked_at`` is of a monotonic clock."""

    since: datetime
    trust: Trusted
    order: KeptOrder
    described: dict[str, Entry] = field(default_factory=dict)
    checked_at: float = field(default_factory=time.monotonic)


class KeptBoard:
    """Gives the same as `collega.bootstrap.reading.board.entries`, and reads what has changed instead of everything.

    It keeps only while it hears of changes; else each question is answered from the database alone.

    Parameters
    ----------
    store : PostgresStore
    context : BoardContext
    """

    def __init__(self, store: PostgresStore, context: BoardContext) -> None:
        self._store, self._context = store, context
        self._hears = False
        self._kept: Kept | None = None
        self._is_stale = False  # everything is to be read anew
        self._changed: set[str] = set()
        self._noticed: set[str] = set()  # since the last check began
        self._asked_at = time.monotonic()
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[AsyncIterator[tuple[int, str] | None]]:
        """Hear of (event key, study key), as `collega.adapters.postgres.listen`; what is kept learns of it first."""
        async with listening(self._store.url) as heard:
            self._is_stale = self._hears = True
            try:
                yield self._learning(heard)
            finally:
                self._hears = False

    async def _learning(self, heard: AsyncIterator[tuple[int, str] | None]) -> AsyncIterator[tuple[int, str] | None]:
        async for change in heard:
            if change is not None:
                self.learn(change[1])
            yield change

    def learn(self, study_key: str) -> None:
        """Read this study anew at the next question; everything where no study is named."""
        if study_key:
            self._changed.add(study_key)
            self._noticed.add(study_key)
        else:
            self._is_stale = True

    async def entries(self, now: datetime, part: Part) -> list[Entry]:
        """Studies in the order in which they are to be read, each with what its apps say."""
        self._asked_at = time.monotonic()
        if part.all_stages or not self._hears:
            async with self._store.transaction() as transaction:
                return await entries(transaction, self._context, now, part)
        async with self._turn:
            try:
                async with self._store.transaction() as transaction:
                    return await self._entries(transaction, now, part)
            except BaseException:
                self._is_stale = True  # half of a change may be in it
                raise

    async def _entries(self, transaction: PostgresTransaction, now: datetime, part: Part) -> list[Entry]:
        trust = await self._trust(transaction)
        kept = self._kept
        if kept is None or self._is_old(kept, trust):
            self._changed, self._is_stale = set(), False  # before reading: what changes meanwhile is read again
            kept = self._kept = await self._read(transaction, now, trust)
        elif self._changed:
            await self._renew(transaction, kept)
        order = kept.order.part(now, self._keep_signed, part.limit, part.offset)
        missing = [study for study in order if (known := kept.described.get(study.key)) is None or known.order != study]
        if missing:
            fresh = await described(transaction, missing, trust, self._context, part)
            if len(kept.described) > MOST_DESCRIBED:
                kept.described = {one.key: kept.described[one.key] for one in order if one.key in kept.described}
            kept.described.update({entry.order.key: entry for entry in fresh})
        return [kept.described[study.key] for study in order if study.key in kept.described]

    def _is_old(self, kept: Kept, trust: Trusted) -> bool:
        return self._is_stale or kept.trust != trust or time.monotonic() - kept.checked_at > UNCHECKED_S

    @property
    def _keep_signed(self) -> timedelta:
        return timedelta(minutes=self._context.settings.keep_signed_minutes)

    async def _trust(self, transaction: PostgresTransaction) -> Trusted:
        # The manifests as they are now: the catalogue itself changes under our hands.
        return await trusted(transaction, dict(self._context.catalogue), self._context.default_stage)

    def _since(self, now: datetime) -> datetime:
        back = now - timedelta(hours=self._context.settings.hours_back)
        return back - (back - datetime.min.replace(tzinfo=UTC)) % STEP

    async def _read(self, transaction: PostgresTransaction, now: datetime, trust: Trusted) -> Kept:
        since = self._since(now)
        return Kept(since=since, trust=trust, order=await self._order(transaction, since, trust))

    async def _order(self, transaction: PostgresTransaction, since: datetime, trust: Trusted) -> KeptOrder:
        candidates = await rows_of.candidates(transaction, since)
        found = await rows_of.found(transaction, since)
        # In a thread: thousands of rows take longer than a stream of changes should wait.
        return await asyncio.to_thread(lambda: KeptOrder(placed(candidates, found, trust)))

    async def _renew(self, transaction: PostgresTransaction, kept: Kept) -> None:
        changed, self._changed = sorted(self._changed), set()
        candidates = await rows_of.candidates_of(transaction, kept.since, changed)
        found = await rows_of.found_of(transaction, kept.since, changed)
        fresh = {study.key: study for study in placed(candidates, found, kept.trust)}
        for key in changed:
            kept.order.put(key, fresh.get(key))
            kept.described.pop(key, None)

    async def keep(self) -> None:
        """Hold what is kept against the database now and then, until cancelled; nobody asks: nothing is kept."""
        while True:
            await asyncio.sleep(CHECK_S)
            try:
                if time.monotonic() - self._asked_at > UNASKED_S:
                    self._kept = None  # nobody looks
                else:
                    await self.check(datetime.now(UTC))
            except Exception as error:  # noqa: BLE001 - whatever it is, a board that is not checked is read anew
                _log.warning("the board could not be checked", error=type(error).__name__)

    async def check(self, now: datetime, late_s: float = LATE_NOTICE_S) -> int:
        """Read everything, put right what is not as it was kept, and tell how many studies that were.

        A change that was told is no fault, and has ``late_s`` to be told in.
        """
        kept, self._noticed = self._kept, set(self._changed)
        if kept is None:
            return 0
        async with self._store.transaction() as transaction:
            if self._is_old(kept, await self._trust(transaction)):
                return 0  # it is read anew at the next question
            real = await self._order(transaction, kept.since, kept.trust)
        shown = list(kept.described.values())
        async with self._store.transaction() as transaction:
            again = await described(
                transaction, [entry.order for entry in shown], kept.trust, self._context, Part(limit=len(shown))
            )
        await asyncio.sleep(late_s)
        if kept.order.differing(real) - self._noticed:
            await asyncio.sleep(late_s)  # a process that stood still has notices to catch up with
        async with self._turn:
            if self._kept is not kept or self._is_stale:
                return 0  # it was read anew meanwhile
            wrong = kept.order.differing(real) - self._noticed
            for key in wrong:
                kept.order.put(key, real.studies.get(key))
            wrong |= self._put_right(kept, shown, again)
            kept.checked_at = time.monotonic()
        if wrong:
            _log.warning("the board kept what the database does not hold", studies=len(wrong))
        await self._step(kept, now)
        return len(wrong)

    def _put_right(self, kept: Kept, shown: Sequence[Entry], again: Sequence[Entry]) -> set[str]:
        real: Mapping[str, Entry] = {entry.order.key: entry for entry in again}
        wrong = set()
        for entry in shown:
            key = entry.order.key
            fresh = real.get(key)
            if key in self._noticed or kept.described.get(key) is not entry or fresh == entry:
                continue
            del kept.described[key]  # it is described at the next question
            if fresh is None or _lasting(fresh) != _lasting(entry):
                wrong.add(key)
        return wrong

    async def _step(self, kept: Kept, now: datetime) -> None:
        """Leave behind what has become too old for the board."""
        if self._since(now) == kept.since:
            return
        self._noticed = set(self._changed)
        async with self._store.transaction() as transaction:
            fresh = await self._read(transaction, now, kept.trust)
        async with self._turn:
            if self._kept is kept:
                self._changed |= self._noticed
                self._kept = replace(fresh, described=kept.described)


def _lasting(entry: Entry) -> Entry:
    """Leave out when answers are expected: that moves with every job that ends, and nobody is told."""
    return replace(entry, apps=tuple(replace(app, expected_at=app.queued_at) for app in entry.apps))
