"""The time before an app: which figures, how many studies they need, frozen, and held against later ones (R70)."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil, sqrt

import numpy as np

from collega.stats.rate import byar
from collega.value.house import House, Seconds

Z95 = 1.96
MINUTE = 60.0
# Fewer studies say nothing of how far values lie apart.
LEAST = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A figure of a span with its 95 % interval; None where so few studies tell nothing."""

    kpi: str
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """How many studies a figure needs, from what the weeks before tell; None where they do not."""

    kpi: str
    precision: float
    studies: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A figure before and now. ``verdict``: lower, higher, or no difference that is more than chance."""

    kpi: str
    before: float | None
    now: float | None
    n: int
    difference: float | None
    low: float | None
    high: float | None
    verdict: str


def figures(house: House) -> list[Figure]:
    """Count all figures of a span."""
    return [count(house, kpi) for kpi, count in _KPIS.items()]


def wanted(house: House, precision: float) -> list[Wanted]:
    """Work out how many studies give an interval whose half is this share of the figure."""
    return [Wanted(kpi=one.kpi, precision=precision, studies=_studies(one, precision)) for one in figures(house)]


def _studies(one: Figure, precision: float) -> int | None:
    """Scale the interval that is there: its width falls with the root of the number."""
    if one.value is None or one.low is None or one.high is None or one.value <= 0:
        return None
    half = (one.high - one.low) / 2
    return max(LEAST, ceil(one.n * (half / (precision * one.value)) ** 2))


def frozen_hash(content: Mapping[str, object]) -> str:
    """Give the SHA-256 of a frozen baseline: of its JSON with keys in order and without its own hash."""
    kept = {key: value for key, value in content.items() if key != "sha256"}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def changes(before: Sequence[Figure], now: Sequence[Figure]) -> list[Change]:
    """Hold figures against those that were frozen."""
    later = {one.kpi: one for one in now}
    return [_change(one, later[one.kpi]) for one in before if one.kpi in later]


def _change(before: Figure, now: Figure) -> Change:
    said = {"kpi": before.kpi, "before": before.value, "now": now.value, "n": now.n}
    halves = [_half(one) for one in (before, now)]
    if before.value is None or now.value is None or halves[0] is None or halves[1] is None:
        return Change(**said, difference=None, low=None, high=None, verdict="not enough studies")  # type: ignore[arg-type]
    difference = now.value - before.value
    half = sqrt(halves[0] ** 2 + halves[1] ** 2)
    low, high = difference - half, difference + half
    verdict = "lower" if high < 0 else "higher" if low > 0 else "no difference shown"
    return Change(**said, difference=difference, low=low, high=high, verdict=verdict)  # type: ignore[arg-type]


def _half(one: Figure) -> float | None:
    return None if one.low is None or one.high is None else (one.high - one.low) / 2


def _mean(seconds: Seconds, kpi: str) -> Figure:
    told = seconds[~np.isnan(seconds)] / MINUTE
    n = len(told)
    if n < LEAST:
        return Figure(kpi=kpi, n=n)
    value, half = float(told.mean()), Z95 * float(told.std(ddof=1)) / sqrt(n)
    return Figure(kpi=kpi, n=n, value=value, low=value - half, high=value + half)


def _calls(house: House, kpi: str) -> Figure:
    nights = house.only(house.is_night)
    n, calls = len(nights.exam), int(nights.calls.sum())
    # None logged at all is no measurement: nobody may have noted any.
    if n < LEAST or not calls:
        return Figure(kpi=kpi, n=n)
    low, high = byar(calls)
    return Figure(kpi=kpi, n=n, value=calls / n, low=low / n, high=high / n)


_KPIS: Mapping[str, Callable[[House, str], Figure]] = {
    "wait_minutes": lambda house, kpi: _mean(house.wait_s, kpi),
    "wait_minutes_night": lambda house, kpi: _mean(house.only(house.is_night).wait_s, kpi),
    "to_signature_minutes": lambda house, kpi: _mean(house.to_signature_s, kpi),
    "reading_minutes": lambda house, kpi: _mean(house.reading_s, kpi),
    "calls_per_night_study": _calls,
}
KPIS = tuple(_KPIS)


def as_rows(found: Sequence[Figure | Wanted | Change]) -> list[dict[str, object]]:
    """Write for JSON."""
    return [asdict(one) for one in found]
