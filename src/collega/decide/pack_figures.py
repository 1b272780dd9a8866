"""Figures of the feedback to makers: how many cases, of which causes, how long until an answer."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from collega.model.pack import AnswerStatus, Case, Pack, PackState
from collega.stats.order_statistics import quantile_interval

NO_ANSWER = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class PackFigures:
    """What has become of the cases that have left for one maker.

    Parameters
    ----------
    median_days, low, high : float or None
        From the day of the disagreement to that of the first answer, of the cases that have one, with its interval at
        95 percent; None where so few cases give none. Cases that wait are not in it: ``oldest_open_days`` tells of
        them.
    """

    vendor: str
    packs: int
    cases: int
    answered: int
    open: int
    statuses: dict[str, int]
    median_days: float | None
    low: float | None
    high: float | None
    oldest_open_days: int | None


def figures_of(vendor: str, packs: Sequence[Pack], zone: ZoneInfo, today: date) -> PackFigures:
    """Count the cases of taken packs; what did not leave waits for no answer."""
    taken = [pack for pack in packs if pack.vendor == vendor and pack.standing.state is PackState.TAKEN]
    left = [(pack, case) for pack in taken for case in pack.cases if case.number in pack.standing.gone]
    firsts = {
        (pack.key, one.case): one.answered_on
        for pack in taken
        for one in sorted(pack.answers, key=lambda item: -item.number)
    }
    days = [
        max(0, (firsts[pack.key, case.number] - _day(case, zone)).days)
        for pack, case in left
        if (pack.key, case.number) in firsts
    ]
    waiting = [(today - _day(case, zone)).days for pack, case in left if (pack.key, case.number) not in firsts]
    middle = quantile_interval(np.sort(np.array(days, dtype=float)), 0.5) if days else (None, None, None)
    return PackFigures(
        vendor=vendor,
        packs=len(taken),
        cases=len(left),
        answered=len(days),
        open=len(waiting),
        statuses=statuses_of(left),
        median_days=middle[0],
        low=middle[1],
        high=middle[2],
        oldest_open_days=max(waiting, default=None),
    )


def statuses_of(left: Iterable[tuple[Pack, Case]]) -> dict[str, int]:
    """Count cases by what their maker has said last."""
    said = Counter(answer.status.value if (answer := pack.answer_to(case.number)) else NO_ANSWER for pack, case in left)
    return {name: said[name] for name in (*AnswerStatus, NO_ANSWER) if said[name]}


def causes_of(cases: Iterable[Case]) -> dict[str, int]:
    """Count causes; a case with two counts for both, one with none is not counted."""
    return dict(sorted(Counter(cause for case in cases for cause in case.causes).items(), key=lambda item: -item[1]))


def due_at(packs: Sequence[Pack], cases: Sequence[Case], every_days: float) -> datetime | None:
    """Give the moment from which a pack for a maker is due, None where there is nothing new.

    So long after the last pack, or, where there was none, after the oldest case: no case waits longer for its pack, and
    no maker gets more than one in that time.
    """
    if not cases:
        return None
    begun = max((pack.prepared_at for pack in packs), default=min(case.at for case in cases))
    return begun + timedelta(days=every_days)


def _day(case: Case, zone: ZoneInfo) -> date:
    return case.at.astimezone(zone).date()
