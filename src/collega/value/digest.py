"""What a month tells of an app, which decisions are due, and what nobody knows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from collega.errors import InputError
from collega.value.case import Case, Source

SHOWN = frozenset({"pilot", "live"})
# Beyond these somebody should decide.
SHADOW_LONG, PILOT_LONG = timedelta(days=90), timedelta(days=180)
GOAL_SOON, END_SOON = timedelta(days=92), timedelta(days=183)
PRICES_OLD = timedelta(days=365)
LAST_MONTH = 12


class Due(StrEnum):
    """A decision that is due."""

    GOAL = "goal"
    SHADOW_LONG = "shadow_long"
    PILOT_LONG = "pilot_long"
    SUSPENDED = "suspended"
    PRICES_OLD = "prices_old"
    CONTRACT_END = "contract_end"
    DOES_NOT_PAY = "does_not_pay"


class Unknown(StrEnum):
    """A thing that nobody knows."""

    NO_CASE = "no_case"
    NO_STUDIES = "no_studies"
    IN_TIME = "in_time"
    WAITED = "waited"
    NO_FINDING = "no_finding"
    NO_LABELS = "no_labels"
    SINCE_WHEN = "since_when"
    ASSUMED = "assumed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """A month of the calendar."""

    begins: date

    @property
    def ends(self) -> date:
        """Give the first day of the next month."""
        year, month = divmod(self.begins.month, LAST_MONTH)
        return date(self.begins.year + year, month + 1, 1)

    @property
    def before(self) -> "Month":
        """Give the month before."""
        return Month(begins=(self.begins - timedelta(days=1)).replace(day=1))

    @property
    def name(self) -> str:
        """Name it as ``--month`` does."""
        return f"{self.begins:%Y-%m}"


def month_of(text: str, today: date) -> Month:
    """Read a month such as 2026-10; the last whole one where nothing is said.

    Raises
    ------
    InputError
        It is no month, or has not begun.
    """
    if not text:
        return Month(begins=today.replace(day=1)).before
    try:
        found = Month(begins=date.fromisoformat(f"{text}-01"))
    except ValueError:
        message = f"a month such as 2026-10, not {text!r}"
        raise InputError(message) from None
    if found.begins > today:
        message = f"{text}: this month has not begun"
        raise InputError(message)
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How an app stands at the end of a month.

    ``stage_since`` and ``used_since`` are None where no decision is on record; ``used_since`` is the day from which
    readers were shown what it says. ``has_accuracy`` says whether anything is known of its accuracy.
    """

    stage: str
    stage_since: date | None
    used_since: date | None
    times: Mapping[str, Any] | None
    has_accuracy: bool


def due(app: Standing, case: Case | None, npv: float | None, today: date) -> Iterator[dict[str, Any]]:
    """List the decisions that are due, each with the day by which or since when."""
    long = {"shadow": (Due.SHADOW_LONG, SHADOW_LONG), "pilot": (Due.PILOT_LONG, PILOT_LONG)}.get(app.stage)
    if long and app.stage_since and today - app.stage_since > long[1]:
        yield {"what": long[0], "on": app.stage_since}
    if app.stage == "suspended":
        yield {"what": Due.SUSPENDED, "on": app.stage_since}
    if case is None:
        return
    if case.goal and case.goal.by - today <= GOAL_SOON:
        yield {"what": Due.GOAL, "on": case.goal.by}
    if today - case.prices_of > PRICES_OLD:
        yield {"what": Due.PRICES_OLD, "on": case.prices_of}
    if app.used_since and (end := _after(app.used_since, case.horizon_years)) - today <= END_SOON:
        yield {"what": Due.CONTRACT_END, "on": end}
    if npv is not None and npv < 0 and app.stage in SHOWN:
        yield {"what": Due.DOES_NOT_PAY, "on": None}


def _after(day: date, years: int) -> date:
    # The 29th of February has no day of its own in most years.
    return day.replace(year=day.year + years, day=min(day.day, 28) if day.month == 2 else day.day)  # noqa: PLR2004


def unknown(app: Standing, case: Case | None) -> Iterator[dict[str, Any]]:
    """List what is not known, so that an empty place is never read as a nought."""
    if app.times is None:
        yield {"what": Unknown.NO_STUDIES}
    else:
        if not app.times["visible_before_opened"]["n"]:
            yield {"what": Unknown.IN_TIME}
        if app.times["waited"]["minutes"] is None:
            yield {"what": Unknown.WAITED}
    if app.stage in SHOWN and app.used_since is None:
        yield {"what": Unknown.SINCE_WHEN}
    if case is None:
        yield {"what": Unknown.NO_CASE}
        return
    if not case.finding:
        yield {"what": Unknown.NO_FINDING}
    elif not app.has_accuracy:
        yield {"what": Unknown.NO_LABELS}
    assumed = sum(item.source is Source.EXPERT for item in case.inputs.values())
    if assumed:
        yield {"what": Unknown.ASSUMED, "n": assumed, "of": len(case.inputs)}
