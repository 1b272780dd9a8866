"""Whether one group tends to answer higher than another, without assuming distances on the scale."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from collega.stats.distributions import normal_p


@dataclass(frozen=True, kw_only=True, slots=True)
class MannWhitney:
    """The rank sum test.

    Attributes
    ----------
    u : float
        Pairs in which the first group is higher, ties counted half.
    superiority : float
        The same as a share of all pairs; .5 is no difference.
    z, p : float or None
        Normal, corrected for ties, without continuity correction; None where all answers are the same.
    """

    u: float
    superiority: float
    z: float | None
    p: float | None


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> MannWhitney:
    """Compare two independent groups.

    References
    ----------
    H. B. Mann, D. R. Whitney, Ann. Math. Stat. 18 (1947) 50-60; E. L. Lehmann, Nonparametrics (1975), section 1.4,
    for ties.
    """
    m, n = len(first), len(second)
    if not m or not n:
        message = "each group needs an answer"
        raise ValueError(message)
    mine, theirs = Counter(first), Counter(second)
    u, below = 0.0, 0
    for value in sorted(mine | theirs):
        u += mine[value] * (below + theirs[value] / 2)
        below += theirs[value]
    total = m + n
    ties = sum(count**3 - count for count in (mine + theirs).values())
    variance = m * n / 12 * (total + 1 - ties / (total * (total - 1)))
    z = (u - m * n / 2) / sqrt(variance) if variance > 0 else None
    return MannWhitney(u=u, superiority=u / (m * n), z=z, p=None if z is None else normal_p(z))
