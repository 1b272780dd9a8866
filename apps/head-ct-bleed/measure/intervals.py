"""Exact intervals of proportions, and limits of agreement, in numpy and the standard library alone."""

import math
from collections.abc import Callable, Sequence

import numpy as np

ALPHA = 0.05
HALVINGS = 60
WITHIN = 1.96
FEWEST = 2


def exact(hits: int, count: int) -> list[float]:
    """Proportion with its interval of 95 % (Clopper and Pearson 1934): value, low, high."""
    low = 0.0 if hits == 0 else _root(lambda share: 1 - _at_most(hits - 1, count, share), ALPHA / 2)
    high = 1.0 if hits == count else 1 - _root(lambda share: _at_most(hits, count, 1 - share), ALPHA / 2)
    return [hits / count, low, high]


def agreement(differences: Sequence[float]) -> dict[str, object]:
    """Mean difference and the limits that hold 95 % of differences (Bland and Altman 1986); null below two."""
    if len(differences) < FEWEST:
        return {"n": len(differences), "mean_difference_ml": None, "limits_of_agreement_ml": None}
    mean, spread = float(np.mean(differences)), float(np.std(differences, ddof=1))
    return {
        "n": len(differences),
        "mean_difference_ml": round(mean, 3),
        "limits_of_agreement_ml": [round(mean - WITHIN * spread, 3), round(mean + WITHIN * spread, 3)],
    }


def _at_most(hits: int, count: int, share: float) -> float:
    """Probability of at most so many hits."""
    return sum(math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(hits + 1))


def _root(rising: Callable[[float], float], value: float) -> float:
    """Share at which a function that rises from 0 to 1 has a value."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < value else (low, middle)
    return (low + high) / 2
