"""Arithmetic of a comparison: pairs that ran one after the other, and how many times as fast one was."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Seconds of collega and of the competitor that ran directly after it."""

    ours_s: float
    theirs_s: float

    def __post_init__(self) -> None:
        """Refuse what no run can take."""
        if min(self.ours_s, self.theirs_s) <= 0:
            message = f"seconds above 0, not {self.ours_s} and {self.theirs_s}"
            raise ValueError(message)

    @property
    def ratio(self) -> float:
        """How many times as fast collega was: 1 is as fast, above 1 faster."""
        return self.theirs_s / self.ours_s


def ratios(pairs: Sequence[Pair]) -> list[float]:
    """Give the ratio of each pair: what both of a pair met with, as a slow minute, cancels out."""
    return [pair.ratio for pair in pairs]


@dataclass(frozen=True, kw_only=True)
class Slope:
    """Growth per unit of x by least squares, with its standard error (None for fewer than three points)."""

    value: float
    error: float | None


def slope(x: Sequence[float], y: Sequence[float]) -> Slope:
    """Fit a line (Draper & Smith, Applied Regression Analysis, 1.4).

    Raises
    ------
    statistics.StatisticsError
        For fewer than two points, or where x is the same everywhere.
    """
    line = statistics.linear_regression(x, y)
    if len(x) <= 2:  # noqa: PLR2004 - a line through two points leaves no residual
        return Slope(value=line.slope, error=None)
    middle = statistics.fmean(x)
    spread = sum((one - middle) ** 2 for one in x)
    rest = sum((there - line.intercept - line.slope * here) ** 2 for here, there in zip(x, y, strict=True))
    return Slope(value=line.slope, error=(rest / (len(x) - 2) / spread) ** 0.5)
