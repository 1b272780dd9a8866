"""Where a distribution begins, from its smallest values."""

from collections.abc import Sequence

LEAST, MOST = 3, 10
# A smallest value so far from the next is no part of the distribution: under it, fewer than one in 10 000 is.
STRAY = 20.0
MOST_STRAYS = 2


def lower_end(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float] | None:
    """Interval of the point below which a distribution has nothing, open on one side.

    Spacings of the smallest values, multiplied by how many values lie above, are independent and
    exponential where the density is flat or exponential near its end; so the distance from the end to the
    smallest value, over the mean of the other spacings, follows F(2, 2m). With two values this is the limit
    of Robson and Whitlock.

    Parameters
    ----------
    values : sequence of float
        In any order.
    confidence : float
        One-sided: the end cannot lie above the smallest value.

    Returns
    -------
    tuple of float or None
        Lower limit, smallest value that is no stray; None for fewer than three values.

    References
    ----------
    D. S. Robson and J. H. Whitlock, Biometrika 51 (1964) 33-39; P. Cooke, Biometrika 66 (1979) 367-374.
    """
    ordered = sorted(values)
    for _ in range(MOST_STRAYS):
        if len(ordered) > MOST and ordered[1] - ordered[0] > STRAY * _mean_spacing(ordered[1:]):
            ordered = ordered[1:]
    if len(ordered) < LEAST:
        return None
    m = min(len(ordered), MOST) - 1
    quantile = m * ((1 - confidence) ** (-1 / m) - 1)
    return ordered[0] - quantile * _mean_spacing(ordered) / len(ordered), ordered[0]


def _mean_spacing(ordered: Sequence[float]) -> float:
    """Mean of the normalised spacings of the smallest values."""
    n, k = len(ordered), min(len(ordered), MOST)
    return sum((n - i) * (ordered[i] - ordered[i - 1]) for i in range(1, k)) / (k - 1)
