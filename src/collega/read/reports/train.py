"""Training the score on reports that people have judged: pure arithmetic, the same numbers for the same reports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from collega.read.reports.score import SIZE, Floats, Model, Numbers, Pieces, Read, counts, vectors

LEAST_REPORTS = 2  # a feature of fewer reports says nothing
NEWTON_STEPS, NEWTON_END = 30, 1e-4
CG_STEPS, CG_END = 60, 0.05
LOGISTIC_C, SVM_C = 10.0, 0.5
LEAST_OF_EACH = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """Reports as a sparse matrix: the features of row i stand from ``starts[i]`` to ``starts[i + 1]``."""

    starts: Numbers
    columns: Numbers
    values: Floats
    width: int

    def times(self, weights: Floats) -> Floats:
        """Matrix by vector."""
        return np.add.reduceat(self.values * weights[self.columns], self.starts[:-1])

    def transposed_times(self, rows: Floats) -> Floats:
        """Transposed matrix by vector."""
        spread = np.repeat(rows, np.diff(self.starts))
        return np.asarray(np.bincount(self.columns, self.values * spread, minlength=self.width), dtype=np.float64)


Blocks = tuple[tuple[Numbers, Floats], ...]
# Margins times sign -> loss, slope and curvature of each report.
Loss = Callable[[Floats], tuple[Floats, Floats, Floats]]


def logistic(margins: Floats) -> tuple[Floats, Floats, Floats]:
    """Logistic loss."""
    share = 1.0 / (1.0 + np.exp(np.clip(margins, -500, 500)))
    return np.logaddexp(0.0, -margins), -share, share * (1.0 - share)


def squared_hinge(margins: Floats) -> tuple[Floats, Floats, Floats]:
    """Squared hinge loss, of a linear support vector machine."""
    short = np.maximum(0.0, 1.0 - margins)
    return np.square(short), -2.0 * short, np.where(short > 0, 2.0, 0.0)


def fit(rows: Rows, signs: Floats, loss: Loss, c: float) -> Floats:
    """Least of ``|w|^2 / 2 + c * sum of losses``, by Newton steps with conjugate gradients [1]_.

    References
    ----------
    .. [1] Lin CJ, Weng RC, Keerthi SS. Trust region Newton method for large-scale logistic regression.
       J Mach Learn Res 2008;9:627-650.
    """
    weights = np.zeros(rows.width)
    first = 0.0
    for _ in range(NEWTON_STEPS):
        margins = signs * rows.times(weights)
        _, slope, curve = loss(margins)
        gradient = weights + c * rows.transposed_times(signs * slope)
        size = float(np.linalg.norm(gradient))
        first = first or size
        if size <= NEWTON_END * first:
            break
        step = _solved(rows, c * curve, -gradient)
        weights = weights + _length(rows, weights, step, signs, loss, c) * step
    return weights


def _solved(rows: Rows, curve: Floats, wanted: Floats) -> Floats:
    """Solve ``(I + X' D X) s = wanted`` as far as a Newton step needs."""
    found = np.zeros_like(wanted)
    rest, way = wanted.copy(), wanted.copy()
    square = float(rest @ rest)
    end = square * CG_END**2
    for _ in range(CG_STEPS):
        if square <= end:
            break
        bent = way + rows.transposed_times(curve * rows.times(way))
        length = square / float(way @ bent)
        found += length * way
        rest -= length * bent
        square, before = float(rest @ rest), square
        way = rest + square / before * way
    return found


def _length(rows: Rows, weights: Floats, step: Floats, signs: Floats, loss: Loss, c: float) -> float:  # noqa: PLR0913 - one line search
    here, along = signs * rows.times(weights), signs * rows.times(step)
    ww, ws, ss = float(weights @ weights), float(weights @ step), float(step @ step)

    def worth(length: float) -> float:
        return 0.5 * (ww + 2 * length * ws + length**2 * ss) + c * float(loss(here + length * along)[0].sum())

    length, start = 1.0, worth(0.0)
    while worth(length) > start and length > 1e-6:  # noqa: PLR2004 - no step at all
        length /= 2
    return length


def train(language: str, reads: Sequence[Read], abnormal: Sequence[bool], name: str = "") -> Model:
    """Train a score on reports and what people said of them.

    The threshold is the one that errs least on reports that the weights have not seen: five parts, each scored by
    weights from the other four.

    Raises
    ------
    ValueError
        There are too few normal or abnormal reports.
    """
    if min(sum(abnormal), len(abnormal) - sum(abnormal)) < LEAST_OF_EACH:
        message = f"at least {LEAST_OF_EACH} normal and as many abnormal reports"
        raise ValueError(message)
    return _trained(language, name, counted(reads), np.array(abnormal, dtype=bool))


def counted(reads: Sequence[Read]) -> list[Blocks]:
    """Count the features of each report."""
    pieces = Pieces()
    return [counts(read, pieces) for read in reads]


def _trained(language: str, name: str, blocks: Sequence[Blocks], truth: npt.NDArray[np.bool_]) -> Model:
    unseen = np.zeros(len(truth))
    dealt = _dealt(truth, PARTS, seed=0)
    for part in range(PARTS):
        held = dealt == part
        some = [one for one, out in zip(blocks, held, strict=True) if not out]
        model = _model(language, name, some, truth[~held])
        unseen[held] = [model.margin(vectors(blocks[place], model.idf)) for place in np.flatnonzero(held).tolist()]
    model = _model(language, name, blocks, truth)
    return replace(model, offset=model.offset - best_cut(unseen, truth))


PARTS = 5
STEEPNESS = 1.0  # spreads the scores over 0 to 1


def _model(language: str, name: str, blocks: Sequence[Blocks], truth: npt.NDArray[np.bool_]) -> Model:
    seen = np.bincount(np.concatenate([block for some in blocks for block, _ in some]), minlength=SIZE)
    idf = np.where(seen >= LEAST_REPORTS, np.log((1.0 + len(blocks)) / (1.0 + seen)) + 1.0, 0.0)
    some = [vectors(one, idf) for one in blocks]
    used = np.flatnonzero(idf)
    place = np.zeros(SIZE, dtype=np.int64)
    place[used] = np.arange(len(used)) + 1
    rows = Rows(
        starts=np.cumsum([0, *(len(numbers) + 1 for numbers, _ in some)]),
        columns=np.concatenate([column for numbers, _ in some for column in (place[numbers], [0])]),
        values=np.concatenate([value for _, values in some for value in (values, [1.0])]),
        width=len(used) + 1,
    )
    signs = np.where(truth, 1.0, -1.0)
    logit, machine = fit(rows, signs, logistic, LOGISTIC_C), fit(rows, signs, squared_hinge, SVM_C)
    blend = STEEPNESS * (BLEND * logit + machine)
    weights = np.zeros(SIZE)
    weights[used] = blend[1:]
    return Model(language=language, idf=idf, weights=weights, offset=float(blend[0]), name=name)


BLEND = 0.25  # the margins of the logistic regression are about four times as wide


def best_cut(scores: Floats, truth: npt.NDArray[np.bool_]) -> float:
    """Find the middle of the cuts that err least, smoothed over the scores beside them."""
    order = np.argsort(scores)
    hits = np.concatenate([[truth.sum()], truth.sum() + np.cumsum(np.where(truth[order], -1, 1))])
    width = max(1, len(scores) // 60)
    smooth = np.convolve(np.pad(hits, width, mode="edge"), np.ones(2 * width + 1), mode="valid")
    at = int(np.argmax(smooth))
    ranked = np.concatenate([[scores.min()], scores[order], [scores.max()]])
    return float((ranked[at] + ranked[at + 1]) / 2)


def unseen_margins(reads: Sequence[Read], abnormal: Sequence[bool], folds: int = 5, seed: int = 0) -> Floats:
    """Score each report by a model that has seen neither it nor, for its threshold, anything of its part.

    Returns
    -------
    array
        Margins in the order of the reports; positive is abnormal.
    """
    blocks, truth = counted(reads), np.array(abnormal, dtype=bool)
    part = _dealt(truth, folds, seed)
    margins = np.zeros(len(truth))
    for fold in range(folds):
        held = part == fold
        model = _trained("", "", [one for one, out in zip(blocks, held, strict=True) if not out], truth[~held])
        margins[held] = [model.margin(vectors(blocks[place], model.idf)) for place in np.flatnonzero(held).tolist()]
    return margins


def _dealt(truth: npt.NDArray[np.bool_], folds: int, seed: int) -> Numbers:
    """Deal reports into parts, normal and abnormal ones alike."""
    part = np.zeros(len(truth), dtype=np.int64)
    random = np.random.default_rng(seed)
    for side in (True, False):
        places = random.permutation(np.flatnonzero(truth == side))
        part[places] = np.arange(len(places)) % folds
    return part
