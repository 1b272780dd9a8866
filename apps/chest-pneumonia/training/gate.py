"""Fitting the gate: components of the training films, limits from films that a fit has not seen."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from chest_pneumonia.gate import Values, distances

COMPONENTS = 30
# Limits stand this much above the 99.5th percentile of films that the fit has not seen.
ROOM = 1.05
PERCENT = 99.7


def fit_gate(films: Values, fold: npt.NDArray[np.int64], file: Path) -> float:
    """Write the gate; returns the share of films that a gate fitted without them would refuse."""
    pairs = [_fit(films[fold != number]) for number in range(int(fold.max()) + 1)]
    outside, inside = np.zeros(len(films)), np.zeros(len(films))
    for number, parts in enumerate(pairs):
        outside[fold == number], inside[fold == number] = distances(films[fold == number], *parts)
    limits = [float(np.percentile(values, PERCENT)) * ROOM for values in (outside, inside)]
    mean, components, variances = _fit(films)
    np.savez_compressed(
        file,
        mean=mean.astype(np.float32),
        components=components.astype(np.float32),
        variances=variances.astype(np.float32),
        outside_limit=limits[0],
        inside_limit=limits[1],
    )
    return float(((outside > limits[0]) | (inside > limits[1])).mean())


def _fit(films: Values) -> tuple[Values, Values, Values]:
    """Principal components with their variances."""
    mean: Values = films.mean(0)
    _, lengths, components = np.linalg.svd(films - mean, full_matrices=False)
    variances: Values = lengths[:COMPONENTS] ** 2 / (len(films) - 1)
    return mean, components[:COMPONENTS], variances
