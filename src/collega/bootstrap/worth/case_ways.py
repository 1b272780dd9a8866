"""The way of each case from idea to approval: steps are noted as events, and told with how long it takes here."""

import re
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres import case_steps
from collega.bootstrap.site import Asked
from collega.config import Settings
from collega.errors import InputError
from collega.model.audit import AuditEntry
from collega.model.job import Event
from collega.value.baseline import Figure
from collega.value.way import Noted, Step, Way, as_figure, duration, ways

CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LONGEST_NOTE, LONGEST_NAME = 500, 200
EARLIEST = date(2000, 1, 1)
NOON = time(12)


async def note_step(  # noqa: PLR0913 - what a step is noted with
    transaction: Asked, settings: Settings, case: str, step: Step, *, on: date | None, by: str, note: str
) -> date:
    """Note that a case has taken a step; gives the day.

    Raises
    ------
    InputError
        The name is none, the day is still to come, or nobody is named.
    """
    zone = ZoneInfo(settings.site.timezone)
    today = datetime.now(UTC).astimezone(zone).date()
    day = on or today
    if not CASE.fullmatch(case):
        message = f"{case!r}: the name of a case has letters, digits, dots and dashes, 64 at most"
        raise InputError(message)
    if not EARLIEST <= day <= today:
        message = f"{day}: a step is noted once it is taken, and not from before {EARLIEST}"
        raise InputError(message)
    if not by.strip() or len(by) > LONGEST_NAME or len(note) > LONGEST_NOTE or not (by + note).isprintable():
        message = f"say who notes it, and a note of {LONGEST_NOTE} characters at most, on one line"
        raise InputError(message)
    payload: dict[str, object] = {"case": case, "step": str(step), "note": note}
    # Noon of the day, which no change of clocks moves to another.
    at = datetime.combine(day, NOON, zone).astimezone(UTC)
    await transaction.add_event(Event(kind=case_steps.KIND, at=at, actor=by, payload=payload))
    await transaction.add_audit(
        AuditEntry(event="case step noted", responsible=by, payload={**payload, "on": str(day)})
    )
    return day


async def told_ways(transaction: Asked, settings: Settings, until: datetime | None = None) -> dict[str, Any]:
    """Tell how far each case has come, and how long it takes from idea to approval, as JSON."""
    found, today = await _ways(transaction, settings, until or datetime.now(UTC))
    return {"ways": [_told(way) for way in found], "duration": asdict(duration(found, today))}


async def approval_figure(
    transaction: Asked, settings: Settings, *, since: datetime | None = None, until: datetime | None = None
) -> Figure:
    """Give the figure for a baseline: of cases that were not decided on before ``since``."""
    zone = ZoneInfo(settings.site.timezone)
    found, today = await _ways(transaction, settings, until or datetime.now(UTC))
    first = since.astimezone(zone).date() if since else date.min
    later = [way for way in found if _decided(way, today) >= first]
    return as_figure(duration(later, today))


def _decided(way: Way, today: date) -> date:
    return next((way.steps[step] for step in (Step.APPROVED, Step.DROPPED) if step in way.steps), today)


async def _ways(transaction: Asked, settings: Settings, until: datetime) -> tuple[list[Way], date]:
    zone = ZoneInfo(settings.site.timezone)
    rows = await case_steps.listed(transaction)
    noted = [Noted(case=row["case"], step=Step(row["step"]), on=row["at"].astimezone(zone).date()) for row in rows]
    today = until.astimezone(zone).date()
    return ways(noted, today), today


def _told(way: Way) -> dict[str, Any]:
    return {**asdict(way), "steps": {str(step): day for step, day in way.steps.items()}}
