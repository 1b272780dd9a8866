"""Signed reports are labelled anew after an upgrade: each is kept by itself, so that a stop loses nothing."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from collega.adapters.postgres import relabelling
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.reports.report_intake import language_of
from collega.bootstrap.reports.report_labels import labeller
from collega.bootstrap.reports.report_reader import ReportReader
from collega.bootstrap.site import SystemClock
from collega.config import Settings
from collega.model.audit import AuditEntry
from collega.read.relabelled import relabel

Shown = Callable[[Sequence[str]], Iterable[str]]


async def relabel_all(
    store: PostgresStore, settings: Settings, actor: str, limit: int = 0, shown: Shown = iter
) -> dict[str, Any]:
    """Label anew what older words have labelled; tells how many, as JSON.

    Parameters
    ----------
    limit : int
        Stop after so many; 0 for all.
    shown : callable
        Passes on the keys of studies, and tells how far that is.
    """
    name = (await asyncio.to_thread(labeller, settings, language_of(settings))).name
    async with store.transaction() as transaction:
        keys = await relabelling.waiting(transaction, name)
        payload = {"labeller": name, "waiting": len(keys)}
        await transaction.add_audit(AuditEntry(event="reference changed", responsible=actor, payload=payload))
    read, clock, chosen = ReportReader(settings), SystemClock(), keys[: limit or None]
    found = [await relabel(store, clock, read, name, study_key=key) for key in shown(chosen)]
    done = sum(one.is_done for one in found)
    return {
        "labeller": name,
        "waiting": len(keys),
        "relabelled": done,
        "changed": sum(one.is_changed for one in found),
        "passed_by": len(found) - done,
    }
