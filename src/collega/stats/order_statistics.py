"""Quantiles with intervals that assume nothing of the distribution."""

import math

import numpy as np
from numpy.typing import NDArray


def quantile_interval(
    ordered: NDArray[np.float64], share: float, confidence: float = 0.95
) -> tuple[float, float | None, float | None]:
    """Quantile of a sample, and the order statistics that enclose that of the population.

    Parameters
    ----------
    ordered : array
        Ascending, not empty.
    share : float
        0.5 for the median.
    confidence : float
        At least this, two-sided, each tail at most half of the rest.

    Returns
    -------
    tuple
        Quantile (interpolated, definition 7 of Hyndman and Fan), lower and upper limit; None for a
        limit that so few values cannot give.

    References
    ----------
    W. J. Conover, Practical Nonparametric Statistics, 3rd ed. (1999), 3.2; R. J. Hyndman and Y. Fan, Am. Stat. 50
    (1996) 361-365.
    """
    n = len(ordered)
    tail = (1 - confidence) / 2
    below = _binomial_tail(n, share)
    # X_(r) is below the quantile unless fewer than r values are: P(B < r) <= tail.
    low = int(np.searchsorted(below, tail, side="right")) - 1
    high = int(np.searchsorted(below, 1 - tail, side="left"))
    value = float(np.interp(share * (n - 1), np.arange(n), ordered))
    return value, float(ordered[low]) if low >= 0 else None, float(ordered[high]) if high < n else None


def _binomial_tail(n: int, share: float) -> NDArray[np.float64]:
    """P(B <= i) for i = 0 .. n."""
    logs = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, n + 1)))))
    i = np.arange(n + 1)
    mass = logs[n] - logs[i] - logs[n - i] + i * math.log(share) + (n - i) * math.log1p(-share)
    summed: NDArray[np.float64] = np.cumsum(np.exp(mass))
    return summed
