"""Covariance of the areas of readers and treatments over cases, by three methods."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from collega.stats import roc, sums

Floats = NDArray[np.float64]


class Covariance(StrEnum):
    """How the covariance of areas is estimated."""

    DELONG = "delong"
    JACKKNIFE = "jackknife"
    UNBIASED = "unbiased"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReaderTest:
    """One reader under one treatment.

    Attributes
    ----------
    cases : tuple of str
        Ascending, each once.
    truth, ratings : array, shape (cases,)
        Diseased or not; finite, higher speaks for disease.
    """

    reader: str
    treatment: str
    cases: tuple[str, ...]
    truth: NDArray[np.bool_]
    ratings: Floats


def blocks(tests: Sequence[ReaderTest]) -> list[list[int]]:
    """Group tests by their set of cases.

    Raises
    ------
    ValueError
        Two sets overlap in part.
    """
    found: dict[tuple[str, ...], list[int]] = {}
    for index, test in enumerate(tests):
        found.setdefault(test.cases, []).append(index)
    owner: dict[str, int] = {}
    for members in found.values():
        one = tests[members[0]]
        for case in one.cases:
            if case in owner:
                message = _unpaired(tests[owner[case]], one)
                raise ValueError(message)
            owner[case] = members[0]
    return list(found.values())


def _unpaired(first: ReaderTest, second: ReaderTest) -> str:
    case = min(set(first.cases) ^ set(second.cases))
    has, lacks = (first, second) if case in first.cases else (second, first)
    return (
        f"case {case} was read by reader {has.reader} under treatment {has.treatment}, and not by reader "
        f"{lacks.reader} under treatment {lacks.treatment}, who read some of the same cases: "
        "add that reading, or leave the case out everywhere"
    )


def covariance(tests: Sequence[ReaderTest], method: Covariance) -> Floats:
    """Covariance matrix of the areas; tests without common cases have none.

    Returns
    -------
    array, shape (tests, tests)
    """
    found: Floats = np.zeros((len(tests), len(tests)))
    for members in blocks(tests):
        found[np.ix_(members, members)] = METHODS[method]([tests[index] for index in members])
    return found


def _delong(tests: Sequence[ReaderTest]) -> Floats:
    return roc.covariance([roc.components(test.truth, test.ratings) for test in tests])


def _jackknife(tests: Sequence[ReaderTest]) -> Floats:
    """Leave one case out in turn (M. H. Quenouille 1956; D. D. Dorfman et al., Invest. Radiol. 27 (1992) 723-731).

    The area without a case follows from its component: no area is worked out anew.
    """
    without = np.vstack([_without_each(roc.components(test.truth, test.ratings)) for test in tests])
    cases = without.shape[1]
    found: Floats = np.atleast_2d(np.cov(without)) * (cases - 1) ** 2 / cases
    return found


def _without_each(parts: roc.Components) -> Floats:
    m, n = len(parts.diseased), len(parts.other)
    if min(m, n) < 2:  # noqa: PLR2004 - one of each must remain
        message = f"a variance needs two cases of each class, got {m} diseased and {n} non-diseased"
        raise ValueError(message)
    found: Floats = np.concatenate(
        ((m * parts.auc - parts.diseased) / (m - 1), (n * parts.auc - parts.other) / (n - 1))
    )
    return found


def _unbiased(tests: Sequence[ReaderTest]) -> Floats:
    return case_moments(tests).covariance()


def case_moments(tests: Sequence[ReaderTest]) -> sums.Moments:
    """Moments over pairs of cases, of tests that share all cases."""
    m, cases = int(tests[0].truth.sum()), len(tests[0].truth)
    if min(m, cases - m) < 2:  # noqa: PLR2004 - pairs that share nothing need two of each
        message = f"a variance needs two cases of each class, got {m} diseased and {cases - m} non-diseased"
        raise ValueError(message)
    return sums.moments(tests[0].truth, [test.ratings for test in tests])


METHODS: Mapping[Covariance, Callable[[Sequence[ReaderTest]], Floats]] = {
    Covariance.DELONG: _delong,
    Covariance.JACKKNIFE: _jackknife,
    Covariance.UNBIASED: _unbiased,
}
