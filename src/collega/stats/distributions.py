"""Probabilities and quantiles of the normal, t, F, chi-squared, beta and binomial distributions."""

from math import inf, isinf

from scipy import special


def normal_quantile(probability: float) -> float:
    """Give z with P(Z <= z) = probability."""
    return float(special.ndtri(probability))


def normal_p(z: float) -> float:
    """Two-sided p-value of a standard normal statistic."""
    return float(2 * special.ndtr(-abs(z)))


def t_quantile(probability: float, df: float) -> float:
    """Quantile of Student's t; the normal one where ``df`` is infinite."""
    return normal_quantile(probability) if isinf(df) else float(special.stdtrit(df, probability))


def t_p(t: float, df: float) -> float:
    """Two-sided p-value of Student's t."""
    return normal_p(t) if isinf(df) else float(2 * special.stdtr(df, -abs(t)))


def f_p(f: float, df1: float, df2: float) -> float:
    """Upper tail of F; ``df2`` may be infinite."""
    return chi2_p(f * df1, df1) if isinf(df2) else float(special.fdtrc(df1, df2, f))


def f_quantile(probability: float, df1: float, df2: float) -> float:
    """Quantile of F, through that of the beta distribution."""
    share = float(special.betaincinv(df1 / 2, df2 / 2, probability))
    return inf if share >= 1 else df2 * share / (df1 * (1 - share))


def chi2_p(value: float, df: float) -> float:
    """Upper tail of chi-squared."""
    return float(special.chdtrc(df, value))


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Quantile of the beta distribution."""
    return float(special.betaincinv(a, b, probability))


def binomial_cdf(successes: int, trials: int, share: float) -> float:
    """P(B <= successes)."""
    return 0.0 if successes < 0 else float(special.bdtr(successes, trials, share))
