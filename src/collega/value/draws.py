"""Draws of the inputs of a case: each from its own distribution, the two sides of accuracy together.

Sources: Briggs, Claxton, Sculpher, Decision Modelling for Health Economic Evaluation (2006), chapter 4, for beta from
counts and for the moments; Vose, Risk Analysis (2008), section 8.4, for PERT; Iman and Conover, Communications in
Statistics B 11 (1982) 311, for correlation by ranks.
"""

import zlib
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from collega.value.case import Case, Distribution, Input

Column = NDArray[np.float64]
DRAWS, SEED = 10_000, 20261129
# A 95 % interval spans so many standard deviations of a normal distribution.
INTERVAL_SDS = 2 * 1.959963984540054
PERT_WEIGHT = 4.0
PAIRS = ("app", "before", "after")


def draw(case: Case, n: int = DRAWS, seed: int = SEED) -> dict[str, float | Column]:
    """Draw every input that is not taken as known.

    Each input has a stream of its own, seeded by its key: whether another one is uncertain changes nothing in it.
    """
    found: dict[str, float | Column] = {}
    for key, item in case.inputs.items():
        if item.distribution is Distribution.FIXED:
            found[key] = item.value
        else:
            # A checksum, not `hash`: that is salted anew in each process.
            stream = np.random.default_rng([seed, zlib.crc32(key.encode())])
            found[key] = _SAMPLERS[item.distribution](item, stream, n)
    if case.correlation:
        for of in PAIRS:
            _correlate(found, f"accuracy.sensitivity_{of}", f"accuracy.specificity_{of}", case.correlation, seed)
    return found


def _beta(item: Input, stream: np.random.Generator, n: int) -> Column:
    if item.counts:
        hits, cases = item.counts
        # Half a case on both sides where there was no hit, or no miss: else the share would be taken as sure.
        half = 0.5 if hits in {0, cases} else 0.0
        return stream.beta(hits + half, cases - hits + half, n)
    mean, spread = item.value, (item.high - item.low) / INTERVAL_SDS
    size = max(mean * (1 - mean) / spread**2 - 1, 1e-3)
    return stream.beta(mean * size, (1 - mean) * size, n)


def _gamma(item: Input, stream: np.random.Generator, n: int) -> Column:
    spread = (item.high - item.low) / INTERVAL_SDS
    shape = (item.value / spread) ** 2
    return stream.gamma(shape, item.value / shape, n)


def _lognormal(item: Input, stream: np.random.Generator, n: int) -> Column:
    """Draw with the value as mean."""
    sigma = np.log(item.high / item.low) / INTERVAL_SDS
    return stream.lognormal(np.log(item.value) - sigma**2 / 2, sigma, n)


def _pert(item: Input, stream: np.random.Generator, n: int) -> Column:
    """Draw with the value as mode, low and high as the least and the most."""
    width = item.high - item.low
    first = 1 + PERT_WEIGHT * (item.value - item.low) / width
    second = 1 + PERT_WEIGHT * (item.high - item.value) / width
    return item.low + width * stream.beta(first, second, n)


_SAMPLERS: Mapping[Distribution, Callable[[Input, np.random.Generator, int], Column]] = {
    Distribution.BETA: _beta,
    Distribution.GAMMA: _gamma,
    Distribution.LOGNORMAL: _lognormal,
    Distribution.PERT: _pert,
}


def _correlate(found: dict[str, float | Column], first: str, second: str, correlation: float, seed: int) -> None:
    """Put both columns in the order of correlated normal scores: each keeps its own distribution."""
    columns = (found.get(first), found.get(second))
    if not all(isinstance(column, np.ndarray) for column in columns):
        return
    one, two = (np.asarray(column) for column in columns)
    stream = np.random.default_rng([seed, zlib.crc32(first.encode()), 1])
    score = stream.standard_normal(len(one))
    other = correlation * score + np.sqrt(1 - correlation**2) * stream.standard_normal(len(one))
    found[first] = np.sort(one)[np.argsort(np.argsort(score))]
    found[second] = np.sort(two)[np.argsort(np.argsort(other))]
