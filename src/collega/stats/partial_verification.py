"""Sensitivity and specificity where not every case was verified, and more of the positives than of the negatives."""

from dataclasses import dataclass
from math import exp, log, sqrt

from collega.stats.distributions import normal_quantile


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """Counts of a cohort.

    Attributes
    ----------
    n, positive : int
        All cases, and those with a positive test, verified or not.
    tp, fp, fn, tn : int
        Verified cases.
    """

    n: int
    positive: int
    tp: int
    fp: int
    fn: int
    tn: int

    def __post_init__(self) -> None:
        """Refuse counts that contradict each other."""
        if min(self.n, self.positive, self.tp, self.fp, self.fn, self.tn) < 0:
            message = "counts are not negative"
            raise ValueError(message)
        if self.tp + self.fp > self.positive or self.fn + self.tn > self.n - self.positive:
            message = "more cases are verified than were tested"
            raise ValueError(message)
        if not self.tp + self.fp or not self.fn + self.tn:
            message = "some positives and some negatives must be verified: without them nothing is known of the rest"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """One of the two shares.

    Attributes
    ----------
    value : float
        Where whether a case was verified depends on the test alone.
    se, low, high : float or None
        Interval on the logit scale; None on the edge, and ``limit`` says so.
    least, most : float
        What the data allow whatever the reason for verifying.
    naive : float or None
        Share among verified cases alone: biased; None where there are none.
    """

    value: float
    se: float | None
    low: float | None
    high: float | None
    least: float
    most: float
    naive: float | None
    limit: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Corrected:
    """Both shares."""

    sensitivity: Estimate
    specificity: Estimate


def begg_greenes(counts: Verified, confidence: float = 0.95) -> Corrected:
    """Correct for verification that depends on the test.

    Raises
    ------
    ValueError
        Nothing of one class can be expected, so that its share is not defined.

    References
    ----------
    C. B. Begg and R. A. Greenes, Biometrics 39 (1983) 207-215, equations 3 and 6; X.-H. Zhou, N. A. Obuchowski and
    D. K. McClish, Statistical Methods in Diagnostic Medicine, 2nd ed. (2011), 10.2. Bounds: A. S. Kosinski and
    H. X. Barnhart, Stat. Med. 22 (2003) 2711-2721.
    """
    negative = counts.n - counts.positive
    unverified = counts.positive - counts.tp - counts.fp, negative - counts.fn - counts.tn
    sensitivity = _estimate(
        (counts.positive, negative), (counts.tp, counts.fp), (counts.fn, counts.tn), unverified, confidence
    )
    specificity = _estimate(
        (negative, counts.positive), (counts.tn, counts.fn), (counts.fp, counts.tp), unverified[::-1], confidence
    )
    return Corrected(sensitivity=sensitivity, specificity=specificity)


def _estimate(
    tested: tuple[int, int], right: tuple[int, int], wrong: tuple[int, int], unverified: tuple[int, int], level: float
) -> Estimate:
    """Share of a class on the right side of the test.

    ``tested`` counts cases on the right and on the wrong side; ``right`` verified ones on the right side, of the class
    and not; ``wrong`` the same on the wrong side.
    """
    here, there = right[0] / sum(right), wrong[0] / sum(wrong)
    expected = tested[0] * here, tested[1] * there
    if sum(expected) <= 0:
        message = "no verified case has the condition that the share is about"
        raise ValueError(message)
    value = expected[0] / sum(expected)
    seen = right[0] + wrong[0]
    bounds = (
        right[0] / (seen + unverified[1]),
        (right[0] + unverified[0]) / (seen + unverified[0]),
    )
    naive = right[0] / seen
    if not 0 < value < 1:
        limit = "no verified case on one side of the test has the condition: the variance is not known"
        return Estimate(
            value=value, se=None, low=None, high=None, least=bounds[0], most=bounds[1], naive=naive, limit=limit
        )
    n = sum(tested)
    # Of the log odds: three independent parts, the share tested positive and the two shares of the condition.
    variance = n / (tested[0] * tested[1]) + (1 - here) / right[0] + (1 - there) / wrong[0]
    half, middle = normal_quantile((1 + level) / 2) * sqrt(variance), log(value / (1 - value))
    return Estimate(
        value=value, se=value * (1 - value) * sqrt(variance), low=1 / (1 + exp(half - middle)),
        high=1 / (1 + exp(-half - middle)), least=bounds[0], most=bounds[1], naive=naive,
    )  # fmt: skip
