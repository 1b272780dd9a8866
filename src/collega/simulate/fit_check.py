"""Is a fitted department the measured one: simulated waits held against those that were measured."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collega.errors import InputError
from collega.simulate.department import Department
from collega.simulate.fit import is_read, parts_of
from collega.simulate.readings import HOUR_S, MINUTE_S, Readings
from collega.simulate.week import Weeks, WhatIf, runs_of, simulate_weeks
from collega.stats.distributions import t_quantile

Floats = NDArray[np.float64]
WEEKS, SEED = 400, 1
ALL = "all"
# Waits of a day depend on each other: days are the batches, weeks where there are enough of them.
DAY_S, WEEK_S, WEEKS_ENOUGH = 24 * HOUR_S, 168 * HOUR_S, 8
LEAST_BATCHES, LEAST_CASES = 7, 50
# Wider than this part of the mean to either side, an interval would agree with anything.
WIDEST = 0.5
# So near is near enough, in parts of the measured mean or in minutes: no decision hangs on it.
NEAR, NEAR_MINUTES = 0.1, 1.0
CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """Measured against simulated mean wait of a part of the week, in minutes.

    Attributes
    ----------
    part : str
    cases : int
        That were measured.
    measured, low, high : float or None
        Mean, and its 95 % interval; None where there are too few cases.
    simulated, se : float or None
    fits : bool or None
        None where the measurement cannot tell.
    why : str
        Empty where it fits.
    """

    part: str
    cases: int
    measured: float | None
    low: float | None
    high: float | None
    simulated: float | None
    se: float | None
    fits: bool | None
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """How a fit stands: all cases, then parts of the week."""

    held: tuple[Held, ...]

    @property
    def fits(self) -> bool:
        """Whether what-if may be asked: all cases together fit, and no part of the week is known not to."""
        return self.held[0].fits is True and not any(one.fits is False for one in self.held)

    @property
    def problems(self) -> list[str]:
        """What speaks against asking, in sentences."""
        return [f"{one.part}: {one.why}" for one in self.held if one.fits is False or (one.part == ALL and one.why)]


def check_runs(department: Department) -> tuple[Iterator[Weeks], int]:
    """Give the runs by which a fit is checked, and how many they are."""
    return simulate_weeks(WhatIf(department=department), WEEKS, SEED), runs_of(WEEKS)


def check_fit(readings: Readings, runs: Iterable[Weeks]) -> Check:
    """Hold a fitted department against what was measured.

    Parameters
    ----------
    readings : Readings
        What it was fitted to, or of another time.
    runs : iterable of Weeks
        Of the department as it is.
    """
    read = is_read(readings)
    waits = (readings.opened - readings.arrived)[read] / MINUTE_S
    arrived = readings.arrived[read]
    told = list(runs)
    hours = readings.hours_of(arrived)
    parts = {ALL: np.ones(len(waits), dtype=bool), **{str(part): own for part, own in parts_of(hours).items()}}
    return Check(held=tuple(_held(part, arrived[own], waits[own], told) for part, own in parts.items()))


def _held(part: str, arrived: Floats, waits: Floats, runs: list[Weeks]) -> Held:
    values = np.array([run.groups[part]["no_ai"] for run in runs if part in run.groups])
    simulated, se = (
        (float(values.mean()), float(values.std(ddof=1) / sqrt(len(values)))) if len(values) > 1 else (None, None)
    )
    found = _interval(arrived, waits)
    low, high = found or (None, None)
    measured = float(waits.mean()) if len(waits) else None
    fits, why = _verdict(measured, found, simulated)
    return Held(
        part=part,
        cases=len(waits),
        measured=measured,
        low=low,
        high=high,
        simulated=simulated,
        se=se,
        fits=fits,
        why=why,
    )


def _verdict(
    measured: float | None, interval: tuple[float, float] | None, simulated: float | None
) -> tuple[bool | None, str]:
    if measured is None or interval is None or simulated is None:
        return None, "too few cases were measured to tell"
    low, high = interval
    near = max(NEAR * measured, NEAR_MINUTES)
    if (high - low) / 2 > max(WIDEST * measured, NEAR_MINUTES):
        return None, f"the measured mean wait is known no better than {low:.1f} to {high:.1f} minutes"
    if low <= simulated <= high or abs(simulated - measured) <= near:
        return True, ""
    return False, f"simulated {simulated:.1f} minutes, measured {measured:.1f} ({low:.1f} to {high:.1f})"


def _interval(arrived: Floats, waits: Floats) -> tuple[float, float] | None:
    """Interval of a mean of waits that depend on each other, by batches of time as a ratio of sums."""
    if len(waits) < LEAST_CASES:
        return None
    first, last = float(arrived.min()), float(arrived.max())
    length = WEEK_S if (last - first) / WEEK_S >= WEEKS_ENOUGH else DAY_S
    _, batch = np.unique(((arrived - first) // length).astype(np.int64), return_inverse=True)
    counts, sums = np.bincount(batch), np.bincount(batch, waits)
    if len(counts) < LEAST_BATCHES:
        return None
    mean = float(waits.mean())
    se = float(np.sqrt(((sums - mean * counts) ** 2).sum() * len(counts) / (len(counts) - 1)) / counts.sum())
    half = t_quantile((1 + CONFIDENCE) / 2, len(counts) - 1) * se
    return mean - half, mean + half


def check_as_json(check: Check) -> dict[str, Any]:
    """Write a check for a file."""
    return {"fits": check.fits, "problems": check.problems, "held": [asdict(one) for one in check.held]}


def must_fit(told: Mapping[str, Any], name: str, *, anyway: bool) -> list[str]:
    """Refuse a department that does not fit; give the warnings where it is to be used all the same.

    Raises
    ------
    InputError
        It does not fit, or was never checked.
    """
    check = told.get("check")
    if not isinstance(check, Mapping) or not isinstance(check.get("fits"), bool):
        message = f"{name}: this department was never held against measured waits; fit it by `collega queue fit`"
        raise InputError(message)
    if check["fits"]:
        return []
    problems = [str(problem) for problem in check.get("problems", [])]
    if not anyway:
        message = (
            f"{name}: the fitted department is not the measured one, so what it says of AI is worth nothing. "
            f"{'; '.join(problems)}. With --anyway it is simulated all the same"
        )
        raise InputError(message)
    return [f"does not fit what was measured: {problem}" for problem in problems]
