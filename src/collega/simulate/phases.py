"""A time given by three moments as a walk through exponential phases."""

from dataclasses import dataclass
from math import ceil, nan, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TWO = 2
# Nearer than this to the moments of one phase, it is one.
EXPONENTIAL = 1e-12


@dataclass(frozen=True, kw_only=True, slots=True)
class Phases:
    """A time that begins in the first phase with this probability, and else is nought.

    Attributes
    ----------
    start : float
    between : array, shape (phases, phases)
        Rates from phase to phase.
    out : array, shape (phases,)
        Rates to the end.
    """

    start: float
    between: Floats
    out: Floats


def phases_of(moments: tuple[float, float, float], most: int | None = None) -> Phases | None:
    """Give the phases with these three moments: an Erlang distribution, then a Coxian one of two phases.

    None where the simple solution has none; it leaves out a few moments at the border of what phases can have.

    Parameters
    ----------
    moments : sequence of float
        Means of the time, its square and its cube.
    most : int, optional
        More phases than these are left out, and with them a part of the time.

    References
    ----------
    T. Osogami and M. Harchol-Balter, Performance Evaluation 63 (2006) 524-552, the simple solution.
    """
    first = moments[0]
    second, third = moments[1] / first**2, moments[2] / (first * moments[1])
    start, count, erlang = 1.0, TWO, 0.0
    if not (second > 2 and third > 2 * second - 1):  # noqa: PLR2004 - the region where two phases are enough
        start = 1 / (2 * second - third) if third < 2 * second - 1 else 1.0
        first, second, third = first / start, start * second, start * third
        count = ceil(second / (second - 1))
        first, second, third, erlang = _tail(count, first, second, third)
    fast, slow, on = _coxian(first, second, third)
    if not (first > 0 and erlang >= 0 and fast >= slow > 0 and 0 <= on <= 1):
        return None
    before = min(count, most or count) - TWO
    between = np.diag([erlang] * before + [on * fast], 1)
    return Phases(start=start, between=between, out=np.array([0.0] * before + [(1 - on) * fast, slow]))


def _tail(n: int, first: float, second: float, third: float) -> tuple[float, float, float, float]:
    """Moments of what is left for the Coxian part behind n - 2 Erlang phases, and the rate of these."""
    # Between two numbers of phases nothing is left to divide.
    if not (below := (n - 2) * second - (n - 1)):
        return nan, nan, nan, nan
    own = ((n - 3) * second - (n - 2)) / below
    mean = first / ((n - 2) * own - (n - 3))
    alpha = (n - 2) * (own - 1) * (n * (n - 1) * own**2 - n * (2 * n - 5) * own + (n - 1) * (n - 3))
    beta = ((n - 1) * own - (n - 2)) * ((n - 2) * own - (n - 3)) ** 2
    return mean, own, (beta * third - alpha) / own, 1 / (mean * (own - 1))


def _coxian(first: float, second: float, third: float) -> tuple[float, float, float]:
    """Rates of two phases, and the probability that the second follows the first."""
    below = 3 * second - 2 * third
    if abs(below) < EXPONENTIAL:
        return 1 / first, 1 / first, 0.0
    u, v = (6 - 2 * third) / below, (12 - 6 * second) / (second * below)
    # Twice the same rate may come out a little below nought.
    root = sqrt(max(u * u - 4 * v, 0.0)) if u * u - 4 * v > -EXPONENTIAL * u * u else nan
    fast, slow = (u + root) / (2 * first), (u - root) / (2 * first)
    return fast, slow, slow * (fast * first - 1) / fast
