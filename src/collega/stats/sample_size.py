"""How many cases a study needs before it begins."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log, sqrt

from collega.stats.distributions import normal_quantile


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """Cases of the class that the share is about, before rounding, and cases in all."""

    of_class: float
    total: int


def buderer(share: float, half_width: float, class_share: float, confidence: float = 0.95) -> Size:
    """Cases for a sensitivity or specificity with an interval of given half-width.

    Parameters
    ----------
    share : float
        Expected sensitivity or specificity.
    class_share : float
        Prevalence for a sensitivity; 1 less prevalence for a specificity.

    References
    ----------
    N. M. F. Buderer, Acad. Emerg. Med. 3 (1996) 895-900.
    """
    if not (0 < share < 1 and 0 < half_width < 1 and 0 < class_share <= 1 and 0 < confidence < 1):
        message = f"shares lie between 0 and 1, got {share}, {half_width}, {class_share}, {confidence}"
        raise ValueError(message)
    z = normal_quantile((1 + confidence) / 2)
    of_class = z * z * share * (1 - share) / half_width**2
    return Size(of_class=of_class, total=_up(of_class / class_share))


def for_auc(area: float, half_width: float, prevalence: float, confidence: float = 0.95) -> Size:
    """Cases for an area under the ROC curve with an interval of given half-width.

    References
    ----------
    J. A. Hanley and B. J. McNeil, Radiology 143 (1982) 29-36, equations 1 and 2 (variance under exponential scores).
    """
    if not (0.5 < area < 1 and 0 < half_width < 1 and 0 < prevalence < 1):  # noqa: PLR2004
        message = f"0.5 < area < 1 and shares between 0 and 1, got {area}, {half_width}, {prevalence}"
        raise ValueError(message)
    z = normal_quantile((1 + confidence) / 2)

    def enough(total: int) -> bool:
        m = total * prevalence
        return z * sqrt(hanley_mcneil(area, m, total - m)) <= half_width

    # At least one of each class; below that the formula means nothing.
    total = _least(enough, ceil(1 / min(prevalence, 1 - prevalence)))
    return Size(of_class=total * prevalence, total=total)


def hanley_mcneil(area: float, diseased: float, other: float) -> float:
    """Variance of an area under exponential scores."""
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (diseased - 1) * (q1 - area**2) + (other - 1) * (q2 - area**2)
    return spread / (diseased * other)


def without_a_miss(rate: float, confidence: float = 0.95) -> int:
    """Cases without one miss that show, one-sided, that fewer than ``rate`` are missed."""
    if not (0 < rate < 1 and 0 < confidence < 1):
        message = f"shares lie between 0 and 1, got {rate}, {confidence}"
        raise ValueError(message)
    return _up(log(1 - confidence) / log(1 - rate))


def _up(value: float) -> int:
    """Round up; what rounding adds to a whole number is no case."""
    return ceil(value - 1e-9)


def _least(enough: Callable[[int], bool], start: int) -> int:
    """Smallest whole number from ``start`` on that is enough, where more is never worse."""
    high = start
    while not enough(high):
        high *= 2
    low = start
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
