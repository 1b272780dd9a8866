"""Coverage against orders: of what was ordered and made, what an app has seen, and why not the rest.

Rounds of asking the PACS start from what the PACS has. Orders start from what was wanted, so that a study which
reached neither is missed too.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from collega.measure.hours import HourClass, hour_class
from collega.model.coverage import Certainty
from collega.model.finding import Outcome
from collega.model.job import JobState
from collega.model.order import Standing
from collega.stats.proportion import wilson

ALL = "all"


class Fate(StrEnum):
    """What became of an order before one app."""

    SEEN = "seen"
    NOT_SUITABLE = "not_suitable"
    FAILED = "failed"
    STOPPED = "stopped"
    NEVER_ARRIVED = "never_arrived"
    NO_IMAGES = "no_images"
    MAYBE = "maybe"
    WAITING = "waiting"
    NO_RULE = "no_rule"
    CANCELLED = "cancelled"
    NOT_MADE = "not_made"


# What an app should have seen: the others were not made, are not for it, or are still on their way.
EXPECTED = (Fate.SEEN, Fate.NOT_SUITABLE, Fate.FAILED, Fate.STOPPED, Fate.NEVER_ARRIVED, Fate.NO_IMAGES)
WORDS: Mapping[Fate, str] = {
    Fate.SEEN: "the app has answered",
    Fate.NEVER_ARRIVED: "the PACS has it, and it never arrived",
    Fate.NO_IMAGES: "it was made, and the PACS names no study of it that an app accepts",
    Fate.MAYBE: "it never arrived, and the PACS does not tell whether the app accepts it",
    Fate.WAITING: "it is on its way",
    Fate.CANCELLED: "the order was cancelled",
    Fate.NOT_MADE: "nobody says that it was made",
    Fate.STOPPED: "the app was stopped",
}
OUTCOMES: Mapping[Outcome, Fate] = {
    Outcome.FOUND: Fate.SEEN,
    Outcome.NOTHING_FOUND: Fate.SEEN,
    Outcome.UNDETERMINED: Fate.SEEN,
    Outcome.NOT_SUITABLE: Fate.NOT_SUITABLE,
    Outcome.FAILED: Fate.FAILED,
}
STOPPED = frozenset({JobState.HELD, JobState.DISCARDED})


@dataclass(frozen=True, kw_only=True, slots=True)
class AppWork:
    """An app's latest work on a study."""

    state: JobState
    outcome: Outcome | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderFacts:
    """What is known of an order, from the RIS, the modality, the PACS and collega.

    ``is_made``: images came, the modality or the RIS said it was done, or the PACS has it. ``decisions`` are
    the words of routing by app, once the study was routed. ``pacs_apps`` are the apps that accept what the
    PACS has; None where no round has named it.
    """

    accession: str
    at: datetime
    standing: Standing
    is_received: bool
    is_made: bool
    decisions: Mapping[str, str] = field(default_factory=dict)
    work: Mapping[str, AppWork] = field(default_factory=dict)
    pacs_apps: Mapping[str, Certainty] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderFigure:
    """Orders of one app in one class of hours, by what became of them; the share that it saw, after Wilson."""

    app: str
    hours: str
    expected: int
    fates: Mapping[str, int]
    coverage: float | None
    low: float
    high: float


def fate(order: OrderFacts, app: str) -> tuple[Fate, str]:
    """Say what became of an order before an app, and why."""
    found, why = _of_study(order, app) if order.is_received else _of_order(order, app)
    return found, why or WORDS.get(found, "")


def _of_order(order: OrderFacts, app: str) -> tuple[Fate, str]:
    if order.standing is not Standing.ORDERED:
        return Fate.CANCELLED, ""
    if not order.is_made:
        return Fate.NOT_MADE, ""
    if order.pacs_apps is None:
        return Fate.NO_IMAGES, ""
    certainty = order.pacs_apps.get(app)
    if certainty is None:
        return Fate.NO_RULE, "no rule matches what the PACS tells of it"
    return (Fate.NEVER_ARRIVED if certainty is Certainty.YES else Fate.MAYBE), ""


def _of_study(order: OrderFacts, app: str) -> tuple[Fate, str]:
    """Images came, so it counts whatever became of the order."""
    work = order.work.get(app)
    if work is None:
        return (Fate.NO_RULE, order.decisions[app]) if app in order.decisions else (Fate.WAITING, "")
    if work.state in STOPPED:
        return Fate.STOPPED, work.reason
    if work.outcome is None:
        return Fate.WAITING, ""
    return OUTCOMES[work.outcome], work.reason


def order_figures(orders: Iterable[OrderFacts], apps: Iterable[str], zone: ZoneInfo) -> list[OrderFigure]:
    """Count what became of orders, by app and class of hours.

    An order that the PACS does not name says nothing of which app it is for: it counts for each.
    """
    names = list(apps)
    counts: dict[tuple[str, str], Counter[Fate]] = {}
    for order in orders:
        hours = hour_class(order.at, zone)
        for app in names:
            found, _ = fate(order, app)
            for name in (str(hours), ALL):
                counts.setdefault((app, name), Counter())[found] += 1
    return [
        _figure(app, hours, counts[app, hours])
        for app in names
        for hours in (*map(str, HourClass), ALL)
        if (app, hours) in counts
    ]


def _figure(app: str, hours: str, count: Counter[Fate]) -> OrderFigure:
    expected, seen = sum(count[one] for one in EXPECTED), count[Fate.SEEN]
    low, high = wilson(seen, expected)
    return OrderFigure(
        app=app,
        hours=hours,
        expected=expected,
        fates={str(one): count[one] for one in Fate},
        coverage=seen / expected if expected else None,
        low=low,
        high=high,
    )
