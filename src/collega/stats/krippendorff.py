"""Krippendorff's alpha: agreement of any number of raters, on any scale, with ratings that are missing."""

from collections.abc import Callable, Mapping
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from collega.stats.kappa import Agreement, jackknife_interval

Floats = NDArray[np.float64]


class Level(StrEnum):
    """Scale of measurement."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


def alpha(ratings: Floats, level: Level, confidence: float = 0.95) -> Agreement:
    """Krippendorff's alpha; the interval is the jackknife's over units.

    Parameters
    ----------
    ratings : array, shape (raters, units)
        NaN where a rating is missing; units with fewer than two ratings do not count.

    Returns
    -------
    Agreement
        ``observed`` and ``expected`` are disagreements here: value = 1 - observed / expected.

    Raises
    ------
    ValueError
        Fewer than two units have two ratings, or all ratings are equal.

    References
    ----------
    K. Krippendorff, Content Analysis, 3rd ed. (2013), chapter 12; the metrics of its section 12.3.
    """
    units = [column[~np.isnan(column)] for column in ratings.T]
    units = [unit for unit in units if len(unit) > 1]
    if len(units) < 2:  # noqa: PLR2004
        message = "fewer than two units have two ratings"
        raise ValueError(message)
    values = np.unique(np.concatenate(units))
    if len(values) == 1:
        message = "all ratings are equal: there is no variation against which agreement could be measured"
        raise ValueError(message)
    if level is Level.RATIO and (values < 0).any():
        message = "a ratio scale has no negative value"
        raise ValueError(message)
    tables = np.array([_coincidences(unit, values) for unit in units])
    total = tables.sum(axis=0)
    observed, expected = _disagreements(total, values, level)
    value = 1 - observed / expected
    left = [_disagreements(total - table, values, level) for table in tables]
    without = np.array([1 - seen / chance if chance > 0 else 1.0 for seen, chance in left])
    se, low, high, limit = jackknife_interval(value, without, confidence)
    return Agreement(
        value=value, observed=observed, expected=expected, se=se, low=low, high=high, p=None, n=len(units), limit=limit
    )


def _coincidences(unit: Floats, values: Floats) -> Floats:
    """Ordered pairs of ratings of a unit, each weighted by 1 / (m - 1), shape (values, values)."""
    counts = (unit[:, None] == values).sum(axis=0).astype(np.float64)
    found: Floats = (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
    return found


def _disagreements(table: Floats, values: Floats, level: Level) -> tuple[float, float]:
    """Observed disagreement and that by chance."""
    counts = table.sum(axis=1)
    n = counts.sum()
    distance = METRICS[level](values, counts)
    return float((table * distance).sum() / n), float((np.outer(counts, counts) * distance).sum() / (n * (n - 1)))


def _nominal(values: Floats, _counts: Floats) -> Floats:
    return 1 - np.eye(len(values))


def _ordinal(_values: Floats, counts: Floats) -> Floats:
    """Ratings between two ranks, half of each end counted."""
    reached = np.cumsum(counts) - counts / 2
    found: Floats = np.subtract.outer(reached, reached) ** 2
    return found


def _interval(values: Floats, _counts: Floats) -> Floats:
    found: Floats = np.subtract.outer(values, values) ** 2
    return found


def _ratio(values: Floats, _counts: Floats) -> Floats:
    total = np.add.outer(values, values)
    found: Floats = (np.subtract.outer(values, values) / np.where(total > 0, total, 1)) ** 2
    return found


METRICS: Mapping[Level, Callable[[Floats, Floats], Floats]] = {
    Level.NOMINAL: _nominal,
    Level.ORDINAL: _ordinal,
    Level.INTERVAL: _interval,
    Level.RATIO: _ratio,
}
