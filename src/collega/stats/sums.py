"""Sums over pairs of cases that moments of areas are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CHUNK = 1_000_000


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


def moments(diseased: Sequence[Floats], other: Sequence[Floats]) -> Moments:
    """Moments of tests on the same cases, from their scores in the same order.

    Parameters
    ----------
    diseased, other : sequence of array
        For each test the scores of the m diseased, and of the n other cases.

    References
    ----------
    B. D. Gallas, Acad. Radiol. 13 (2006) 353-362, equations 5-9 and the appendix; B. D. Gallas et al., Commun. Stat.
    Theory Methods 38 (2009) 2586-2603.
    """
    rows, columns, both = _sums(np.vstack(diseased), np.vstack(other))
    m, n = rows.shape[1], columns.shape[1]
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


def _sums(diseased: Floats, other: Floats) -> tuple[Floats, Floats, Floats]:
    """Add up the kernel by diseased case and by other case, and the products of two tests over all pairs."""
    tests, m = diseased.shape
    n = other.shape[1]
    rows, columns, both = np.zeros((tests, m)), np.zeros((tests, n)), np.zeros((tests, tests))
    step = max(1, CHUNK // (tests * n))
    for start in range(0, m, step):
        part = diseased[:, start : start + step, None]
        # Twice the kernel: 2, 1 (tie) or 0. Sums of whole numbers stay exact in single precision.
        above, least = part > other[:, None, :], part >= other[:, None, :]
        kernel = (above.view(np.uint8) + least.view(np.uint8)).astype(np.float32)
        rows[:, start : start + step] = kernel.sum(axis=2) / 2
        columns += kernel.sum(axis=1) / 2
        flat = kernel.reshape(tests, -1)
        both += (flat @ flat.T).astype(np.float64) / 4
    return rows, columns, both
