"""Readings of several readers: what they answer about two treatments, such as without and with AI (R8, R39, R63)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isinf
from typing import Any

import numpy as np

from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.stats import mrmc, roc
from collega.stats.mrmc_covariance import Covariance, ReaderTest
from collega.stats.one_shot import one_shot

COLUMNS = ("reader", "treatment", "case", "truth", "rating")
Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """How readings are analysed."""

    covariance: Covariance = Covariance.DELONG
    analysis: mrmc.Analysis = mrmc.Analysis.RANDOM_RANDOM
    confidence: float = 0.95


def natural(name: str) -> list[tuple[int, int, str]]:
    """Sort key that puts reader 10 after reader 9."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name) if part]


def gather(rows: Sequence[Row]) -> list[ReaderTest]:
    """Gather the readings of each reader under each treatment.

    Raises
    ------
    InputError
        A cell cannot be read, a case was rated twice by one reader, its truth differs between lines, or one class is
        missing among the cases of a reader.
    """
    truths: dict[str, tuple[bool, int]] = {}
    ratings: dict[Key, dict[str, tuple[float, int]]] = {}
    for row in rows:
        case, truth = row.text("case"), row.label("truth")
        known, line = truths.setdefault(case, (truth, row.line))
        if known != truth:
            raise row.complain("truth", f"case {case} has another truth on line {line}")
        own = ratings.setdefault((row.text("reader"), row.text("treatment")), {})
        if case in own:
            problem = f"the same reader rated case {case} under this treatment on line {own[case][1]} already"
            raise row.complain("case", problem)
        own[case] = row.number("rating"), row.line
    return [_test(key, own, truths, rows[0].table) for key, own in ratings.items()]


def _test(
    key: Key, own: Mapping[str, tuple[float, int]], truths: Mapping[str, tuple[bool, int]], table: str
) -> ReaderTest:
    cases = tuple(sorted(own))
    truth = np.array([truths[case][0] for case in cases])
    if truth.all() or not truth.any():
        missing = "non-diseased" if truth.all() else "diseased"
        message = (
            f"{table}, column truth: reader {key[0]} under treatment {key[1]} read no {missing} case; "
            "an area needs both classes"
        )
        raise InputError(message)
    ratings = np.array([own[case][0] for case in cases])
    return ReaderTest(reader=key[0], treatment=key[1], cases=cases, truth=truth, ratings=ratings)


def analyse_reads(rows: Sequence[Row], question: Question) -> dict[str, Any]:
    """Answer as JSON: areas of each treatment and reader, their difference, and what it was made of.

    Raises
    ------
    InputError
        Lines are wrong, or the design does not allow the question.
    """
    tests = gather(rows)
    names = sorted({test.treatment for test in tests}, key=natural)
    try:
        if len(names) != mrmc.TREATMENTS:
            message = f"two treatments are compared, and {len(names)} were found: {', '.join(names)}"
            raise ValueError(message)  # noqa: TRY301 - told like those of the analysis, with the table's name
        found = mrmc.analyse(
            tests,
            treatments=(names[0], names[1]),
            method=question.covariance,
            analysis=question.analysis,
            confidence=question.confidence,
        )
    except ValueError as error:
        message = f"{rows[0].table}: {error}"
        raise InputError(message) from error
    return _as_json(tests, found, question)


def _as_json(tests: Sequence[ReaderTest], found: mrmc.Result, question: Question) -> dict[str, Any]:
    readers = sorted({test.reader for test in tests}, key=natural)
    truths = {case: bool(truth) for test in tests for case, truth in zip(test.cases, test.truth, strict=True)}
    return {
        "design": str(found.design),
        "covariance": str(question.covariance),
        "analysis": str(question.analysis),
        "confidence": question.confidence,
        "readers": len(readers),
        "cases": len(truths),
        "diseased": sum(truths.values()),
        "treatments": list(found.treatments),
        "auc": _table(found, readers, found.aucs),
        "auc_ci": _table(found, readers, _intervals(tests, question.confidence)),
        "mean_auc": dict(zip(found.treatments, found.means, strict=True)),
        "difference": found.difference,
        "se": found.se,
        "f": found.f,
        "df1": found.df1,
        "df2": None if isinf(found.df2) else found.df2,
        "p": found.p,
        "ci": [found.low, found.high],
        "components": asdict(found.parts),
        "one_shot": _one_shot(tests, found),
        "limits": _limits(tests, found),
    }


def _table(found: mrmc.Result, readers: Sequence[str], values: Mapping[Key, Any]) -> dict[str, dict[str, Any]]:
    """Set values by treatment and reader in the order of people."""
    return {
        treatment: {reader: values[treatment, reader] for reader in readers if (treatment, reader) in values}
        for treatment in found.treatments
    }


def _intervals(tests: Sequence[ReaderTest], confidence: float) -> dict[Key, list[float | None]]:
    areas = {
        (test.treatment, test.reader): roc.auc(test.truth, test.ratings, confidence=confidence, scale=roc.Scale.LOGIT)
        for test in tests
    }
    return {key: [area.low, area.high] for key, area in areas.items()}


def _one_shot(tests: Sequence[ReaderTest], found: mrmc.Result) -> dict[str, Any] | None:
    if found.design is not mrmc.Design.CROSSED or found.parts.readers == 1:
        return None
    return asdict(one_shot(tests, found.treatments))


def _limits(tests: Sequence[ReaderTest], found: mrmc.Result) -> list[str]:
    """Say what the figures do not tell."""
    said = [
        f"reader {test.reader} gave every case the same rating under treatment {test.treatment}: an area of .5 by ties"
        for test in tests
        if len(set(test.ratings.tolist())) == 1
    ]
    if found.parts.cov2 < found.parts.cov3:
        said.append("cov2 is below cov3: their difference counts as none, which widens the interval")
    if 1 < found.parts.readers < FEW_READERS:
        said.append(f"{found.parts.readers} readers are few to speak for all readers")
    return said


FEW_READERS = 4
