"""Probabilities and quantiles of the normal, t, F, chi-squared, beta and binomial distributions."""

from functools import cache
from math import copysign, erfc, inf, isinf, sqrt
from statistics import NormalDist
from types import ModuleType


def normal_quantile(probability: float) -> float:
    """Give z with P(Z <= z) = probability."""
    if probability in {0.0, 1.0}:
        return copysign(inf, probability - 0.5)
    return NormalDist().inv_cdf(probability)


def normal_p(z: float) -> float:
    """Two-sided p-value of a standard normal statistic."""
    return erfc(abs(z) / sqrt(2))


def t_quantile(probability: float, df: float) -> float:
    """Quantile of Student's t; the normal one where ``df`` is infinite."""
    return normal_quantile(probability) if isinf(df) else float(_special().stdtrit(df, probability))


def t_p(t: float, df: float) -> float:
    """Two-sided p-value of Student's t."""
    return normal_p(t) if isinf(df) else float(2 * _special().stdtr(df, -abs(t)))


def f_p(f: float, df1: float, df2: float) -> float:
    """Upper tail of F; ``df2`` may be infinite."""
    return chi2_p(f * df1, df1) if isinf(df2) else float(_special().fdtrc(df1, df2, f))


def f_quantile(probability: float, df1: float, df2: float) -> float:
    """Quantile of F, through that of the beta distribution."""
    share = float(_special().betaincinv(df1 / 2, df2 / 2, probability))
    return inf if share >= 1 else df2 * share / (df1 * (1 - share))


def chi2_p(value: float, df: float) -> float:
    """Upper tail of chi-squared."""
    return float(_special().chdtrc(df, value))


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Quantile of the beta distribution."""
    return float(_special().betaincinv(a, b, probability))


def binomial_cdf(successes: int, trials: int, share: float) -> float:
    """P(B <= successes)."""
    return 0.0 if successes < 0 else float(_special().bdtr(successes, trials, share))


@cache
def _special() -> ModuleType:
    """Load scipy where a distribution is asked for: the web role shows intervals of shares, and asks for none."""
    from scipy import special  # noqa: PLC0415

    return special  # type: ignore[no-any-return]
