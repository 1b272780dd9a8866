"""Several readers read the same cases under two treatments: do the areas differ? By Obuchowski and Rockette.

Sources, by number as cited below:

1. N. A. Obuchowski and H. E. Rockette, Commun. Stat. Simul. Comput. 24 (1995) 285-308.
2. S. L. Hillis, Stat. Med. 26 (2007) 596-619: degrees of freedom, 3.2; the three analyses, table 1.
3. S. L. Hillis, Stat. Med. 33 (2014) 330-360: designs in which readers or cases are nested, section 5.
4. N. A. Obuchowski, B. D. Gallas and S. L. Hillis, Acad. Radiol. 19 (2012) 1508-1517: split-plot designs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from collega.stats.distributions import f_p, t_quantile
from collega.stats.mrmc_covariance import Covariance, ReaderTest, blocks, covariance
from collega.stats.roc import components

Floats = NDArray[np.float64]
TREATMENTS = 2


class Analysis(StrEnum):
    """To whom the answer applies."""

    RANDOM_RANDOM = "random-random"
    FIXED_READERS = "fixed-readers"
    FIXED_CASES = "fixed-cases"


class Design(StrEnum):
    """Who reads what."""

    CROSSED = "crossed"
    CASES_IN_READERS = "cases nested in readers"
    CASES_IN_TREATMENTS = "cases nested in treatments"
    READERS_IN_TREATMENTS = "readers nested in treatments"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What every test statistic is made of.

    Attributes
    ----------
    ms_t, ms_r, ms_tr : float
        Mean squares of treatment, reader, and treatment by reader; where readers are nested, ``ms_tr`` is that of
        readers within treatments and ``ms_r`` is None.
    error, cov1, cov2, cov3 : float
        Mean variance; mean covariance of one reader under two treatments, of two readers under one, of two under
        two. Zero where the design makes them so.
    readers : int
        Under each treatment.
    df_tr : int
        Degrees of freedom of ``ms_tr``.
    """

    ms_t: float
    ms_r: float | None
    ms_tr: float
    error: float
    cov1: float
    cov2: float
    cov3: float
    readers: int
    df_tr: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """Mean area under the first treatment less that under the second; ``df2`` is infinite for fixed readers."""

    design: Design
    treatments: tuple[str, str]
    aucs: Mapping[tuple[str, str], float]
    means: tuple[float, float]
    parts: Parts
    difference: float
    se: float
    f: float
    df1: int
    df2: float
    p: float
    low: float
    high: float


def design_of(tests: Sequence[ReaderTest]) -> Design:
    """Tell the design from who read what.

    Raises
    ------
    ValueError
        It is none of those that can be analysed; the text names a reading that is missing.
    """
    treatments = sorted({test.treatment for test in tests})
    if len(treatments) != TREATMENTS:
        message = f"two treatments are compared, and {len(treatments)} were found: {', '.join(treatments)}"
        raise ValueError(message)
    groups = [{test.reader for test in tests if test.treatment == name} for name in treatments]
    own = [[tests[index] for index in members] for members in blocks(tests)]
    if not groups[0] & groups[1]:
        if len(own) == 1 and len(groups[0]) == len(groups[1]):
            return Design.READERS_IN_TREATMENTS
        message = "readers nested in treatments must all read the same cases, as many readers under each treatment"
        raise ValueError(message)
    _check_crossed(treatments, groups)
    if len(own) == 1:
        return Design.CROSSED
    if all(len({test.reader for test in block}) == 1 for block in own) and len(own) == len(groups[0]):
        return Design.CASES_IN_READERS
    if all(len({test.treatment for test in block}) == 1 for block in own) and len(own) == TREATMENTS:
        return Design.CASES_IN_TREATMENTS
    message = "cases are neither crossed with readers and treatments, nor nested in one of them alone"
    raise ValueError(message)


def _check_crossed(treatments: Sequence[str], groups: Sequence[set[str]]) -> None:
    for here, there, treatment in ((groups[0], groups[1], treatments[1]), (groups[1], groups[0], treatments[0])):
        if here - there:
            reader = min(here - there)
            message = f"reader {reader} read nothing under treatment {treatment}: add that, or leave the reader out"
            raise ValueError(message)


def analyse(
    tests: Sequence[ReaderTest],
    *,
    treatments: tuple[str, str],
    method: Covariance = Covariance.DELONG,
    analysis: Analysis = Analysis.RANDOM_RANDOM,
    confidence: float = 0.95,
) -> Result:
    """Compare the mean areas of two treatments.

    Parameters
    ----------
    tests : sequence of ReaderTest
        One for each reader and treatment.
    treatments : tuple of str
        The difference is the first less the second.

    Raises
    ------
    ValueError
        The design is unknown or does not allow the analysis, or the data give no variance.
    """
    design = design_of(tests)
    aucs = {(test.treatment, test.reader): components(test.truth, test.ratings).auc for test in tests}
    if (error := REFUSED.get((design, analysis))) is not None:
        raise ValueError(error)
    parts = _parts(tests, treatments, design, method)
    denominator, df2 = TESTS[analysis](parts)
    # Rounding leaves some 1e-17 of a variance that is none.
    if denominator <= 1e-12:  # noqa: PLR2004
        message = "the readings give no variance of the difference: readers and treatments agree on every case"
        raise ValueError(message)
    means = _mean(aucs, treatments[0]), _mean(aucs, treatments[1])
    se, f = sqrt(2 / parts.readers * denominator), parts.ms_t / denominator
    half = t_quantile((1 + confidence) / 2, df2) * se
    difference = means[0] - means[1]
    return Result(
        design=design, treatments=treatments, aucs=aucs, means=means, parts=parts, difference=difference, se=se, f=f,
        df1=TREATMENTS - 1, df2=df2, p=f_p(f, TREATMENTS - 1, df2), low=difference - half, high=difference + half,
    )  # fmt: skip


