"""Where a figure becomes nought."""

from collections.abc import Callable, Iterable

STEPS = 200
RELATIVE = 1e-14


def root(of: Callable[[float], float], low: float, high: float) -> float | None:
    """Halve an interval until it is a point; None where both ends have one sign."""
    at_low, at_high = of(low), of(high)
    if at_low == 0:
        return low
    if at_high == 0:
        return high
    if (at_low < 0) == (at_high < 0):
        return None
    for _ in range(STEPS):
        middle = (low + high) / 2
        at = of(middle)
        if at == 0 or high - low <= RELATIVE * max(1.0, abs(middle)):
            return middle
        low, high = (middle, high) if (at < 0) == (at_low < 0) else (low, middle)
    return (low + high) / 2


def first_gain(of: Callable[[float], float], steps: Iterable[float]) -> float | None:
    """Give the least argument beyond which a figure is positive; None where that never comes.

    Parameters
    ----------
    steps : iterable of float
        Rising arguments between which there is at most one change of sign.
    """
    before: float | None = None
    for step in steps:
        if of(step) > 0:
            return step if before is None else root(of, before, step)
        before = step
    return None
