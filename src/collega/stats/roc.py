"""Area under the empirical ROC curve, its variance and intervals, and the difference of two on the same cases.

Arrays of truth are boolean with shape (cases,), scores are floats of the same shape, higher speaks for disease.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from collega.stats.distributions import normal_p, normal_quantile

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


class Scale(StrEnum):
    """Scale on which an interval is symmetrical."""

    WALD = "wald"
    LOGIT = "logit"


@dataclass(frozen=True, kw_only=True, slots=True)
class Components:
    """Structural components of one test.

    Attributes
    ----------
    diseased : array, shape (m,)
        For each diseased case the share of non-diseased cases that it scores above, ties counted half (V10).
    other : array, shape (n,)
        For each non-diseased case the share of diseased cases that score above it (V01).
    """

    diseased: Floats
    other: Floats

    @property
    def auc(self) -> float:
        """Area under the empirical curve: the Mann-Whitney statistic."""
        return float(self.diseased.mean())


@dataclass(frozen=True, kw_only=True, slots=True)
class Auc:
    """An area with its variance and interval.

    ``low``, ``high`` and ``variance`` are None where the data give none, and ``limit`` says why; it also says where
    the interval is not DeLong's.
    """

    auc: float
    variance: float | None
    low: float | None
    high: float | None
    diseased: int
    other: int
    limit: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AucDifference:
    """First area less the second, on the same cases."""

    first: float
    second: float
    difference: float
    se: float
    z: float | None
    p: float | None
    low: float
    high: float


def components(truth: Truths, scores: Floats) -> Components:
    """Structural components by ranks, in O(N log N).

    Raises
    ------
    ValueError
        A class is empty, lengths differ, or a score is not finite.

    References
    ----------
    E. R. DeLong et al., Biometrics 44 (1988) 837-845, equations 1-5; X. Sun and W. Xu, IEEE Signal Process. Lett. 21
    (2014) 1389-1393, for ranks.
    """
    _check(truth, scores)
    order = np.argsort(scores, kind="stable")
    is_diseased = truth[order]
    found = _components_in_order(scores[order][is_diseased], scores[order][~is_diseased])
    # Back to the order of the cases.
    back = np.empty(len(scores))
    back[order[is_diseased]], back[order[~is_diseased]] = found.diseased, found.other
    return Components(diseased=back[truth], other=back[~truth])


def _check(truth: Truths, scores: Floats) -> None:
    if truth.shape != scores.shape or truth.ndim != 1:
        message = f"truth and scores have shapes {truth.shape} and {scores.shape}"
        raise ValueError(message)
    if not np.isfinite(scores).all():
        message = f"score {int(np.flatnonzero(~np.isfinite(scores))[0])} is not a finite number"
        raise ValueError(message)
    if truth.all() or not truth.any():
        message = "an area needs diseased and non-diseased cases"
        raise ValueError(message)


def _components_in_order(above: Floats, below: Floats) -> Components:
    """Components of ascending scores: sorted queries stay in the processor's cache, and one search serves both classes.

    A non-diseased case lies below a diseased one when its place in the order is before what the search found.
    """
    m, n = len(above), len(below)
    first, last = np.searchsorted(below, above, side="left"), np.searchsorted(below, above, side="right")
    not_above = np.cumsum(np.bincount(first, minlength=n + 1) + np.bincount(last, minlength=n + 1))[:n]
    return Components(diseased=(first + last) / (2 * n), other=1 - not_above / (2 * m))


def covariance(tests: Sequence[Components]) -> Floats:
    """Covariance matrix of areas on the same cases, in the same order (DeLong 1988, equation 6).

    Returns
    -------
    array, shape (tests, tests)

    Raises
    ------
    ValueError
        Fewer than two cases of a class.
    """
    diseased = np.vstack([one.diseased for one in tests])
    other = np.vstack([one.other for one in tests])
    m, n = diseased.shape[1], other.shape[1]
    if min(m, n) < 2:  # noqa: PLR2004 - a variance needs two
        message = f"a variance needs two cases of each class, got {m} diseased and {n} non-diseased"
        raise ValueError(message)
    found: Floats = np.atleast_2d(np.cov(diseased)) / m + np.atleast_2d(np.cov(other)) / n
    return found


def auc(truth: Truths, scores: Floats, *, confidence: float = 0.95, scale: Scale = Scale.WALD) -> Auc:
    """Area with DeLong's variance and its interval.

    Where the classes do not overlap the variance is zero and DeLong's interval has no width. The limit given then is
    that of min(m, n) independent pairs, all in order: exact for them, and wider than need be.

    Parameters
    ----------
    scale : Scale
        The logit interval stays within 0 and 1 and covers better near them: M. S. Pepe, The Statistical Evaluation of
        Medical Tests (2003), 5.2.3; G. Qin and L. Hotilovac, Stat. Methods Med. Res. 17 (2008) 207-221.
    """
    _check(truth, scores)
    # In the order of scores: a variance does not ask whose component it is.
    parts = _components_in_order(np.sort(scores[truth]), np.sort(scores[~truth]))
    area, m, n = parts.auc, len(parts.diseased), len(parts.other)
    if min(m, n) < 2:  # noqa: PLR2004 - a variance needs two
        limit = "fewer than two cases of a class: no variance"
        return Auc(auc=area, variance=None, low=None, high=None, diseased=m, other=n, limit=limit)
    variance = float(covariance([parts])[0, 0])
    low, high, limit = _interval(area, variance, (m, n), (confidence, scale))
    return Auc(auc=area, variance=variance, low=low, high=high, diseased=m, other=n, limit=limit)


def _interval(
    area: float, variance: float, sizes: tuple[int, int], asked: tuple[float, Scale]
) -> tuple[float | None, float | None, str]:
    confidence, scale = asked
    if variance <= 0:
        if area not in {0.0, 1.0}:
            return None, None, "every score is the same: no interval"
        bound = ((1 - confidence) / 2) ** (1 / min(sizes))
        limit = "the classes do not overlap: interval of independent pairs, not DeLong's"
        return (bound, 1.0, limit) if area else (0.0, 1 - bound, limit)
    half = normal_quantile((1 + confidence) / 2) * sqrt(variance)
    if scale is Scale.WALD:
        return max(0.0, area - half), min(1.0, area + half), ""
    middle, spread = log(area / (1 - area)), half / (area * (1 - area))
    return 1 / (1 + exp(spread - middle)), 1 / (1 + exp(-spread - middle)), ""


def compare_aucs(truth: Truths, first: Floats, second: Floats, *, confidence: float = 0.95) -> AucDifference:
    """Compare two areas on the same cases (paired DeLong).

    ``z`` and ``p`` are None where the scores order the cases alike, so that the difference has no variance.
    """
    tests = [components(truth, first), components(truth, second)]
    found = covariance(tests)
    variance = float(found[0, 0] + found[1, 1] - 2 * found[0, 1])
    # What rounding leaves of a variance that is none.
    se = sqrt(variance) if variance > 1e-15 else 0.0  # noqa: PLR2004
    difference = tests[0].auc - tests[1].auc
    z = difference / se if se else None
    half = normal_quantile((1 + confidence) / 2) * se
    return AucDifference(
        first=tests[0].auc,
        second=tests[1].auc,
        difference=difference,
        se=se,
        z=z,
        p=None if z is None else normal_p(z),
        low=difference - half,
        high=difference + half,
    )
