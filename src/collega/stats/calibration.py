"""Whether a probability of .3 means that three of ten have it."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from collega.stats.accuracy import Figure, proportion
from collega.stats.distributions import normal_quantile

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
# Probabilities of 0 and 1 have no logit.
LEAST = 1e-6
STEPS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Bin:
    """Cases of neighbouring probabilities: their mean, and how many of them have it."""

    mean: float
    observed: Figure


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """Calibration of probabilities.

    Attributes
    ----------
    brier : Figure
        Mean squared error; that of always telling the prevalence is ``brier_of_prevalence``.
    intercept : Figure
        In the large: 0 is right; below it, probabilities are too high.
    slope : Figure
        1 is right; below it, probabilities are too extreme.
    bins : tuple of Bin
        Of about equal numbers, ascending.
    """

    brier: Figure
    brier_of_prevalence: float
    intercept: Figure
    slope: Figure
    bins: tuple[Bin, ...]


def calibration(truth: Truths, probability: Floats, *, bins: int = 10, confidence: float = 0.95) -> Calibration:
    """Describe calibration.

    Raises
    ------
    ValueError
        A class is missing, or a value is no probability.

    References
    ----------
    D. R. Cox, Biometrika 45 (1958) 562-565; B. Van Calster et al., BMC Med. 17 (2019) 230, table 1; G. W. Brier, Mon.
    Weather Rev. 78 (1950) 1-3.
    """
    if not ((probability >= 0) & (probability <= 1)).all():
        message = "probabilities lie between 0 and 1"
        raise ValueError(message)
    if truth.all() or not truth.any():
        message = "calibration needs diseased and non-diseased cases"
        raise ValueError(message)
    inside = np.clip(probability, LEAST, 1 - LEAST)
    logit, seen = np.log(inside / (1 - inside)), truth.astype(np.float64)
    ones = np.ones((len(seen), 1))
    intercept = _fitted(ones, seen, logit, confidence)[0]
    slope = _fitted(np.column_stack([ones, logit]), seen, np.zeros(len(seen)), confidence)[1]
    share = float(seen.mean())
    return Calibration(
        brier=_brier(seen, probability, confidence),
        brier_of_prevalence=share * (1 - share),
        intercept=intercept,
        slope=slope,
        bins=tuple(
            Bin(
                mean=float(probability[part].mean()),
                observed=proportion(int(truth[part].sum()), len(part), confidence=confidence),
            )
            for part in np.array_split(np.argsort(probability, kind="stable"), min(bins, len(seen)))
        ),
    )


def _brier(seen: Floats, probability: Floats, confidence: float) -> Figure:
    errors = (probability - seen) ** 2
    value = float(errors.mean())
    half = normal_quantile((1 + confidence) / 2) * float(errors.std(ddof=1)) / sqrt(len(errors))
    return Figure(value=value, low=max(0.0, value - half), high=min(1.0, value + half))


def _fitted(design: Floats, seen: Floats, offset: Floats, confidence: float) -> list[Figure]:
    """Coefficients of a logistic regression by Newton's steps, each halved until the likelihood grows."""
    none = Figure(value=None, low=None, high=None, limit="the classes do not overlap, or all probabilities are equal")
    beta = np.zeros(design.shape[1])
    for _ in range(STEPS):
        expected = _inverse_logit(design @ beta + offset)
        information = design.T @ (design * (expected * (1 - expected))[:, None])
        if np.linalg.cond(information) > 1e12:  # noqa: PLR2004 - no direction in which to step
            return [none] * len(beta)
        step = np.linalg.solve(information, design.T @ (seen - expected))
        before = _likelihood(design @ beta + offset, seen)
        while _likelihood(design @ (beta + step) + offset, seen) < before and float(np.abs(step).max()) > 1e-12:  # noqa: PLR2004
            step = step / 2
        beta = beta + step
        if float(np.abs(step).max()) < 1e-10:  # noqa: PLR2004 - settled
            half = normal_quantile((1 + confidence) / 2) * np.sqrt(np.diag(np.linalg.inv(information)))
            return [
                Figure(value=float(value), low=float(value - width), high=float(value + width))
                for value, width in zip(beta, half, strict=True)
            ]
    return [none] * len(beta)


def _inverse_logit(values: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(values, -700, 700)))
    return found


def _likelihood(values: Floats, seen: Floats) -> float:
    return float((seen * values - np.logaddexp(0, values)).sum())
