"""What a yes-or-no test is worth: shares, predictive values and likelihood ratios, each with its interval."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import exp, log, sqrt

from collega.stats.distributions import normal_quantile
from collega.stats.proportion import clopper_pearson, wilson


class Interval(StrEnum):
    """Which interval of a proportion."""

    WILSON = "wilson"
    EXACT = "exact"


INTERVALS: Mapping[Interval, Callable[[int, int, float], tuple[float, float]]] = {
    Interval.WILSON: wilson,
    Interval.EXACT: clopper_pearson,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Cases by test and truth."""

    tp: int
    fp: int
    fn: int
    tn: int

    def __post_init__(self) -> None:
        """Refuse negative counts."""
        if min(self.tp, self.fp, self.fn, self.tn) < 0:
            message = "counts are not negative"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A value with its interval; ``k`` of ``n`` for a proportion. None where the data give none: ``limit`` says why."""

    value: float | None
    low: float | None
    high: float | None
    k: int | None = None
    n: int | None = None
    limit: str = ""


NO_CASE = "no case of that kind"
EDGE = "a cell of the table is empty: no interval of a ratio"
ADJUSTED = "a cell of the table is empty: interval of counts with half of z squared added to each (adjusted logit)"


def proportion(k: int, n: int, interval: Interval = Interval.WILSON, confidence: float = 0.95) -> Figure:
    """Give k of n."""
    if not n:
        return Figure(value=None, low=None, high=None, k=k, n=n, limit=NO_CASE)
    low, high = INTERVALS[interval](k, n, confidence)
    return Figure(value=k / n, low=low, high=high, k=k, n=n)


def figures(table: Table, interval: Interval = Interval.WILSON, confidence: float = 0.95) -> dict[str, Figure]:
    """Sensitivity, specificity, predictive values at the share of disease of the sample, accuracy, likelihood ratios.

    References
    ----------
    D. L. Simel, G. P. Samsa and D. B. Matchar, J. Clin. Epidemiol. 44 (1991) 763-770, for the ratios.
    """
    diseased, other = table.tp + table.fn, table.fp + table.tn
    counts = {
        "sensitivity": (table.tp, diseased),
        "specificity": (table.tn, other),
        "ppv": (table.tp, table.tp + table.fp),
        "npv": (table.tn, table.tn + table.fn),
        "accuracy": (table.tp + table.tn, diseased + other),
        "prevalence": (diseased, diseased + other),
    }
    shares = {name: proportion(k, n, interval, confidence) for name, (k, n) in counts.items()}
    return shares | {
        "lr_positive": _ratio((table.tp, diseased), (table.fp, other), confidence),
        "lr_negative": _ratio((table.fn, diseased), (table.tn, other), confidence),
    }


def _ratio(of_diseased: tuple[int, int], of_other: tuple[int, int], confidence: float) -> Figure:
    """Ratio of two shares, by the logarithm."""
    (a, m), (b, n) = of_diseased, of_other
    if not m or not n:
        return Figure(value=None, low=None, high=None, limit=NO_CASE)
    if not a or not b:
        return Figure(value=0.0 if b else None, low=None, high=None, limit=EDGE)
    ratio = (a / m) / (b / n)
    half = normal_quantile((1 + confidence) / 2) * sqrt(1 / a - 1 / m + 1 / b - 1 / n)
    return Figure(value=ratio, low=ratio * exp(-half), high=ratio * exp(half))


def predictive_values(table: Table, prevalence: float, confidence: float = 0.95) -> dict[str, Figure]:
    """Predictive values at another share of disease, as where the test is to be used.

    References
    ----------
    N. D. Mercaldo, K. F. Lau and X.-H. Zhou, Stat. Med. 26 (2007) 2170-2183, the logit interval; the adjusted one,
    with half of z squared added to each count, where a count that it divides by is zero.
    """
    if not 0 < prevalence < 1:
        message = f"a prevalence lies between 0 and 1, got {prevalence}"
        raise ValueError(message)
    odds = prevalence / (1 - prevalence)
    positive = (table.tp, table.fn), (table.fp, table.tn)
    negative = (table.tn, table.fp), (table.fn, table.tp)
    return {
        "ppv": _predictive(*positive, odds, confidence),
        "npv": _predictive(*negative, 1 / odds, confidence),
    }


def _predictive(right: tuple[int, int], wrong: tuple[int, int], odds: float, confidence: float) -> Figure:
    """From (called so, not called so) of the class that is meant, and of the other."""
    if not sum(right) or not sum(wrong):
        return Figure(value=None, low=None, high=None, limit=NO_CASE)
    hit, false = right[0] / sum(right), wrong[0] / sum(wrong)
    if not hit and not false:
        return Figure(value=None, low=None, high=None, limit=NO_CASE)
    z = normal_quantile((1 + confidence) / 2)
    if hit and false:
        value, low, high = _logit(right, wrong, odds, z)
        return Figure(value=value, low=low, high=high)
    value = odds * hit / (odds * hit + false)
    more = z * z / 2
    _, low, high = _logit((right[0] + more, right[1] + more), (wrong[0] + more, wrong[1] + more), odds, z)
    return Figure(value=value, low=min(low, value), high=max(high, value), limit=ADJUSTED)


def _logit(right: tuple[float, float], wrong: tuple[float, float], odds: float, z: float) -> tuple[float, float, float]:
    """Value, lower and upper end, symmetrical on the logit scale."""
    hit, false = right[0] / sum(right), wrong[0] / sum(wrong)
    middle, half = log(odds * hit / false), z * sqrt((1 - hit) / right[0] + (1 - false) / wrong[0])
    value, low, high = (1 / (1 + exp(-one)) for one in (middle, middle - half, middle + half))
    return value, low, high
