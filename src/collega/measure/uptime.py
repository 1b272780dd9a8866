"""Uptime: the share of a stretch of time in which a part was not out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Uptime:
    """How long a part was out in a stretch of time, in seconds, and the share of it that it was up."""

    part: str
    name: str
    outages: int
    seconds_out: float
    uptime: float


def uptime(
    outages: Iterable[tuple[str, str, datetime, datetime | None]], since: datetime, until: datetime
) -> list[Uptime]:
    """Sum up outages: part, name, from when, to when (None: it is out still).

    What lies outside the stretch is cut off; a part that was never out in it has no row.
    """
    found: dict[tuple[str, str], list[timedelta]] = {}
    for part, name, begin, end in outages:
        length = min(end or until, until) - max(begin, since)
        if length > timedelta():
            found.setdefault((part, name), []).append(length)
    whole = (until - since).total_seconds()
    rows = []
    for (part, name), lengths in sorted(found.items()):
        seconds = sum(length.total_seconds() for length in lengths)
        # Outages of one part follow each other, save where trouble began before it was first seen.
        share = max(0.0, 1 - seconds / whole)
        rows.append(Uptime(part=part, name=name, outages=len(lengths), seconds_out=seconds, uptime=share))
    return rows
