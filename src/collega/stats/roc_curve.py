"""Points of the empirical ROC curve, each with the interval of its sensitivity."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collega.stats.proportion import wilson

MOST_POINTS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class RocPoint:
    """One operating point: scores from ``threshold`` on are positive; it is None where none is."""

    threshold: float | None
    false_positive_fraction: float
    sensitivity: float
    low: float
    high: float


def roc_points(
    truth: NDArray[np.bool_], scores: NDArray[np.float64], *, confidence: float = 0.95, most: int = MOST_POINTS
) -> list[RocPoint]:
    """Give operating points from none positive to all positive; of more than ``most``, evenly chosen ones.

    ``low`` and ``high`` are Wilson's interval of that sensitivity alone: a band of them holds the curve at each point,
    and not the whole curve at once.

    Raises
    ------
    ValueError
        A class is empty, or a score is not finite.

    References
    ----------
    T. Fawcett, Pattern Recognit. Lett. 27 (2006) 861-874, algorithm 1.
    """
    diseased, other = int(truth.sum()), int((~truth).sum())
    if not diseased or not other or not np.isfinite(scores).all():
        message = "a curve needs diseased and non-diseased cases, and finite scores"
        raise ValueError(message)
    order = np.argsort(-scores, kind="stable")
    ranked, is_diseased = scores[order], truth[order]
    # Cases of one score move together: the last of each run is a point.
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    chosen = np.unique(np.linspace(0, len(last) - 1, min(most, len(last))).round().astype(int))
    hits, false = np.cumsum(is_diseased)[last[chosen]], np.cumsum(~is_diseased)[last[chosen]]
    cuts: list[float | None] = [None, *(float(one) for one in ranked[last[chosen]])]
    counts = zip([0, *hits.tolist()], [0, *false.tolist()], strict=True)
    return [
        _point(cut, (hit, diseased), miss / other, confidence) for cut, (hit, miss) in zip(cuts, counts, strict=True)
    ]


def _point(cut: float | None, hit: tuple[int, int], false: float, confidence: float) -> RocPoint:
    low, high = wilson(*hit, confidence)
    return RocPoint(threshold=cut, false_positive_fraction=false, sensitivity=hit[0] / hit[1], low=low, high=high)
