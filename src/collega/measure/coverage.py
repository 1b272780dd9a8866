"""Coverage: of the studies that an app accepts, the share that came to it, by the hours of care."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from collega.measure.hours import HourClass, hour_class
from collega.model.coverage import Certainty, SightingState
from collega.stats.proportion import wilson

ALL, UNKNOWN = "all", "unknown"
# How a study was found -> the column in which it counts; what may still be on its way counts nowhere.
COLUMNS: Mapping[SightingState, str] = {
    SightingState.RECEIVED: "received",
    SightingState.ARRIVED: "late",
    SightingState.FETCHED: "fetched",
    SightingState.INCOMPLETE: "incomplete",
    SightingState.MISSING: "missing",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What the figures need of one study."""

    at: datetime
    state: SightingState
    apps: Mapping[str, Certainty]


@dataclass(frozen=True, kw_only=True, slots=True)
class CoverageFigure:
    """Coverage of one app in one class of hours (``all`` is their sum).

    ``coverage`` is (received + late) / eligible, with its 95 % Wilson interval; what only came because
    it was fetched counts against it. ``maybe`` counts missing studies of which the PACS tells too little;
    they are in no other column.
    """

    app: str
    hours: str
    eligible: int
    received: int
    late: int
    fetched: int
    incomplete: int
    missing: int
    maybe: int
    coverage: float | None
    low: float
    high: float


def figures(seen: Iterable[Seen], zone: ZoneInfo) -> list[CoverageFigure]:
    """Count each app's studies by class of hours."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for study in seen:
        if study.state not in COLUMNS:
            continue
        for app, certainty in study.apps.items():
            column = _column(study.state, certainty)
            for hours in (hour_class(study.at, zone), ALL):
                counts.setdefault((app, hours), Counter())[column] += 1
    apps = sorted({app for app, _ in counts})
    order = [*HourClass, ALL]
    return [_figure(app, hours, counts[app, hours]) for app in apps for hours in order if (app, hours) in counts]


def _column(state: SightingState, certainty: Certainty) -> str:
    is_unsure = certainty is Certainty.MAYBE and state is SightingState.MISSING
    return "maybe" if is_unsure else COLUMNS[state]


def _figure(app: str, hours: str, count: Counter[str]) -> CoverageFigure:
    eligible = sum(count[column] for column in COLUMNS.values())
    came = count["received"] + count["late"]
    low, high = wilson(came, eligible)
    return CoverageFigure(
        app=app,
        hours=hours,
        eligible=eligible,
        maybe=count["maybe"],
        coverage=came / eligible if eligible else None,
        low=low,
        high=high,
        **{column: count[column] for column in COLUMNS.values()},
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class NeedFigure:
    """How many studies of a PACS an app would accept in one class of hours."""

    hours: str
    accepted: int
    maybe: int


def need(studies: Iterable[tuple[datetime | None, Certainty]], zone: ZoneInfo) -> list[NeedFigure]:
    """Count what an app would accept by class of hours; a study without a time is in ``unknown`` (R6)."""
    counts: dict[str, Counter[Certainty]] = {hours: Counter() for hours in (*HourClass, UNKNOWN, ALL)}
    for at, certainty in studies:
        hours = hour_class(at, zone) if at else UNKNOWN
        counts[hours][certainty] += 1
        counts[ALL][certainty] += 1
    return [
        NeedFigure(hours=str(hours), accepted=count[Certainty.YES], maybe=count[Certainty.MAYBE])
        for hours, count in counts.items()
    ]
