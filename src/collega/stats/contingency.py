"""Shares of independent groups held against each other: ratio, trend between two samples, chi-squared."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

from collega.stats.distributions import chi2_p, normal_p, normal_quantile


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratio:
    """A ratio of two shares.

    Attributes
    ----------
    value, low, high : float or None
        None where a share is nought: ``limit`` says so.
    """

    value: float | None
    low: float | None
    high: float | None
    limit: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChiSquared:
    """Pearson's test of a table; ``smallest`` is the lowest count that chance would give."""

    value: float
    df: int
    p: float
    smallest: float


def ratio(first: tuple[int, int], second: tuple[int, int], confidence: float = 0.95) -> Ratio:
    """Ratio of the first share to the second, of independent samples, each as (successes, trials).

    References
    ----------
    D. Katz et al., Biometrics 34 (1978) 469-474, method C: normal on the log scale.
    """
    (a, m), (b, n) = first, second
    for successes, trials in (first, second):
        if not 0 <= successes <= trials:
            message = f"0 <= successes <= trials, got {successes} of {trials}"
            raise ValueError(message)
    if not a or not b:
        return Ratio(value=None, low=None, high=None, limit="a share is nought: no ratio follows")
    value = (a / m) / (b / n)
    half = normal_quantile((1 + confidence) / 2) * sqrt(1 / a - 1 / m + 1 / b - 1 / n)
    return Ratio(value=value, low=exp(log(value) - half), high=exp(log(value) + half))


def change_z(before: tuple[int, int], after: tuple[int, int]) -> tuple[float, float] | None:
    """Score statistic z of the later share less the earlier, with its two-sided p-value; z squared is chi-squared.

    None where nobody was asked, or all said the same: no change can be seen.

    References
    ----------
    J. L. Fleiss, B. Levin, M. C. Paik, Statistical Methods for Rates and Proportions, 3rd ed. (2003), section 3.1.
    """
    (a, m), (b, n) = before, after
    if not m or not n:
        return None
    pooled = (a + b) / (m + n)
    if pooled in {0.0, 1.0}:
        return None
    z = (b / n - a / m) / sqrt(pooled * (1 - pooled) * (1 / m + 1 / n))
    return z, normal_p(z)


def chi_squared(table: Sequence[Sequence[int]]) -> ChiSquared | None:
    """Test whether rows and columns go together, without continuity correction; None where a table has one line.

    Rows and columns without a count are left out.

    References
    ----------
    K. Pearson, Phil. Mag. 50 (1900) 157-175.
    """
    rows = [row for row in table if sum(row)]
    columns = [column for column in zip(*rows, strict=True) if sum(column)]
    if len(rows) < 2 or len(columns) < 2:  # noqa: PLR2004 - a table has two sides
        return None
    n = sum(map(sum, columns))
    totals = [sum(row) for row in rows]
    expected = [[total * sum(column) / n for total in totals] for column in columns]
    value = sum(
        (seen - wanted) ** 2 / wanted
        for column, line in zip(columns, expected, strict=True)
        for seen, wanted in zip(column, line, strict=True)
    )
    df = (len(rows) - 1) * (len(columns) - 1)
    return ChiSquared(value=value, df=df, p=chi2_p(value, df), smallest=min(map(min, expected)))
