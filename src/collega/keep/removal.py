"""Removing by rule: the record first, then the files, so that a crash in between leaves nothing wrong.

What the record calls removed is never used again, whether its file is still there or not; a round
that comes later takes the files. The study is locked while they go, so that an object that comes
back at that moment is kept: it is either recorded before, and stays, or stored after.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from collega.keep.rule import reasons_to_stay
from collega.model.audit import AuditEntry
from collega.model.job import Event
from collega.model.keeping import KeepPolicy, Kept, Removal, StudyFacts
from collega.ports.machine import Archive, Clock
from collega.ports.store import Store, Transaction

PAGE = 500  # studies looked at in one question
_log = structlog.get_logger()


@dataclass(kw_only=True, slots=True)
class Removed:
    """What one round did."""

    files: int = 0
    size: int = 0
    studies: int = 0


@dataclass(slots=True)
class Keeper:
    """Looks through the studies, page by page, and removes what the rule lets go.

    A study that must stay does not hold up those behind it: the next round goes on where this one
    ended, and begins anew at the end of the list.
    """

    store: Store
    archive: Archive
    clock: Clock
    policy: KeepPolicy
    batch: int = 50
    _places: dict[Kept, tuple[datetime, str] | None] = field(default_factory=dict)

    @property
    def is_at_end(self) -> bool:
        """Whether the next round begins anew at the first study."""
        return not any(self._places.values())

    async def round(self) -> Removed:
        """Finish what an earlier round began, then remove at most a batch of each kind."""
        removed = Removed()
        await self._finish_open(removed)
        for kind in (Kept.IMAGES, Kept.RESULTS):
            await self._remove_kind(kind)
        await self._remove_runs(removed)
        await self._remove_quarantine()
        await self._finish_open(removed)
        if removed.files:
            _log.info("files removed by rule", files=removed.files, bytes=removed.size, studies=removed.studies)
        return removed

    async def _remove_kind(self, kind: Kept) -> None:
        length = self.policy.length(kind)
        if length is None:
            return
        async with self.store.transaction() as transaction:
            page = await transaction.facts_after(kind, self._places.get(kind), PAGE)
        now = self.clock.now()
        taken = 0
        for facts in page:
            if taken == self.batch:
                return
            self._places[kind] = (facts.received_at, facts.study_key)
            if not reasons_to_stay(facts, length, now):
                taken += await self._decide(kind, facts.study_key, length)
        if len(page) < PAGE:
            self._places[kind] = None

    async def _decide(self, kind: Kept, study_key: str, length: timedelta) -> int:
        """Look once more, with the study locked, and record the decision; 1 where it was taken."""
        async with self.store.transaction() as transaction:
            facts = await transaction.facts_of(kind, study_key)
            now = self.clock.now()
            if facts is None or reasons_to_stay(facts, length, now):
                return 0
            await transaction.mark_removed(kind, facts, length, now)
            if facts.files:
                await _tell(transaction, kind, facts, length, now)
        return 1

    async def _finish_open(self, removed: Removed) -> None:
        async with self.store.transaction() as transaction:
            found = await transaction.open_removals(4 * self.batch)
        for removal in found:
            await self._finish(removal, removed)

    async def _finish(self, removal: Removal, removed: Removed) -> None:
        async with self.store.transaction() as transaction:
            begun = await transaction.begin_removal(removal.key)
            if begun is None:
                return
            if begun.kind is Kept.IMAGES and begun.study_key:
                kept = {item.path for item in await transaction.instances(begun.study_key) if not item.removed_at}
                folder = f"studies/{begun.study_key[:2]}/{begun.study_key}"
                gone = await asyncio.to_thread(self.archive.remove_others, folder, kept)
            else:
                gone = await asyncio.to_thread(self.archive.remove, begun.paths)
            await transaction.end_removal(begun.key, self.clock.now())
        removed.studies += int(begun.study_key is not None)
        removed.files += gone[0]
        removed.size += gone[1]

    async def _remove_runs(self, removed: Removed) -> None:
        """Remove what attempts left behind; the job is locked with its study, so that none begins meanwhile."""
        length = self.policy.length(Kept.RUNS)
        if length is None:
            return
        keys = await asyncio.to_thread(self.archive.old_runs, self.clock.now() - length, self.batch)
        async with self.store.transaction() as transaction:
            studies = await transaction.studies_of_jobs(keys)
        for job_key, study_key in studies.items():
            async with self.store.transaction() as transaction:
                facts = await transaction.facts_of(Kept.RUNS, study_key)
                if facts is None or reasons_to_stay(facts, length, self.clock.now()):
                    continue
                size = await asyncio.to_thread(self.archive.size, f"runs/{job_key}")
                await asyncio.to_thread(self.archive.drop_job_folder, job_key)
            removed.files += size[0]
            removed.size += size[1]

    async def _remove_quarantine(self) -> None:
        length = self.policy.length(Kept.QUARANTINE)
        if length is None:
            return
        async with self.store.transaction() as transaction:
            now = self.clock.now()
            for key, path in await transaction.old_quarantine(now - length, self.batch):
                _, size = await asyncio.to_thread(self.archive.size, path)
                await transaction.mark_quarantine_removed(key, size, length, now)


async def _tell(transaction: Transaction, kind: Kept, facts: StudyFacts, length: timedelta, now: datetime) -> None:
    payload: dict[str, object] = {
        "kind": kind,
        "files": facts.files,
        "bytes": facts.size,
        "days": round(length / timedelta(days=1), 3),
    }
    await transaction.add_event(Event(kind="files_removed", at=now, study_key=facts.study_key, payload=payload))
    await transaction.add_audit(AuditEntry(event="files removed", study_key=facts.study_key, payload=payload))
