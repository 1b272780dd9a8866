"""What a site's own studies tell of needs, of the time before an app, and of the inputs of a case."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from collega.adapters.postgres import house_times, timelines
from collega.bootstrap.site import Asked
from collega.bootstrap.times.timing import BESIDE, SHOWN, clock_columns, corrected
from collega.config import Settings
from collega.measure.clocks import Clocks
from collega.measure.hours import hour_class
from collega.model.label import LabelWord
from collega.value.house import House

DAY_S = 86400.0


async def house_of(  # noqa: PLR0913 - what is asked of a span
    transaction: Asked, settings: Settings, since: datetime, until: datetime, *, app: str = "", finding: str = ""
) -> House:
    """Give the studies whose first object came in a span; the signature by the clock of collega."""
    zone = ZoneInfo(settings.site.timezone)
    is_shown = settings.default_stage in SHOWN
    rows = await house_times.studies(transaction, since, until, app=app, finding=finding, is_shown=is_shown)
    said = await timelines.ris_pairs(transaction, since - BESIDE, until + BESIDE)
    clocks = Clocks([], zone, clock_columns(said))
    signed, _, _ = corrected(
        _numbers(rows, "signed"), np.array([row["report_clock"] for row in rows], dtype=np.str_), clocks
    )
    reader = _numbers(rows, "signed_by_reader")
    latest = min(until, datetime.now(UTC))
    return House(
        since=_day(since, zone),
        until=_day(latest, zone),
        days=max((latest - since).total_seconds() / DAY_S, 1.0),
        exam=np.array([row["exam"] for row in rows], dtype=np.str_),
        hours=np.array([str(hour_class(row["made_at"], zone)) for row in rows], dtype=np.str_),
        received=_numbers(rows, "received"),
        opened=_numbers(rows, "opened"),
        signed=np.fmin(signed, reader),
        visible=_numbers(rows, "visible"),
        is_shown=np.array([row["is_shown"] for row in rows], dtype=np.bool_),
        calls=_numbers(rows, "calls"),
        normal=np.array([np.nan if row["is_normal"] is None else float(row["is_normal"]) for row in rows]),
        found=np.array([_found(row) for row in rows], dtype=np.float64),
    )


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _numbers(rows: Sequence[dict[str, Any]], name: str) -> NDArray[np.float64]:
    return np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=np.float64)


def _found(row: dict[str, Any]) -> float:
    """Tell what the report says: a finding that was looked for and not named is absent."""
    if row["word"] is not None:
        return {LabelWord.PRESENT: 1.0, LabelWord.ABSENT: 0.0, LabelWord.HISTORIC: 0.0}.get(row["word"], np.nan)
    return 0.0 if row["was_looked_for"] else np.nan
