"""AUC with its interval (DeLong 1988), operating points with exact intervals."""

import numpy as np
import numpy.typing as npt
from scipy import stats

Values = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def auc_interval(labels: Labels, scores: Values, level: float = 0.95) -> tuple[float, float, float]:
    """Lower bound, AUC and upper bound (DeLong, DeLong and Clarke-Pearson 1988)."""
    positive, negative = scores[labels == 1], scores[labels == 0]
    wins = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    area = float(wins.mean())
    variance = wins.mean(1).var(ddof=1) / len(positive) + wins.mean(0).var(ddof=1) / len(negative)
    half = float(stats.norm.ppf(0.5 + level / 2) * np.sqrt(variance))
    return max(area - half, 0.0), area, min(area + half, 1.0)


def youden(labels: Labels, scores: Values) -> float:
    """Score with the largest sum of sensitivity and specificity."""
    candidates = np.unique(scores)
    gains = [(scores[labels == 1] >= cut).mean() - (scores[labels == 0] >= cut).mean() for cut in candidates]
    best = int(np.argmax(gains))
    return float((candidates[best] + candidates[max(best - 1, 0)]) / 2)


def at_threshold(labels: Labels, logits: Values, threshold: float) -> dict[str, list[float]]:
    """Sensitivity and specificity with exact intervals (Clopper and Pearson 1934): value, low, high, n."""
    called = 1 / (1 + np.exp(-logits)) >= threshold
    return {
        "sensitivity": _share(int((called & (labels == 1)).sum()), int((labels == 1).sum())),
        "specificity": _share(int((~called & (labels == 0)).sum()), int((labels == 0).sum())),
    }


def _share(hits: int, count: int) -> list[float]:
    interval = stats.binomtest(hits, count).proportion_ci(method="exact")
    return [hits / count, float(interval.low), float(interval.high), count]
