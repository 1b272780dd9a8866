"""Two versions, or two vendors, by their scores on the same cases: better, worse, and on which cases (R8, R15)."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.measure.scores import Pairs, pair
from collega.stats import roc
from collega.stats.paired import mcnemar, tango

Truths = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Thresholds of both, and by how much the second may be worse and still count as not worse.

    Raises
    ------
    InputError
        A threshold is no finite number: every score would lie on one side of it.
    """

    first_threshold: float
    second_threshold: float
    margin: float | None = None
    confidence: float = 0.95

    def __post_init__(self) -> None:
        for name, value in (("threshold", self.first_threshold), ("second threshold", self.second_threshold)):
            if not isfinite(value):
                message = f"the {name} is a number, got {value}"
                raise InputError(message)


def compare_versions(
    first: Sequence[Row], second: Sequence[Row], reference: Sequence[Row], asked: Asked
) -> dict[str, Any]:
    """Answer as JSON; differences are the second less the first.

    A case that one of them could not analyse is left out of the tests and counted.

    Raises
    ------
    InputError
        A table is wrong, or the three do not name the same cases.
    """
    before, after = pair(first, reference), pair(second, reference)
    common = [case for case in before.cases if case in set(after.cases)]
    if not common:
        message = f"{first[0].table}, {second[0].table}: no case has a score of both"
        raise InputError(message)
    truth, one, two = _column(before, common, before.truth), *_scores(before, after, common)
    if truth.all() or not truth.any():
        message = f"{reference[0].table}, column truth: one class is missing among the cases that both analysed"
        raise InputError(message)
    called = one >= asked.first_threshold, two >= asked.second_threshold
    return {
        "cases": len(common),
        "diseased": int(truth.sum()),
        "not_analysed": {"first": len(before.rows) - len(before.cases), "second": len(after.rows) - len(after.cases)},
        "margin": asked.margin,
        "confidence": asked.confidence,
        "sensitivity": _paired(called[0][truth], called[1][truth], asked),
        "specificity": _paired(~called[0][~truth], ~called[1][~truth], asked),
        "auc": _areas(truth, one, two, asked),
        "flips": _flips(common, truth, (one, two), called),
        "reading_list": reading_list([case for case, a, b in zip(common, *called, strict=True) if a != b]),
    }


def _column(pairs: Pairs, cases: Sequence[str], values: NDArray[Any]) -> NDArray[Any]:
    place = {case: index for index, case in enumerate(pairs.cases)}
    found: NDArray[Any] = values[[place[case] for case in cases]]
    return found


def _scores(before: Pairs, after: Pairs, cases: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return _column(before, cases, before.scores), _column(after, cases, after.scores)


def _paired(first: Truths, second: Truths, asked: Asked) -> dict[str, Any]:
    """Share that each calls right, and their difference with test, interval and verdict."""
    n, lost, gained = len(first), int((first & ~second).sum()), int((second & ~first).sum())
    low, high = tango(gained, lost, n, asked.confidence)
    return {
        "n": n,
        "first": float(first.mean()),
        "second": float(second.mean()),
        "lost": lost,
        "gained": gained,
        "difference": (gained - lost) / n,
        "ci": [low, high],
        "mcnemar": asdict(mcnemar(lost, gained)),
        "not_worse": None if asked.margin is None else low > -asked.margin,
    }


def _areas(truth: Truths, first: NDArray[np.float64], second: NDArray[np.float64], asked: Asked) -> dict[str, Any]:
    if min(int(truth.sum()), int((~truth).sum())) < 2:  # noqa: PLR2004 - a variance needs two
        return {"difference": None, "ci": None, "limit": "fewer than two cases of a class: no variance"}
    found = roc.compare_aucs(truth, second, first, confidence=asked.confidence)
    is_known = found.se > 0
    return {
        "first": found.second,
        "second": found.first,
        "difference": found.difference,
        "se": found.se,
        "z": found.z,
        "p": found.p,
        "ci": [found.low, found.high] if is_known else None,
        "not_worse": None if asked.margin is None or not is_known else found.low > -asked.margin,
        "limit": "" if is_known else "both order the cases alike: the difference has no variance",
    }


def _flips(
    cases: Sequence[str], truth: Truths, scores: tuple[NDArray[np.float64], ...], called: tuple[Truths, Truths]
) -> list[dict[str, Any]]:
    """List cases on which they differ, those that the second gets wrong first."""
    found = [
        {
            "case": case,
            "truth": bool(truth[index]),
            "first_score": float(scores[0][index]),
            "second_score": float(scores[1][index]),
            "change": "gained" if called[1][index] == truth[index] else "lost",
        }
        for index, case in enumerate(cases)
        if called[0][index] != called[1][index]
    ]
    return sorted(found, key=lambda flip: flip["change"] != "lost")


def reading_list(cases: Sequence[str]) -> list[str]:
    """Put cases in an order that tells a reader nothing: by the hash of their names."""
    return sorted(cases, key=lambda case: hashlib.sha256(case.encode()).digest())
