"""Agreement of raters beyond chance on a nominal or ordered scale."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from collega.stats.distributions import normal_p, normal_quantile, t_quantile

Floats = NDArray[np.float64]


class Weight(StrEnum):
    """How much a disagreement counts: all alike, by its distance, by the square of that."""

    NONE = "none"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """A coefficient with its interval.

    Attributes
    ----------
    value : float
        1 is full agreement, 0 what chance gives.
    observed, expected : float
        Agreement seen, and that by chance.
    se, low, high : float or None
        None where the data give none; ``limit`` says why.
    p : float or None
        Of no agreement beyond chance, where the method has such a test.
    n : int
        Units.
    """

    value: float
    observed: float
    expected: float
    se: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    limit: str = ""


PERFECT = "the raters never differ: the standard error is zero, and no interval follows"


def cohen(table: NDArray[np.int64], weight: Weight = Weight.NONE, confidence: float = 0.95) -> Agreement:
    """Cohen's kappa of two raters, plain or weighted, with its large-sample standard error.

    Parameters
    ----------
    table : array, shape (categories, categories)
        Counts: rows are the categories of the first rater, columns those of the second, in order.

    Raises
    ------
    ValueError
        The table is not square, empty, or both used one category, so that chance explains everything.

    References
    ----------
    J. Cohen, Educ. Psychol. Meas. 20 (1960) 37-46; J. L. Fleiss, J. Cohen and B. S. Everitt, Psychol. Bull. 72 (1969)
    323-327, equations 13 (interval) and 14 (test).
    """
    if table.ndim != 2 or table.shape[0] != table.shape[1] or table.sum() == 0 or (table < 0).any():  # noqa: PLR2004
        message = f"a table of two raters is square and has counts, got shape {table.shape} and sum {table.sum()}"
        raise ValueError(message)
    n = int(table.sum())
    p, weights = table / n, _weights(len(table), weight)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    chance = np.outer(rows, columns)
    observed, expected = float((weights * p).sum()), float((weights * chance).sum())
    if expected >= 1:
        message = "both raters used one category alone: agreement by chance is complete, and kappa is not defined"
        raise ValueError(message)
    kappa = (observed - expected) / (1 - expected)
    spread = weights @ columns[:, None] + (rows @ weights)[None, :]
    variance = float((p * (weights - spread * (1 - kappa)) ** 2).sum()) - (kappa - expected * (1 - kappa)) ** 2
    null = float((chance * (weights - spread) ** 2).sum()) - expected**2
    return _agreement(kappa, (observed, expected), (variance, null), (n, confidence))


def _weights(categories: int, weight: Weight) -> Floats:
    gap = np.abs(np.subtract.outer(np.arange(categories), np.arange(categories)))
    found: Floats = WEIGHTS[weight](gap, max(categories - 1, 1))
    return found


WEIGHTS: Mapping[Weight, Callable[[NDArray[np.int64], int], Floats]] = {
    Weight.NONE: lambda gap, _: (gap == 0).astype(np.float64),
    Weight.LINEAR: lambda gap, most: 1 - gap / most,
    Weight.QUADRATIC: lambda gap, most: 1 - (gap / most) ** 2,
}


def _agreement(
    kappa: float, shares: tuple[float, float], variances: tuple[float, float], sizes: tuple[int, float]
) -> Agreement:
    (observed, expected), (variance, null), (n, confidence) = shares, variances, sizes
    scale = (1 - expected) * sqrt(n)
    p = normal_p(kappa * scale / sqrt(null)) if null > 0 else None
    # What rounding leaves of a variance that is none.
    if variance <= 1e-15:  # noqa: PLR2004
        limit = PERFECT if observed >= 1 else "every unit disagrees alike: no standard error, and no interval"
        return Agreement(
            value=kappa, observed=observed, expected=expected, se=None, low=None, high=None, p=p, n=n, limit=limit
        )
    se = sqrt(variance) / scale
    half = normal_quantile((1 + confidence) / 2) * se
    return Agreement(
        value=kappa, observed=observed, expected=expected, se=se, low=max(-1.0, kappa - half),
        high=min(1.0, kappa + half), p=p, n=n,
    )  # fmt: skip


def fleiss(counts: NDArray[np.int64], confidence: float = 0.95) -> Agreement:
    """Fleiss' kappa of any number of raters, the same for each unit, not needed to be the same people.

    The interval is the jackknife's over units; ``p`` tests no agreement beyond chance.

    Parameters
    ----------
    counts : array, shape (units, categories)
        How many raters put a unit into a category; every row has the same sum.

    References
    ----------
    J. L. Fleiss, Psychol. Bull. 76 (1971) 378-382; J. L. Fleiss, J. C. M. Nee and J. R. Landis, Psychol. Bull. 86
    (1979) 974-977, equation 11 (test).
    """
    raters = counts.sum(axis=1)
    if len(counts) < 2 or (raters != raters[0]).any() or raters[0] < 2:  # noqa: PLR2004
        message = "every unit needs the same number of ratings, at least two, and there must be two units"
        raise ValueError(message)
    n, m = len(counts), int(raters[0])
    within, totals = (counts * (counts - 1)).sum(axis=1) / (m * (m - 1)), counts.sum(axis=0)
    kappa, observed, expected = _fleiss(float(within.sum()), totals, n, m)
    shares = totals / (n * m)
    odds = shares * (1 - shares)
    null = odds.sum() ** 2 - (odds * (1 - 2 * shares)).sum()
    p = normal_p(kappa * float(odds.sum()) / sqrt(2 * float(null) / (n * m * (m - 1)))) if null > 0 else None
    # Without a unit, everything may be in one category: that is no disagreement.
    left = [_fleiss(float(within.sum() - within[i]), totals - counts[i], n - 1, m)[0] for i in range(n)]
    se, low, high, limit = jackknife_interval(kappa, np.array(left), confidence)
    return Agreement(
        value=kappa, observed=observed, expected=expected, se=se, low=low, high=high, p=p, n=n, limit=limit
    )


def _fleiss(within: float, totals: NDArray[np.int64], n: int, m: int) -> tuple[float, float, float]:
    observed, expected = within / n, float(((totals / (n * m)) ** 2).sum())
    if expected >= 1:
        message = "all ratings are of one category: agreement by chance is complete, and kappa is not defined"
        raise ValueError(message)
    return (observed - expected) / (1 - expected), observed, expected


def jackknife_interval(
    value: float, without: Floats, confidence: float
) -> tuple[float | None, float | None, float | None, str]:
    """Give standard error and interval of a coefficient of agreement from its values without each unit (t, n - 1)."""
    n = len(without)
    se = sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum()))
    if se < 1e-12:  # noqa: PLR2004 - what rounding leaves
        return None, None, None, PERFECT if value >= 1 - 1e-12 else "no unit changes the value: no interval"
    half = t_quantile((1 + confidence) / 2, n - 1) * se
    return se, max(-1.0, value - half), min(1.0, value + half), ""
