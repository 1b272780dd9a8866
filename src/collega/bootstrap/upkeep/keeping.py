"""Retention of a site: its rule from the settings, one round at a time, and what it would do."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from collega.adapters.files.archive import FileArchive
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.site import SystemClock
from collega.config import Settings
from collega.errors import InputError
from collega.keep.removal import PAGE, Keeper
from collega.keep.rule import reasons_to_stay
from collega.model.audit import AuditEntry
from collega.model.keeping import KeepPolicy, Kept
from collega.model.study import Study

# Held by whoever removes files, and by a backup, which must find those that its dump names.
RETENTION_LOCK = 4247
PATIENCE_SECONDS = 60.0
_log = structlog.get_logger()


def keep_policy(settings: Settings) -> KeepPolicy:
    """Turn days of the settings into the rule's lengths; 0 is for ever."""
    kept = settings.retention
    return KeepPolicy(
        images=timedelta(days=kept.images_days) or None,
        results=timedelta(days=kept.results_days) or None,
        runs=timedelta(days=kept.runs_days) or None,
        quarantine=timedelta(days=kept.quarantine_days) or None,
    )


def build_keeper(settings: Settings, store: PostgresStore) -> Keeper:
    """Make what removes files by rule."""
    return Keeper(store, FileArchive(settings.data), SystemClock(), keep_policy(settings))


async def keep_house(store: PostgresStore, keeper: Keeper) -> None:
    """Do one round, unless another process does one or a backup is being made."""
    try:
        async with store.held_lock(RETENTION_LOCK) as mine:
            if mine is not None:
                await keeper.round()
    except Exception:  # noqa: BLE001 - the edge of the process: what cannot be removed must not stop the line
        _log.exception("retention failed; files stay until the next round")


@asynccontextmanager
async def nothing_removed(store: PostgresStore) -> AsyncIterator[None]:
    """Keep retention off for the block; a round that is under way is waited for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        async with store.held_lock(RETENTION_LOCK) as mine:
            if mine is not None:
                yield
                return
        if time.monotonic() > deadline:
            message = "another backup is being made, or files are being removed; try again later"
            raise InputError(message)
        await asyncio.sleep(0.2)


async def plan_removal(store: PostgresStore, settings: Settings) -> dict[str, Any]:
    """Count what the rule would remove now, and for each reason what must stay."""
    lengths, now = keep_policy(settings), datetime.now(UTC)
    told: dict[str, Any] = {}
    for kind in (Kept.IMAGES, Kept.RESULTS):
        length = lengths.length(kind)
        sums: dict[str, Counter[str]] = {}
        place: tuple[datetime, str] | None = None
        while True:
            async with store.transaction() as transaction:
                page = await transaction.facts_after(kind, place, PAGE)
            for facts in page:
                place = (facts.received_at, facts.study_key)
                for reason in reasons_to_stay(facts, length, now) or ("remove",):
                    sums.setdefault(reason, Counter()).update(studies=1, files=facts.files, bytes=facts.size)
            if len(page) < PAGE:
                break
        told[kind] = {
            "days": length / timedelta(days=1) if length else 0,
            "remove": dict(sums.pop("remove", Counter(studies=0, files=0, bytes=0))),
            "stay": {reason: dict(count) for reason, count in sorted(sums.items())},
        }
    return told


async def run_removal(store: PostgresStore, settings: Settings) -> dict[str, int]:
    """Remove all that the rule lets go."""
    keeper = build_keeper(settings, store)
    total = {"studies": 0, "files": 0, "bytes": 0}
    async with nothing_removed(store):
        while True:
            done = await keeper.round()
            total["studies"] += done.studies
            total["files"] += done.files
            total["bytes"] += done.size
            if keeper.is_at_end and not done.files:
                return total


async def hold(transaction: PostgresTransaction, study_instance_uid: str, reason: str, actor: str) -> None:
    """Keep a study until it is released."""
    study = await _find(transaction, study_instance_uid)
    await transaction.hold_study(study.key, reason, actor, datetime.now(UTC))
    payload = {"reason": reason}
    entry = AuditEntry(event="study held", responsible=actor, study_key=study.key, payload=payload)
    await transaction.add_audit(entry)


async def release(transaction: PostgresTransaction, study_instance_uid: str, actor: str) -> int:
    """End the holds of a study."""
    study = await _find(transaction, study_instance_uid)
    count = await transaction.release_study(study.key, datetime.now(UTC))
    entry = AuditEntry(event="study released", responsible=actor, study_key=study.key, payload={"holds": count})
    await transaction.add_audit(entry)
    return count


async def _find(transaction: PostgresTransaction, study_instance_uid: str) -> Study:
    study = await transaction.study_by_uid(study_instance_uid, lock=True)
    if study is None:
        message = f"{study_instance_uid}: no such study was received"
        raise InputError(message)
    return study
