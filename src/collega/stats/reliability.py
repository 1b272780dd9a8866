"""Whether the items of a scale measure one thing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collega.stats.distributions import f_quantile


@dataclass(frozen=True, kw_only=True, slots=True)
class Alpha:
    """Cronbach's alpha with Feldt's interval."""

    value: float
    low: float
    high: float
    n: int
    items: int


def cronbach(answers: NDArray[np.float64], confidence: float = 0.95) -> Alpha | None:
    """Alpha of complete answers; None where fewer than two items or people, or all people answer the same.

    Parameters
    ----------
    answers : array, shape (people, items)
        Without gaps; items that are worded the other way are turned before.

    References
    ----------
    L. J. Cronbach, Psychometrika 16 (1951) 297-334; L. S. Feldt, Psychometrika 30 (1965) 357-370, for the interval.
    """
    people, items = answers.shape
    if people < 2 or items < 2:  # noqa: PLR2004 - a variance needs two
        return None
    whole = float(answers.sum(axis=1).var(ddof=1))
    if not whole:
        return None
    value = items / (items - 1) * (1 - float(answers.var(axis=0, ddof=1).sum()) / whole)
    df1, df2 = people - 1, (people - 1) * (items - 1)
    tail = (1 - confidence) / 2
    low, high = (1 - (1 - value) * f_quantile(share, df1, df2) for share in (1 - tail, tail))
    return Alpha(value=value, low=low, high=high, n=people, items=items)