def _mean(aucs: Mapping[tuple[str, str], float], treatment: str) -> float:
    return float(np.mean([value for (name, _), value in aucs.items() if name == treatment]))


def _parts(tests: Sequence[ReaderTest], treatments: tuple[str, str], design: Design, method: Covariance) -> Parts:
    """Mean squares and mean covariances, with the readers of both treatments in the same order."""
    ordered = [
        test for name in treatments for test in sorted(tests, key=lambda one: one.reader) if test.treatment == name
    ]
    readers = len(ordered) // TREATMENTS
    table = np.array([components(test.truth, test.ratings).auc for test in ordered]).reshape(TREATMENTS, readers)
    mean = table.mean()
    by_treatment, by_reader = table.mean(axis=1, keepdims=True), table.mean(axis=0, keepdims=True)
    is_nested = design is Design.READERS_IN_TREATMENTS
    residual = table - by_treatment if is_nested else table - by_treatment - by_reader + mean
    df_tr = TREATMENTS * (readers - 1) if is_nested else readers - 1
    covariances = _mean_covariances(covariance(ordered, method), readers, crossed=not is_nested)
    return Parts(
        ms_t=readers * float(((by_treatment - mean) ** 2).sum()),
        ms_r=None if is_nested or readers == 1 else float(TREATMENTS * ((by_reader - mean) ** 2).sum() / (readers - 1)),
        ms_tr=float((residual**2).sum()) / df_tr if df_tr else 0.0,
        error=covariances[0], cov1=covariances[1], cov2=covariances[2], cov3=covariances[3],
        readers=readers, df_tr=df_tr,
    )  # fmt: skip


def _mean_covariances(matrix: Floats, readers: int, *, crossed: bool) -> tuple[float, float, float, float]:
    """Mean of the diagonal, and of the three kinds of covariance; zero where there are none of a kind."""
    treatment, reader = np.divmod(np.arange(len(matrix)), readers)
    same_treatment = treatment[:, None] == treatment
    # Nested readers have no partner under the other treatment: every pair is of two readers.
    same_reader = reader[:, None] == reader if crossed else np.eye(len(matrix), dtype=bool)
    kinds = (
        same_treatment & same_reader,
        ~same_treatment & same_reader,
        same_treatment & ~same_reader,
        ~same_treatment & ~same_reader,
    )
    error, cov1, cov2, cov3 = (float(matrix[kind].mean()) if kind.any() else 0.0 for kind in kinds)
    return error, cov1, cov2, cov3


def _random_random(parts: Parts) -> tuple[float, float]:
    """Readers and cases are samples [2, 3]; a negative variance component counts as none."""
    _check_readers(parts)
    denominator = parts.ms_tr + parts.readers * max(parts.cov2 - parts.cov3, 0.0)
    df2 = denominator**2 / (parts.ms_tr**2 / parts.df_tr) if parts.ms_tr > 0 else inf
    return denominator, df2


def _fixed_readers(parts: Parts) -> tuple[float, float]:
    """Cases are a sample, and these readers are meant [2, 4]."""
    between = (parts.readers - 1) * max(parts.cov2 - parts.cov3, 0.0)
    return parts.error - parts.cov1 + between, inf


def _fixed_cases(parts: Parts) -> tuple[float, float]:
    """Readers are a sample, and these cases are meant [2]."""
    _check_readers(parts)
    return parts.ms_tr, parts.df_tr


def _check_readers(parts: Parts) -> None:
    if not parts.df_tr:
        message = "one reader is no sample of readers: take the analysis for fixed readers, or add readers"
        raise ValueError(message)


TESTS: Mapping[Analysis, Callable[[Parts], tuple[float, float]]] = {
    Analysis.RANDOM_RANDOM: _random_random,
    Analysis.FIXED_READERS: _fixed_readers,
    Analysis.FIXED_CASES: _fixed_cases,
}
REFUSED: Mapping[tuple[Design, Analysis], str] = {
    (Design.READERS_IN_TREATMENTS, Analysis.FIXED_READERS): (
        "each treatment has readers of its own: for these readers alone, treatment and reader cannot be told apart"
    ),
    (Design.CASES_IN_READERS, Analysis.FIXED_CASES): (
        "each reader has cases of its own: for these cases alone, reader and cases cannot be told apart"
    ),
    (Design.CASES_IN_TREATMENTS, Analysis.FIXED_CASES): (
        "each treatment has cases of its own: for these cases alone, treatment and cases cannot be told apart"
    ),
}
