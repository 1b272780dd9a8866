"""A share of cases with its interval."""

from dataclasses import dataclass

from collega.stats.proportion import wilson


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """k of n with its 95 % Wilson interval; None where there are no data."""

    n: int
    k: int
    share: float | None
    low: float | None
    high: float | None


def share_of(k: int, n: int) -> Share:
    """Give k of n."""
    if not n:
        return Share(n=0, k=0, share=None, low=None, high=None)
    low, high = wilson(k, n)
    return Share(n=n, k=k, share=k / n, low=low, high=high)
