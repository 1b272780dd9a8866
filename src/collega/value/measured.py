"""What a site has measured of the inputs of a case, with interval and date; and why not, where it has not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from collega.stats.rate import byar
from collega.value.case import Case, Distribution, Input, Source
from collega.value.fields import money_key
from collega.value.house import YEAR_DAYS, House, Seconds

Z95 = 1.959963984540054
# Fewer tell nothing about a mean.
LEAST = 20
MINUTE = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A value that was measured, or the reason why there is none."""

    key: str
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    counts: tuple[int, int] | None = None
    distribution: Distribution = Distribution.FIXED
    why_not: str = ""


def measure(house: House, case: Case) -> list[Measured]:
    """Count what the studies of a span tell of a case: those of its kind of examination, all where it names none."""
    there = house.of_exam(case.exam)
    return [count(there, key) for key, count in _COUNTS.items() if _is_asked(case, key)]


def _is_asked(case: Case, key: str) -> bool:
    """Tell whether the case has the part of the model that the input is of."""
    section = key.rpartition(".")[0]
    return section == "population" or any(one.startswith(f"{section}.") for one in case.inputs)


def as_input(one: Measured, house: House, case: Case) -> Input | None:
    """Make an input of what was measured."""
    if one.value is None:
        return None
    value = one.value
    return Input(
        key=one.key,
        name=money_key(one.key, case.currency.lower()),
        value=value,
        low=value if one.low is None else one.low,
        high=value if one.high is None else one.high,
        distribution=one.distribution,
        source=Source.MEASURED,
        origin=f"this site, {one.n} studies from {house.since} to {house.until}",
        on=house.until,
        counts=one.counts,
    )


def _volume(house: House, key: str) -> Measured:
    n = len(house.exam)
    if n < LEAST:
        return Measured(key=key, n=n, why_not=f"fewer than {LEAST} studies")
    low, high = (limit / house.days * YEAR_DAYS for limit in byar(n))
    value = n / house.days * YEAR_DAYS
    return Measured(key=key, n=n, value=value, low=low, high=high, distribution=Distribution.GAMMA)


def _share(hits: int, n: int, key: str, missing: str) -> Measured:
    if n < LEAST:
        return Measured(key=key, n=n, why_not=f"{missing}: {n} studies, fewer than {LEAST}")
    return Measured(key=key, n=n, value=hits / n, counts=(hits, n), distribution=Distribution.BETA)


def _night(house: House, key: str) -> Measured:
    return _share(int(house.is_night.sum()), len(house.exam), key, "studies")


def _prevalence(house: House, key: str) -> Measured:
    told = ~np.isnan(house.found)
    return _share(int(house.found[told].sum()), int(told.sum()), key, "with a label for the finding")


def _in_time(house: House, key: str) -> Measured:
    told = house.is_shown & ~np.isnan(house.opened)
    ever = np.where(np.isnan(house.visible), np.inf, house.visible)
    return _share(int((ever[told] <= house.opened[told]).sum()), int(told.sum()), key, "shown to readers and opened")


def _mean(seconds: Seconds, key: str, missing: str) -> Measured:
    told = seconds[~np.isnan(seconds)] / MINUTE
    n = len(told)
    if n < LEAST:
        return Measured(key=key, n=n, why_not=f"{missing}: {n} studies, fewer than {LEAST}")
    value, error = float(told.mean()), float(told.std(ddof=1)) / sqrt(n)
    if value <= 0 or error == 0:
        return Measured(key=key, n=n, value=value)
    low = max(0.0, value - Z95 * error)
    return Measured(key=key, n=n, value=value, low=low, high=value + Z95 * error, distribution=Distribution.GAMMA)


def _before(house: House, key: str) -> Measured:
    return _mean(house.only(~house.is_shown).reading_s, key, "opened and signed without the app")


def _after(house: House, key: str) -> Measured:
    return _mean(house.only(house.is_shown).reading_s, key, "opened and signed with the app shown")


def _waited(house: House, key: str) -> Measured:
    return _mean(house.waited_s, key, "opened with the app shown")


def _calls(house: House, key: str, *, is_shown: bool) -> Measured:
    nights = house.only(house.is_night & (house.is_shown == is_shown))
    n, calls = len(nights.exam), int(nights.calls.sum())
    if not house.calls.sum():
        return Measured(key=key, n=n, why_not="no call was ever logged in this span")
    if n < LEAST:
        return Measured(key=key, n=n, why_not=f"studies of the night: {n}, fewer than {LEAST}")
    low, high = (limit / n for limit in byar(calls))
    shape = Distribution.GAMMA if calls else Distribution.FIXED
    return Measured(key=key, n=n, value=calls / n, low=low, high=high, distribution=shape)


_COUNTS: Mapping[str, Callable[[House, str], Measured]] = {
    "population.volume_per_year": _volume,
    "population.share_night": _night,
    "population.prevalence": _prevalence,
    "population.share_in_time": _in_time,
    "roles.radiologist.minutes_before": _before,
    "roles.radiologist.minutes_after": _after,
    "roles.radiologist.minutes_waited": _waited,
    "calls.per_night_study_before": lambda house, key: _calls(house, key, is_shown=False),
    "calls.per_night_study_after": lambda house, key: _calls(house, key, is_shown=True),
}
