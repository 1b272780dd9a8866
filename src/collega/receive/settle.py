"""Watching the studies that are coming in: the seam between what is recorded and what is decided of it.

Whoever records objects calls `Settling.arrived` for each one that is new, after its record is
committed and in that order, and `Settling.ended` after the last object of an association. What was
said of a study comes by `Settling.told`. `receive.completeness` decides, `Ends` carries it out.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from collega.model.evidence import Evidence, Scanner
from collega.model.ids import storage_key
from collega.model.study import Instance, InstanceHeader, Role, Study
from collega.ports.machine import Clock
from collega.receive.completeness import Decision, Mark, Start, decide
from collega.receive.gather import Wishes
from collega.receive.orphans import Orphans
from collega.receive.pauses import Pauses, scanner_of
from collega.receive.watch import Watch

RETRY_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """What the store knows of a study that is coming in."""

    study: Study
    instances: Sequence[Instance]
    evidence: Sequence[Evidence]


class Ends(Protocol):
    """What a decision leads to; `receive.closing.Closing` writes it to the store."""

    async def load(self, study_key: str) -> Account | None:
        """Read a study; None where it is not coming in."""
        ...

    async def complete(
        self, study_key: str, decision: Decision, longest: Mapping[Scanner, timedelta]
    ) -> datetime | None:
        """Close the reception of a study; the moment to look again where it is not quiet yet."""
        ...

    async def start(self, study_key: str, start: Start, heard: Sequence[str]) -> None:
        """Let an app start on its own series."""
        ...

    async def adopt(self, evidence: Evidence, study_instance_uid: str) -> None:
        """Record to which study a word belongs."""
        ...


class Settling:
    """Decides for each study that is coming in when it, or an app's part of it, is all here.

    All methods but `broken` belong to the event loop's thread. None of them polls: each looks at a study only
    when something about it can have become true, and one timer a study waits for quiet.

    Parameters
    ----------
    ends : Ends
    clock : Clock
    pauses : Pauses
        Gives the quiet time of a scanner.
    wishes : Wishes
        What apps wait for.
    orphans : Orphans
        Words of which no object is known yet.
    """

    def __init__(self, ends: Ends, clock: Clock, pauses: Pauses, wishes: Wishes, orphans: Orphans) -> None:
        self._ends = ends
        self._clock = clock
        self._pauses = pauses
        self._wishes = wishes
        self._orphans = orphans
        self._studies: dict[str, Watch] = {}
        self._current: dict[str, tuple[str, str]] = {}
        self._broken: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def arrived(
        self, association: str, study_key: str, header: InstanceHeader, source: str = "", at: datetime | None = None
    ) -> None:
        """Note an object that was not here before, after its record is committed.

        Parameters
        ----------
        association : str
            Name of the association that brought it, unlike that of every other.
        source : str
            AE title of the sender: the scanner's name where the object gives none.
        at : datetime, optional
            When it came, where that was before now.
        """
        now = self._clock.now()
        left = self._leave(association, (study_key, header.series_instance_uid), now)
        watch = self._studies.get(study_key)
        if watch is None:
            if header.role is not Role.IMAGE:
                return self._evaluate_all(left)
            watch = self._studies[study_key] = Watch(self._wishes)
        scanner = scanner_of(header, source)
        is_whole = watch.add(association, header, scanner, self._pauses, at or now)
        if watch.wants_account:
            self._read(study_key, watch)
        orphan = self._orphans.claim(header.sop_instance_uid)
        if orphan is not None:
            self._spawn(self._adopt(orphan, header.study_instance_uid))
        self._evaluate_all({*left, study_key} if is_whole else left)
        return None

    def ended(self, association: str) -> None:
        """Note that an association has ended, in whatever way; after its last object."""
        self._current.pop(association, None)
        is_broken = association in self._broken
        self._broken.discard(association)
        now = self._clock.now()
        for study_key, watch in list(self._studies.items()):
            if watch.ended(association, now, broken=is_broken):
                self._evaluate(study_key)
            if watch.is_dormant and not watch.open:
                del self._studies[study_key]

    def broken(self, association: str) -> None:
        """Note, before its end and from any thread, that an association was not released by its sender."""
        self._broken.add(association)

    async def told(self, evidence: Evidence) -> None:
        """Act on a word that is recorded; returns when what follows from it is recorded too."""
        study_key = storage_key(evidence.study_instance_uid)
        watch = self._studies.get(study_key)
        if watch is None:
            return  # not coming in: the word is read when an object comes
        if watch.loading is not None:
            await asyncio.wait([watch.loading])
        if watch.hear(evidence):
            await asyncio.gather(*self._evaluate(study_key))

    async def resume(self, study_key: str) -> None:
        """Watch a study that an earlier process had begun to receive."""
        if study_key not in self._studies:
            watch = self._studies[study_key] = Watch(self._wishes)
            watch.silent(Mark.RESTARTED, self._clock.now())
            await self._load(study_key, watch)

    def _leave(self, association: str, place: tuple[str, str], now: datetime) -> set[str]:
        """Note what an association has gone on from; the studies about which that may say something."""
        before = self._current.get(association)
        self._current[association] = place
        watch = self._studies.get(before[0]) if before and before != place else None
        if before is None or watch is None:
            return set()
        proves = watch.left(association, before[1], now, for_other_study=before[0] != place[0])
        return {before[0]} if proves else set()

    def _evaluate_all(self, study_keys: set[str]) -> None:
        for study_key in study_keys:
            self._evaluate(study_key)

    def _evaluate(self, study_key: str) -> Sequence[asyncio.Task[None]]:
        """Decide on a study; the tasks that carry the decision out."""
        watch = self._studies.get(study_key)
        if watch is None or not watch.is_ready:
            return []
        watch.stop()
        now = self._clock.now()
        decision = decide(watch.gathered, watch.silence, watch.quiet, now)
        if decision.at is not None and decision.at <= now:
            watch.is_closing = True
            return [self._spawn(self._finish(study_key, watch, decision))]
        if decision.at is not None:
            self._look_at(study_key, watch, (decision.at - now).total_seconds())
        watch.gathered.started.update(start.app_id for start in decision.starts)
        return [self._spawn(self._start(study_key, watch, start, decision.heard)) for start in decision.starts]

    def _look_at(self, study_key: str, watch: Watch, seconds: float) -> None:
        watch.stop()
        watch.timer = asyncio.get_running_loop().call_later(max(seconds, 0.001), self._evaluate, study_key)

    def _read(self, study_key: str, watch: Watch) -> None:
        if self._studies.get(study_key) is watch and watch.wants_account:
            watch.wants_account = False
            watch.loading = self._spawn(self._load(study_key, watch))

    async def _load(self, study_key: str, watch: Watch) -> None:
        watch.wants_account = False
        try:
            account = await self._ends.load(study_key)
        except Exception:  # the database may be away for a moment: ask again rather than forget a study
            watch.wants_account = True
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._read, study_key, watch)
            raise
        finally:
            watch.loading = None
        if self._studies.get(study_key) is not watch:
            return
        if account is None:
            self._rest(study_key, watch)
            return
        for item in account.instances:
            watch.take_in(item, account.study.revision, self._pauses)
        watch.note_reopening(self._pauses)
        if not watch.open and watch.silence is None:  # its associations ended while it was being closed
            watch.silent(Mark.RELEASED, self._clock.now())
        watch.is_loaded = True
        for evidence in account.evidence:
            watch.hear(evidence)
        self._evaluate(study_key)

    async def _start(self, study_key: str, watch: Watch, start: Start, heard: Sequence[str]) -> None:
        try:
            await self._ends.start(study_key, start, heard)
        except Exception:
            watch.gathered.started.discard(start.app_id)
            self._look_at(study_key, watch, RETRY_SECONDS)
            raise

    async def _finish(self, study_key: str, watch: Watch, decision: Decision) -> None:
        changes = watch.changes
        try:
            again = await self._ends.complete(study_key, decision, watch.longest)
        except Exception:
            self._look_at(study_key, watch, RETRY_SECONDS)
            raise
        finally:
            watch.is_closing = False
        if again is not None:
            self._look_at(study_key, watch, (again - self._clock.now()).total_seconds())
            if watch.changes != changes:
                self._evaluate(study_key)
            return
        self._pauses.learn(watch.longest)
        self._rest(study_key, watch, came_meanwhile=watch.changes != changes)

    def _rest(self, study_key: str, watch: Watch, *, came_meanwhile: bool = False) -> None:
        """Forget a study that is closed, but for associations that may bring more, or have meanwhile."""
        watch.stop()
        del self._studies[study_key]
        if watch.open or came_meanwhile:
            self._studies[study_key] = watch.successor()
        if came_meanwhile:  # it may have opened the study again
            self._read(study_key, self._studies[study_key])

    async def _adopt(self, evidence: Evidence, study_instance_uid: str) -> None:
        try:
            await self._ends.adopt(evidence, study_instance_uid)
        except Exception:
            self._orphans.keep(evidence)
            raise
        await self.told(self._orphans.settled(evidence, study_instance_uid))

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
