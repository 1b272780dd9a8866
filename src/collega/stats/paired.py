"""Two tests on the same cases: whether they differ, and by how much."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

from collega.stats.distributions import binomial_cdf, chi2_p, normal_quantile


@dataclass(frozen=True, kw_only=True, slots=True)
class McNemar:
    """Tests on discordant pairs; ``exact`` is that to report, the others are for comparison with other programs.

    The statistics and their p-values are None without a discordant pair.
    """

    exact: float
    chi2: float | None
    p: float | None
    corrected: float | None
    corrected_p: float | None


def mcnemar(first_only: int, second_only: int) -> McNemar:
    """Test whether both are right equally often, by the pairs on which one alone is right.

    References
    ----------
    Q. McNemar, Psychometrika 12 (1947) 153-157; A. L. Edwards, Psychometrika 13 (1948) 185-187, for continuity.
    """
    if min(first_only, second_only) < 0:
        message = f"counts are not negative, got {first_only}, {second_only}"
        raise ValueError(message)
    n = first_only + second_only
    if not n:
        return McNemar(exact=1.0, chi2=None, p=None, corrected=None, corrected_p=None)
    gap = abs(first_only - second_only)
    chi2, corrected = gap**2 / n, max(gap - 1, 0) ** 2 / n
    return McNemar(
        exact=min(1.0, 2 * binomial_cdf(min(first_only, second_only), n, 0.5)),
        chi2=chi2,
        p=chi2_p(chi2, 1),
        corrected=corrected,
        corrected_p=chi2_p(corrected, 1),
    )


def tango(first_only: int, second_only: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of the first share less the second, on ``n`` pairs.

    References
    ----------
    T. Tango, Stat. Med. 17 (1998) 891-908, equations 6 to 10.
    """
    if min(first_only, second_only) < 0 or first_only + second_only > n or n < 1:
        message = f"discordant pairs are part of all, got {first_only}, {second_only} of {n}"
        raise ValueError(message)
    z = normal_quantile((1 + confidence) / 2)
    seen = (first_only - second_only) / n

    def beyond(difference: float) -> float:
        """Square of the score statistic less that of the limit."""
        gap = first_only - second_only - n * difference
        return gap * gap - z * z * n * _null_variance(difference, first_only, second_only, n)

    return _edge(beyond, -1.0, seen), _edge(beyond, 1.0, seen)


def _null_variance(difference: float, first_only: int, second_only: int, n: int) -> float:
    """Variance of one pair's difference where the true one is as given: maximum likelihood under that."""
    b = -first_only - second_only + (2 * n - first_only + second_only) * difference
    c = -second_only * difference * (1 - difference)
    second = (sqrt(max(b * b - 8 * n * c, 0.0)) - b) / (4 * n)
    return max(2 * second + difference * (1 - difference), 0.0)


def _edge(beyond: Callable[[float], float], outside: float, inside: float) -> float:
    """Point between where the function changes sign; the outer end where it does not."""
    if beyond(outside) <= 0:
        return outside
    for _ in range(100):
        middle = (outside + inside) / 2
        outside, inside = (middle, inside) if beyond(middle) > 0 else (outside, middle)
    return (outside + inside) / 2


def holm(p_values: list[float]) -> list[float]:
    """Adjust p-values for their number: S. Holm, Scand. J. Stat. 6 (1979) 65-70."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted, most = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        most = max(most, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = most
    return adjusted
