"""Where an app could help most, counted from the site's own studies before any is bought (R44, R6)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from collega.stats.order_statistics import quantile_interval
from collega.stats.proportion import wilson
from collega.value.house import YEAR_DAYS, House, Seconds

HOUR, MINUTE = 3600.0, 60.0
# Fewer studies of a kind tell nothing.
LEAST = 30


class Verdict(StrEnum):
    """What could help with a kind of examination."""

    WAIT = "wait"
    READING = "reading"
    FILTER = "filter"
    FILTER_UNCHECKED = "filter_unchecked"
    NO_PROBLEM = "no_problem"
    TOO_FEW = "too_few"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """From when on something is a problem.

    ``wait_minutes``: that the tenth study of ten waits, by day or when no radiologist is on the spot.
    ``hours_per_year``: of reading. ``share_normal`` and ``volume_per_year``: normal studies worth a filter.
    """

    wait_minutes: float = 60.0
    hours_per_year: float = 200.0
    share_normal: float = 0.5
    volume_per_year: float = 5000.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranged:
    """A figure with its 95 % interval; a limit is None where so few values cannot give it."""

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Opportunity:
    """One kind of examination.

    ``normal`` is the share by labels of reports, ``normal_corrected`` that freed of the label's error, without a value
    where the error is unknown: nothing else rests on the raw share. ``abnormal_waiting_hours`` is what waiting costs
    those who have something: volume, wait and share of abnormal together; None where one of them is unknown.
    """

    exam: str
    studies: int
    per_year: float
    night: Ranged
    wait_p90_min: Ranged
    wait_night_p90_min: Ranged
    reading_min: Ranged
    hours_per_year: float | None
    normal: Ranged
    normal_corrected: Ranged
    abnormal_waiting_hours: float | None
    verdicts: tuple[Verdict, ...]


Free = Callable[[Ranged], Ranged]


def opportunities(house: House, bounds: Bounds, free: Free) -> list[Opportunity]:
    """Rank kinds of examination: those with a problem first, then by hours that could be won.

    Parameters
    ----------
    free : callable
        Frees a share of normal reports of the label's error; its answer has no value where that is unknown.
    """
    found = [_of(house.of_exam(exam), exam, bounds, free) for exam in map(str, np.unique(house.exam))]
    return sorted(found, key=lambda one: (not _is_problem(one), -_hours(one), -one.studies))


def _is_problem(one: Opportunity) -> bool:
    return bool({Verdict.WAIT, Verdict.READING, Verdict.FILTER} & set(one.verdicts))


def _hours(one: Opportunity) -> float:
    return max(one.abnormal_waiting_hours or 0.0, one.hours_per_year or 0.0)


def _of(house: House, exam: str, bounds: Bounds, free: Free) -> Opportunity:
    n = len(house.exam)
    per_year = n / house.days * YEAR_DAYS
    reading = _mean(house.reading_s)
    told = ~np.isnan(house.normal)
    normal = _share(int(house.normal[told].sum()), int(told.sum()))
    corrected = free(normal)
    waits = house.wait_s
    mean_wait = float(np.nanmean(waits)) if (~np.isnan(waits)).any() else None
    is_known = mean_wait is not None and corrected.value is not None
    one = Opportunity(
        exam=exam,
        studies=n,
        per_year=per_year,
        night=_share(int(house.is_night.sum()), n),
        wait_p90_min=_p90(waits),
        wait_night_p90_min=_p90(house.only(house.is_night).wait_s),
        reading_min=reading,
        hours_per_year=None if reading.value is None else reading.value * per_year / MINUTE,
        normal=normal,
        normal_corrected=corrected,
        abnormal_waiting_hours=(mean_wait or 0) * per_year * (1 - (corrected.value or 0)) / HOUR if is_known else None,
        verdicts=(),
    )
    return _judged(one, bounds)


def _judged(one: Opportunity, bounds: Bounds) -> Opportunity:
    verdicts = tuple(verdict for verdict, holds in _RULES.items() if holds(one, bounds))
    if one.studies < LEAST:
        verdicts = (Verdict.TOO_FEW,)
    elif not verdicts:
        is_known = one.wait_p90_min.value is not None and one.hours_per_year is not None
        verdicts = (Verdict.NO_PROBLEM if is_known else Verdict.UNKNOWN,)
    return Opportunity(**{name: getattr(one, name) for name in one.__slots__} | {"verdicts": verdicts})


def _waits_long(one: Opportunity, bounds: Bounds) -> bool:
    return any((wait.value or 0) > bounds.wait_minutes for wait in (one.wait_p90_min, one.wait_night_p90_min))


def _is_filter(one: Opportunity, bounds: Bounds) -> bool:
    return _many_normal(one.normal_corrected, one, bounds)


def _is_unchecked(one: Opportunity, bounds: Bounds) -> bool:
    """Tell whether the raw share alone speaks for a filter: nobody knows how often the label is wrong."""
    return one.normal_corrected.value is None and _many_normal(one.normal, one, bounds)


def _many_normal(share: Ranged, one: Opportunity, bounds: Bounds) -> bool:
    return (share.low or 0) > bounds.share_normal and one.per_year > bounds.volume_per_year


_RULES: Mapping[Verdict, Callable[[Opportunity, Bounds], bool]] = {
    Verdict.WAIT: _waits_long,
    Verdict.READING: lambda one, bounds: (one.hours_per_year or 0) > bounds.hours_per_year,
    Verdict.FILTER: _is_filter,
    Verdict.FILTER_UNCHECKED: _is_unchecked,
}


def _share(hits: int, n: int) -> Ranged:
    if not n:
        return Ranged(n=0)
    low, high = wilson(hits, n)
    return Ranged(n=n, value=hits / n, low=low, high=high)


def _p90(seconds: Seconds) -> Ranged:
    told = np.sort(seconds[~np.isnan(seconds)]) / MINUTE
    if not len(told):
        return Ranged(n=0)
    value, low, high = quantile_interval(told, 0.9)
    return Ranged(n=len(told), value=value, low=low, high=high)


def _mean(seconds: Seconds) -> Ranged:
    told = seconds[~np.isnan(seconds)] / MINUTE
    n = len(told)
    if n < LEAST:
        return Ranged(n=n)
    half = 1.96 * float(told.std(ddof=1)) / n**0.5
    value = float(told.mean())
    return Ranged(n=n, value=value, low=value - half, high=value + half)
