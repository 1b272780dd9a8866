"""How well a score does on reports that it has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from collega.read.reports.score import Floats
from collega.stats.proportion import wilson


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """Area under the ROC curve, and the share of reports that are called right, with its 95 % interval (Wilson)."""

    reports: int
    auc: float
    right: int
    accuracy_ci: tuple[float, float]

    @property
    def accuracy(self) -> float:
        """Share of reports that are called right."""
        return self.right / self.reports


def assess(margins: Floats, abnormal: Sequence[bool]) -> Assessment:
    """Hold margins against what people said; a tie counts half (Mann and Whitney)."""
    truth = np.array(abnormal, dtype=bool)
    low, high = np.sort(margins[~truth]), margins[truth]
    below = np.searchsorted(low, high, side="left") + np.searchsorted(low, high, side="right")
    right = int(((margins >= 0) == truth).sum())
    return Assessment(
        reports=len(truth),
        auc=float(below.sum() / 2 / len(low) / len(high)),
        right=right,
        accuracy_ci=wilson(right, len(truth)),
    )
