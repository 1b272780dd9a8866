"""Confidence interval of a count."""

from math import sqrt
from statistics import NormalDist


def byar(count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of the mean of a Poisson count, by Byar's approximation of the exact one.

    References
    ----------
    N. E. Breslow and N. E. Day, Statistical Methods in Cancer Research II, IARC (1987), p. 69.
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    low = count * (1 - 1 / (9 * count) - z / (3 * sqrt(count))) ** 3 if count else 0.0
    above = count + 1
    return low, above * (1 - 1 / (9 * above) + z / (3 * sqrt(above))) ** 3
