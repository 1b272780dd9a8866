"""How long something takes of which not all is over yet: the median by Kaplan and Meier."""

from collections.abc import Sequence
from math import exp, sqrt

import numpy as np

HALF = 0.5
# A quotient that should be a half may come out a little above it.
NEAR = 1e-9


def median_time(
    times: Sequence[float], is_over: Sequence[bool], z: float = 1.959963984540054
) -> tuple[float | None, float | None, float | None]:
    """Give the median of times of which some have only gone on for so long until now.

    Parameters
    ----------
    times : sequence of float
        How long each took, or has taken so far.
    is_over : sequence of bool
        Whether it took so long; else longer.
    z : float
        Of the interval; 1.96 for 95 %.

    Returns
    -------
    tuple
        Median, and lower and upper limit; None for what so few cannot tell.

    References
    ----------
    E. L. Kaplan, P. Meier, J. Am. Stat. Assoc. 53 (1958) 457-481; the interval of R. Brookmeyer, J. Crowley, Biometrics
    38 (1982) 29-41, with the variance of Greenwood on the logarithm of the share.
    """
    took, over = np.asarray(times, dtype=np.float64), np.asarray(is_over, dtype=np.bool_)
    share, spread = 1.0, 0.0
    found: list[float | None] = [None, None, None]
    for moment in np.unique(took[over]):
        there, ended = int((took >= moment).sum()), int((over & (took == moment)).sum())
        share *= 1 - ended / there
        bounds: tuple[float, ...] = (share,)
        # Where nobody is left, the variance is not known, and no limit either.
        if there > ended:
            spread += ended / (there * (there - ended))
            half = z * sqrt(spread)
            bounds = (share, share * exp(-half), share * exp(half))
        for place, bound in enumerate(bounds):
            if found[place] is None and bound <= HALF + NEAR:
                found[place] = float(moment)
    median, low, high = found
    return median, low, high
