"""Sums over pairs of cases that moments of areas are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collega.stats.roc import components

Floats = NDArray[np.float64]
CHUNK = 4_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Moments:
    """Mean products of the kernels of two tests, for every pair of tests; the kernel is 1, .5 (tie) or 0.

    Attributes
    ----------
    same, diseased, other, apart : array, shape (tests, tests)
        Over pairs that share both cases, the diseased case alone, the other alone, none (M1 to M4 of Gallas).
    m, n : int
        Diseased and non-diseased cases.
    """

    same: Floats
    diseased: Floats
    other: Floats
    apart: Floats
    m: int
    n: int

    def covariance(self) -> Floats:
        """Give the unbiased covariance of the areas, shape (tests, tests)."""
        pairs = self.m * self.n
        shared = self.same + (self.n - 1) * self.diseased + (self.m - 1) * self.other
        found: Floats = (shared + ((self.m - 1) * (self.n - 1) - pairs) * self.apart) / pairs
        return found


def moments(truth: NDArray[np.bool_], scores: Sequence[Floats]) -> Moments:
    """Moments of tests on the same cases.

    Parameters
    ----------
    truth : array, shape (cases,)
    scores : sequence of array, shape (cases,)
        Of each test.

    References
    ----------
    B. D. Gallas, Acad. Radiol. 13 (2006) 353-362, equations 5-9 and the appendix; B. D. Gallas et al., Commun. Stat.
    Theory Methods 38 (2009) 2586-2603.
    """
    parts = [components(truth, one) for one in scores]
    m, n = len(parts[0].diseased), len(parts[0].other)
    # Sums of the kernel by diseased case and by other case; whole and half numbers, freed of rounding.
    rows = np.rint(2 * n * np.vstack([one.diseased for one in parts])) / 2
    columns = np.rint(2 * m * np.vstack([one.other for one in parts])) / 2
    both = _products(np.vstack([one[truth] for one in scores]), np.vstack([one[~truth] for one in scores]))
    total = rows.sum(axis=1)
    by_diseased, by_other = rows @ rows.T, columns @ columns.T
    return Moments(
        same=both / (m * n),
        diseased=(by_diseased - both) / (m * n * (n - 1)),
        other=(by_other - both) / (m * n * (m - 1)),
        apart=(np.outer(total, total) - by_diseased - by_other + both) / (m * n * (m - 1) * (n - 1)),
        m=m,
        n=n,
    )


def _products(diseased: Floats, other: Floats) -> Floats:
    """Add up the products of the kernels of two tests over all pairs of cases, shape (tests, tests).

    Twice the kernel is "above" plus "not below": products of those are counted as bits, exactly and without threads.
    """
    tests, m = diseased.shape
    counts = np.zeros((2 * tests, 2 * tests), dtype=np.int64)
    step = max(1, CHUNK // (tests * other.shape[1]))
    for start in range(0, m, step):
        part = diseased[:, start : start + step, None]
        both = np.concatenate([part > other[:, None, :], part >= other[:, None, :]]).reshape(2 * tests, -1)
        packed = np.packbits(both, axis=1)
        words = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8))).view(np.uint64)
        for row, word in enumerate(words):
            counts[row] += np.bitwise_count(word & words).sum(axis=1, dtype=np.int64)
    found: Floats = counts.reshape(2, tests, 2, tests).sum(axis=(0, 2)) / 4
    return found
