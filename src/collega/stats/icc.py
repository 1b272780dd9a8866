"""Intraclass correlation of measurements, in the six forms of Shrout and Fleiss."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from collega.stats.distributions import f_p, f_quantile

Floats = NDArray[np.float64]


class Form(StrEnum):
    """Model and unit: raters differ by target (1), are a sample (2), or are these (3); one rating, or the mean of k."""

    ONE_SINGLE = "1,1"
    TWO_SINGLE = "2,1"
    THREE_SINGLE = "3,1"
    ONE_MEAN = "1,k"
    TWO_MEAN = "2,k"
    THREE_MEAN = "3,k"


@dataclass(frozen=True, kw_only=True, slots=True)
class Icc:
    """A coefficient with its interval, and the F test of none; ``form`` as Shrout and Fleiss name it."""

    form: Form
    value: float
    low: float
    high: float
    f: float
    df1: int
    df2: int
    p: float


@dataclass(frozen=True, kw_only=True, slots=True)
class _Squares:
    """Mean squares between targets, within, between raters, residual; n targets, k raters."""

    between: float
    within: float
    raters: float
    residual: float
    n: int
    k: int


Triple = tuple[float, float, float]


def icc(ratings: Floats, form: Form, confidence: float = 0.95) -> Icc:
    """Intraclass correlation.

    Parameters
    ----------
    ratings : array, shape (targets, raters)
        Nothing missing.

    Raises
    ------
    ValueError
        Fewer than two targets or raters, a rating is missing, or the raters never differ.

    References
    ----------
    P. E. Shrout and J. L. Fleiss, Psychol. Bull. 86 (1979) 420-428; intervals of forms 1 to 3 there, p. 424 and 425.
    """
    if ratings.ndim != 2 or min(ratings.shape) < 2 or not np.isfinite(ratings).all():  # noqa: PLR2004
        message = "two targets and two raters are needed, and every rating must be there"
        raise ValueError(message)
    squares = _squares(ratings)
    is_one_way = form in {Form.ONE_SINGLE, Form.ONE_MEAN}
    error = squares.within if is_one_way else squares.residual
    # What rounding leaves of squares that are none.
    if error <= 1e-12 * max(float(ratings.var()), 1e-300):
        message = "the raters never differ, or by the same amount throughout: no interval"
        raise ValueError(message)
    n, k = squares.n, squares.k
    df1, df2 = n - 1, n * (k - 1) if is_one_way else (n - 1) * (k - 1)
    value, low, high = FORMS[form](squares, (1 - confidence) / 2)
    f = squares.between / error
    return Icc(form=form, value=value, low=low, high=high, f=f, df1=df1, df2=df2, p=f_p(f, df1, df2))


def _squares(ratings: Floats) -> _Squares:
    n, k = ratings.shape
    mean = ratings.mean()
    targets, raters = ratings.mean(axis=1, keepdims=True), ratings.mean(axis=0, keepdims=True)
    return _Squares(
        between=float(k * ((targets - mean) ** 2).sum() / (n - 1)),
        within=float(((ratings - targets) ** 2).sum() / (n * (k - 1))),
        raters=float(n * ((raters - mean) ** 2).sum() / (k - 1)),
        residual=float(((ratings - targets - raters + mean) ** 2).sum() / ((n - 1) * (k - 1))),
        n=n,
        k=k,
    )


def _limits_of_f(f: float, tail: float, df1: float, df2: float) -> tuple[float, float]:
    return f / f_quantile(1 - tail, df1, df2), f * f_quantile(1 - tail, df2, df1)


def _from_f(f: float, tail: float, dfs: tuple[float, float], k: int) -> Triple:
    """Coefficient of single ratings as a function of F, and its limits."""
    low, high = _limits_of_f(f, tail, *dfs)
    value, low, high = ((one - 1) / (one + k - 1) for one in (f, low, high))
    return value, low, high


def _one(squares: _Squares, tail: float) -> Triple:
    n, k = squares.n, squares.k
    return _from_f(squares.between / squares.within, tail, (n - 1, n * (k - 1)), k)


def _three(squares: _Squares, tail: float) -> Triple:
    n, k = squares.n, squares.k
    return _from_f(squares.between / squares.residual, tail, (n - 1, (n - 1) * (k - 1)), k)


def _two(squares: _Squares, tail: float) -> Triple:
    """Raters are a sample: limits by Satterthwaite's degrees of freedom."""
    n, k, between, residual = squares.n, squares.k, squares.between, squares.residual
    value = (between - residual) / (between + (k - 1) * residual + k * (squares.raters - residual) / n)
    rater_f = squares.raters / residual
    a = k * value * rater_f
    b = n * (1 + (k - 1) * value) - k * value
    v = (k - 1) * (n - 1) * (a + b) ** 2 / ((n - 1) * a**2 + b**2)
    upper, lower = f_quantile(1 - tail, n - 1, v), f_quantile(1 - tail, v, n - 1)
    rest = k * squares.raters + (k * n - k - n) * residual
    low = n * (between - upper * residual) / (upper * rest + n * between)
    high = n * (lower * between - residual) / (rest + n * lower * between)
    return value, low, high


def _mean_of(single: Callable[[_Squares, float], Triple]) -> Callable[[_Squares, float], Triple]:
    """Step up from one rating to the mean of k, by Spearman and Brown."""

    def stepped(squares: _Squares, tail: float) -> Triple:
        value, low, high = (squares.k * one / (1 + (squares.k - 1) * one) for one in single(squares, tail))
        return value, low, high

    return stepped


FORMS: Mapping[Form, Callable[[_Squares, float], Triple]] = {
    Form.ONE_SINGLE: _one,
    Form.TWO_SINGLE: _two,
    Form.THREE_SINGLE: _three,
    Form.ONE_MEAN: _mean_of(_one),
    Form.TWO_MEAN: _mean_of(_two),
    Form.THREE_MEAN: _mean_of(_three),
}
