"""The error of labels that a program makes, from a weighted sample that a reader has read, and figures freed of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from collega.stats.accuracy import NO_CASE, Figure, Table

Floats: TypeAlias = NDArray[np.float64]
DRAWS = 4000
CHANCE = "the labels are no better than chance: nothing can be corrected by them"
NOTHING_READ = "no report on that side was read"
ONE_SIDED = "all reports have the same label: nothing can be told of it"


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """Reports that the program labels alike: how many there are, and those that were read.

    ``weights`` tells for each that was read how many it stands for, ``is_present`` what the reader found.
    """

    frame: int
    weights: tuple[float, ...] = ()
    is_present: tuple[bool, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelError:
    """Sensitivity and specificity of a label for what the reader finds.

    ``draws`` has shape (2, n): sensitivity and specificity as they may be, given the check.
    """

    sensitivity: Figure
    specificity: Figure
    read: int
    draws: Floats = field(repr=False, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Freed:
    """Figures of a test against a label, freed of the label's error."""

    sensitivity: Figure
    specificity: Figure
    prevalence: Figure


def label_error(present: Side, absent: Side, confidence: float = 0.95, seed: int = 1) -> LabelError:
    """Estimate how often a label is right, weighted back to all reports.

    On each side the share of reports in which the finding is there is the weighted one; its uncertainty is that of a
    sample of Kish's effective size, drawn from the Jeffreys posterior. Sensitivity and specificity follow from both
    shares and the sizes of both sides.

    References
    ----------
    L. Kish, Survey Sampling (1965), section 11.7, for the effective size; C. B. Begg and R. A. Greenes, Biometrics 39
    (1983) 207-215, for shares within labels turned round.
    """
    generator = np.random.default_rng(seed)
    shares, drawn = zip(*(_share(side, generator) for side in (present, absent)), strict=True)
    values = _turned(np.array([[share] for share in shares]), present.frame, absent.frame)[:, 0]
    draws = _turned(np.array(drawn), present.frame, absent.frame)
    limit = _limit(present, absent)
    if limit:
        values = np.full(2, np.nan)
    sensitivity, specificity = (
        _figure(float(value), row, confidence, limit) for value, row in zip(values, draws, strict=True)
    )
    read = len(present.weights) + len(absent.weights)
    return LabelError(sensitivity=sensitivity, specificity=specificity, read=read, draws=draws)


def _limit(present: Side, absent: Side) -> str:
    """Say why nothing can be told; empty where it can."""
    if not (present.frame and absent.frame):
        return ONE_SIDED
    return "" if present.weights and absent.weights else NOTHING_READ


def _share(side: Side, generator: np.random.Generator) -> tuple[float, Floats]:
    """Give the share of a side in which the finding is there, and draws of it."""
    if not side.weights:
        return float("nan"), np.full(DRAWS, np.nan)
    weights, is_present = np.array(side.weights), np.array(side.is_present)
    share = float(weights[is_present].sum() / weights.sum())
    size = float(weights.sum() ** 2 / (weights**2).sum())
    return share, generator.beta(size * share + 0.5, size * (1 - share) + 0.5, DRAWS)


def _turned(shares: Floats, present: int, absent: int) -> Floats:
    """Turn shares within labels, shape (2, n), into sensitivity and specificity of the label."""
    sizes = np.array([[present], [absent]])
    with_it, without = sizes * shares, sizes * (1 - shares)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.array([with_it[0] / with_it.sum(axis=0), without[1] / without.sum(axis=0)])


def _figure(value: float, draws: Floats, confidence: float, limit: str = "") -> Figure:
    """Give a value between the quantiles of what was drawn; a share stays one."""
    there = draws[np.isfinite(draws)]
    if not np.isfinite(value) or not there.size:
        return Figure(value=None, low=None, high=None, limit=limit or NO_CASE)
    low, high = np.quantile(np.clip(there, 0, 1), [(1 - confidence) / 2, (1 + confidence) / 2])
    kept = min(max(value, 0.0), 1.0)
    outside = "" if kept == value else "the correction leads outside 0 to 1, and is cut there"
    return Figure(value=kept, low=min(float(low), kept), high=max(float(high), kept), limit=limit or outside)


