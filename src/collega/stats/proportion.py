"""Confidence interval of a proportion."""

from math import exp, lgamma, sqrt
from statistics import NormalDist

from collega.stats.distributions import beta_quantile


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of a binomial proportion, without continuity correction.

    Parameters
    ----------
    successes, trials : int
        ``0 <= successes <= trials``.
    confidence : float
        Two-sided.

    Returns
    -------
    tuple of float
        Lower and upper bound; (0, 1) where there were no trials.

    References
    ----------
    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212; R. G. Newcombe, Stat. Med. 17 (1998) 857-872, method 3.
    """
    if not 0 <= successes <= trials or not 0 < confidence < 1:
        message = f"0 <= successes <= trials and 0 < confidence < 1, got {successes}, {trials}, {confidence}"
        raise ValueError(message)
    if trials == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / trials
    middle = share + z * z / (2 * trials)
    half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # Rounding must not put a bound past what was seen.
    low = 0.0 if successes == 0 else max(0.0, (middle - half) / scale)
    high = 1.0 if successes == trials else min(1.0, (middle + half) / scale)
    return low, high


def clopper_pearson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact interval of a binomial proportion: never covers less than it says, often more.

    References
    ----------
    C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404-413; R. G. Newcombe, Stat. Med. 17 (1998) 857-872,
    method 5.
    """
    if not 0 <= successes <= trials or not 0 < confidence < 1:
        message = f"0 <= successes <= trials and 0 < confidence < 1, got {successes}, {trials}, {confidence}"
        raise ValueError(message)
    tail = (1 - confidence) / 2
    low = beta_quantile(tail, successes, trials - successes + 1) if successes else 0.0
    high = beta_quantile(1 - tail, successes + 1, trials - successes) if successes < trials else 1.0
    return low, high


def newcombe(first: tuple[int, int], second: tuple[int, int], confidence: float = 0.95) -> tuple[float, float]:
    """Interval of the first proportion less the second, of independent samples, each as (successes, trials).

    References
    ----------
    R. G. Newcombe, Stat. Med. 17 (1998) 873-890, method 10.
    """
    (a, m), (b, n) = first, second
    if not m or not n:
        return -1.0, 1.0
    (low_a, high_a), (low_b, high_b) = wilson(a, m, confidence), wilson(b, n, confidence)
    p, q = a / m, b / n
    down, up = sqrt((p - low_a) ** 2 + (high_b - q) ** 2), sqrt((high_a - p) ** 2 + (q - low_b) ** 2)
    return p - q - down, p - q + up


def fisher(first: tuple[int, int], second: tuple[int, int]) -> float:
    """Two-sided exact p-value of equal proportions, each as (successes, trials): all tables no likelier than the seen.

    References
    ----------
    R. A. Fisher, J. R. Stat. Soc. 98 (1935) 39-54.
    """
    (a, m), (b, n) = first, second
    total = a + b
    logs = {k: log_choose(m, k) + log_choose(n, total - k) for k in range(max(0, total - n), min(m, total) + 1)}
    scale = log_choose(m + n, total)
    # Equal tables may differ by rounding.
    return min(1.0, sum(exp(value - scale) for value in logs.values() if value <= logs[a] + 1e-9))


def log_choose(n: int, k: int) -> float:
    """Logarithm of the number of ways to take k of n."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
