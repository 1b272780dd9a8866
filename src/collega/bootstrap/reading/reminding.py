"""Telling people of discrepancies that are overdue or urgent: each once, by whichever process looks first."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from collega.adapters.postgres import discrepancies
from collega.adapters.postgres.store import PostgresTransaction
from collega.bootstrap.reading.board import BoardContext
from collega.bootstrap.reading.inbox import may_be_told
from collega.bootstrap.trusted import trusted
from collega.deliver.messages import is_higher
from collega.model.discrepancy import Contrast, DiscrepancyState
from collega.model.job import Event
from collega.model.outage import NoticeKind, Reminder
from collega.model.study import Priority
from collega.read.discrepancies import is_late
from collega.read.reminders import notices


async def remind(
    transaction: PostgresTransaction, context: BoardContext, channels: tuple[str, ...], now: datetime
) -> int:
    """Plan what is to be told of discrepancies, once for each; returns of how many."""
    trust = await trusted(transaction, context.catalogue, context.default_stage)
    rows = [row for row in await discrepancies.not_closed(transaction) if may_be_told(row, trust)]
    wanted = [one for row in rows for one in _reminders(row, context, now)]
    found = await discrepancies.claim_reminders(transaction, wanted, now) if wanted else []
    for notice in notices(found, channels, now):
        await transaction.add_notice(notice)
    if found:
        counts: dict[str, object] = {kind.value: sum(one.kind is kind for one in found) for kind in _KINDS}
        await transaction.add_event(Event(kind="discrepancies_told", at=now, payload=counts))
    return len(found)


_KINDS = (NoticeKind.OVERDUE, NoticeKind.URGENT)


def _reminders(row: Mapping[str, Any], context: BoardContext, now: datetime) -> Iterator[Reminder]:
    key = str(row["discrepancy_key"])
    if is_late(row["state"], row["found_at"], row["deadline"], now, context.zone):
        until = str(row["deadline"] if row["state"] == DiscrepancyState.TAKEN else "untaken")
        yield Reminder(key=key, kind=NoticeKind.OVERDUE, until=until, mail=row["owner_mail"] or "")
    manifest = context.catalogue.get(row["app_id"])
    spec = manifest.finding(row["finding_id"]) if manifest else None
    is_urgent = spec is not None and is_higher(spec.urgency, Priority.ROUTINE)
    if is_urgent and row["state"] == DiscrepancyState.OPEN and row["contrast"] != Contrast.AI_NEGATIVE:
        yield Reminder(key=key, kind=NoticeKind.URGENT)