def freed(table: Table, error: LabelError, confidence: float = 0.95, seed: int = 2) -> Freed:
    """Free sensitivity and specificity of a test, and the prevalence, of the error of the labels.

    Each row of the table (the test's word) is corrected as a prevalence is. It takes the errors of test and label to
    be independent, given the truth. The interval comes from draws of the table and of the label's error.

    References
    ----------
    W. J. Rogan and B. Gladen, Am. J. Epidemiol. 107 (1978) 71-76; M. Staquet et al., J. Chronic Dis. 34 (1981)
    599-610, equations for a reference of known error.
    """
    counts = np.array([table.tp, table.fp, table.fn, table.tn], dtype=np.float64)
    known = (error.sensitivity.value, error.specificity.value)
    if None in known or not counts.sum():
        none = Figure(value=None, low=None, high=None, limit=error.sensitivity.limit or NO_CASE)
        return Freed(sensitivity=none, specificity=none, prevalence=none)
    if sum(value for value in known if value is not None) <= 1:
        none = Figure(value=None, low=None, high=None, limit=CHANCE)
        return Freed(sensitivity=none, specificity=none, prevalence=none)
    generator = np.random.default_rng(seed)
    drawn = generator.dirichlet(counts + 0.5, error.draws.shape[1]).T
    values = _corrected(counts[:, None] / counts.sum(), np.array(known, dtype=np.float64)[:, None])[:, 0]
    rows = _corrected(drawn, error.draws[:, generator.permutation(error.draws.shape[1])])
    found = [_figure(float(value), row, confidence) for value, row in zip(values, rows, strict=True)]
    return Freed(sensitivity=found[0], specificity=found[1], prevalence=found[2])


def freed_share(present: int, n: int, error: LabelError, confidence: float = 0.95, seed: int = 3) -> Figure:
    """Free a share of cases, by label, of the label's error (Rogan and Gladen); ends hold both uncertainties."""
    known = (error.sensitivity.value, error.specificity.value)
    if not n or None in known:
        return Figure(value=None, low=None, high=None, limit=error.sensitivity.limit or NO_CASE)
    sensitivity, specificity = (float(value or 0) for value in known)
    if sensitivity + specificity <= 1:
        return Figure(value=None, low=None, high=None, limit=CHANCE)
    drawn = np.random.default_rng(seed).beta(present + 0.5, n - present + 0.5, error.draws.shape[1])
    gain = error.draws.sum(axis=0) - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        draws = np.where(gain > 0, (drawn + error.draws[1] - 1) / gain, np.nan)
    return _figure((present / n + specificity - 1) / (sensitivity + specificity - 1), draws, confidence)


def _corrected(cells: Floats, known: Floats) -> Floats:
    """Give sensitivity, specificity and prevalence, shape (3, n), from shares of cells, shape (4, n)."""
    (tp, fp, fn, tn), (sensitivity, specificity) = cells, known
    with np.errstate(invalid="ignore", divide="ignore"):
        gain = np.where(sensitivity + specificity > 1, sensitivity + specificity - 1, np.nan)
        hit = (specificity * tp - (1 - specificity) * fp) / gain
        missed = (specificity * fn - (1 - specificity) * tn) / gain
        diseased = hit + missed
        false = tp + fp - hit
        inside = (diseased > 0) & (diseased < 1)
        share = np.where(inside, diseased, np.nan)
        return np.array([hit / share, 1 - false / (1 - share), np.clip(diseased, 0, 1)])


def sides(words: Sequence[tuple[bool, bool, float]], frame: tuple[int, int]) -> tuple[Side, Side]:
    """Part what was read, each as (label says present, reader says present, weight), by the label."""
    parts = [[(found, weight) for said, found, weight in words if said is side] for side in (True, False)]
    return tuple(  # type: ignore[return-value]
        Side(frame=size, weights=tuple(weight for _, weight in part), is_present=tuple(found for found, _ in part))
        for part, size in zip(parts, frame, strict=True)
    )
