"""The way of a case from the idea to the approval, and how long it takes here (R18, R19)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from collega.stats.survival import median_time
from collega.value.baseline import Figure

KPI = "days_idea_to_approval"


class Step(StrEnum):
    """What a case comes past. The three signatures of R19 may come in any order."""

    IDEA = "idea"
    GOAL = "goal"
    ORDERED = "ordered"
    LEGAL = "legal"
    SECURITY = "security"
    SAFETY = "safety"
    VALIDATED = "validated"
    APPROVED = "approved"
    IN_USE = "in_use"
    DROPPED = "dropped"


SIGNATURES = (Step.LEGAL, Step.SECURITY, Step.SAFETY)


@dataclass(frozen=True, kw_only=True, slots=True)
class Noted:
    """A step that a case has taken on a day; noted again, the later word counts."""

    case: str
    step: Step
    on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How far a case has come.

    Attributes
    ----------
    case : str
    steps : dict
        The day of each step.
    days : int or None
        From the idea to the approval, else until it was dropped, else until today; None where nobody noted the idea.
    is_approved, is_dropped : bool
    unsigned : sequence of Step
        Signatures that are not there.
    """

    case: str
    steps: dict[Step, date]
    days: int | None
    is_approved: bool
    is_dropped: bool
    unsigned: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Duration:
    """From idea to approval over all cases: median in days with its 95 % interval.

    Cases on their way count with the days so far, those that were dropped with the days until then.
    """

    cases: int
    approved: int
    dropped: int
    median: float | None
    low: float | None
    high: float | None
    since: date | None
    until: date


def ways(noted: Iterable[Noted], today: date) -> list[Way]:
    """Put the steps of each case together, the oldest idea first; what lies beyond today is left out.

    Parameters
    ----------
    noted : iterable of Noted
        In the order in which they were noted.
    today : date
    """
    cases: dict[str, dict[Step, date]] = {}
    for one in noted:
        if one.on <= today:
            cases.setdefault(one.case, {})[one.step] = one.on
    found = [_way(case, steps, today) for case, steps in cases.items()]
    return sorted(found, key=lambda way: (way.steps.get(Step.IDEA, date.max), way.case))


def _way(case: str, steps: dict[Step, date], today: date) -> Way:
    is_approved = Step.APPROVED in steps
    end = next((steps[step] for step in (Step.APPROVED, Step.DROPPED) if step in steps), today)
    idea = steps.get(Step.IDEA)
    return Way(
        case=case,
        steps=dict(sorted(steps.items(), key=lambda item: (item[1], list(Step).index(item[0])))),
        days=None if idea is None or end < idea else (end - idea).days,
        is_approved=is_approved,
        is_dropped=Step.DROPPED in steps and not is_approved,
        unsigned=tuple(step for step in SIGNATURES if step not in steps),
    )


def duration(found: Sequence[Way], today: date) -> Duration:
    """Work out how long it takes here."""
    counted = [way for way in found if way.days is not None]
    days = [float(way.days or 0) for way in counted]
    median, low, high = median_time(days, [way.is_approved for way in counted])
    return Duration(
        cases=len(counted),
        approved=sum(way.is_approved for way in counted),
        dropped=sum(way.is_dropped for way in counted),
        median=median,
        low=low,
        high=high,
        since=min((way.steps[Step.IDEA] for way in counted), default=None),
        until=today,
    )


def as_figure(one: Duration) -> Figure:
    """Give it as a figure of a baseline: n counts the cases that were approved."""
    return Figure(kpi=KPI, n=one.approved, value=one.median, low=one.low, high=one.high)
