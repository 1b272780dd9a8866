"""Variance of a difference of mean areas from moments alone: a second way to what Obuchowski and Rockette give."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from collega.stats.mrmc_covariance import ReaderTest, blocks, case_moments

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class OneShot:
    """Unbiased variance of the difference over readers and cases; ``se`` is None where it came out negative.

    Attributes
    ----------
    moments : tuple of float
        M1 to M8 of the difference: the first four of one reader, the others of two; each set shares both cases, the
        diseased one, the other one, none.
    """

    variance: float
    se: float | None
    moments: tuple[float, ...]


def one_shot(tests: Sequence[ReaderTest], treatments: tuple[str, str]) -> OneShot:
    """Variance of the difference in a crossed study, as U-statistics.

    Raises
    ------
    ValueError
        The study is not crossed, or has one reader.

    References
    ----------
    B. D. Gallas, Acad. Radiol. 13 (2006) 353-362, equations 5-17; B. D. Gallas et al., Commun. Stat. Theory Methods 38
    (2009) 2586-2603, equation 12.
    """
    by_reader = sorted(tests, key=lambda test: test.reader)
    ordered = [test for name in treatments for test in by_reader if test.treatment == name]
    readers = len(ordered) // 2
    if readers < 2 or len(blocks(ordered)) != 1:  # noqa: PLR2004 - pairs of readers
        message = "moments over readers need a crossed study and two readers"
        raise ValueError(message)
    found = case_moments(ordered)
    kinds = [_of_difference(kind, readers) for kind in (found.same, found.diseased, found.other, found.apart)]
    one = [float(np.trace(kind)) / readers for kind in kinds]
    two = [float(kind.sum() - np.trace(kind)) / (readers * (readers - 1)) for kind in kinds]
    pairs = found.m * found.n
    weights = np.array([1, found.n - 1, found.m - 1, (found.m - 1) * (found.n - 1)]) / pairs
    # The square of the mean difference is the eighth moment: two readers, no case in common.
    variance = float(weights @ one / readers + weights @ two * (readers - 1) / readers) - two[3]
    return OneShot(variance=variance, se=sqrt(variance) if variance >= 0 else None, moments=(*one, *two))


def _of_difference(kind: Floats, readers: int) -> Floats:
    """Moments of kernels under the first treatment less those under the second, shape (readers, readers)."""
    first, second = slice(0, readers), slice(readers, 2 * readers)
    found: Floats = kind[first, first] + kind[second, second] - kind[first, second] - kind[second, first]
    return found
