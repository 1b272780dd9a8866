"""All that a report of a validation says, as one value: flow, figures, curves, claims, and how it kept to its plan."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.measure.scores import Pairs, pair
from collega.measure.study_flow import Flow, Followed, follow
from collega.measure.study_plan import StudyPlan
from collega.measure.validate import Asked, validate
from collega.measure.versions import Asked as Compared
from collega.measure.versions import compare_versions
from collega.stats.accuracy import Interval, proportion
from collega.stats.roc_curve import roc_points

# Columns of the reference that say where a truth is from, and whether who made it had seen the app's word.
KINDS_OF_TRUTH, SIGHT = ("label_source", "label_strength"), "ai_visible"
CLAIMED = ("sensitivity", "specificity", "auc")
BINS = 20
MOST_LISTED = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """What a report is made of, beside its tables.

    Attributes
    ----------
    expected_hash : str
        That under which the plan was frozen; empty where nobody kept it.
    version : str
        Of the app that made the scores; empty: not known.
    claims : sequence of mapping
        Studies of the app's card: name, and sensitivity, specificity, auc as (value, low, high) where it tells them.
    second : sequence of Row
        Scores of another version or vendor on the same cases; empty: nothing is compared.
    second_threshold : float or None
        That of the second; None: that of the plan.
    label_errors : mapping or None
        What a site tells of the error of its labels; see `collega.measure.site_validation.error_beside`. None where
        the reference is a table from elsewhere.
    """

    plan: StudyPlan
    expected_hash: str = ""
    version: str = ""
    prevalence: float | None = None
    are_probabilities: bool = False
    interval: Interval = Interval.WILSON
    claims: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    second: Sequence[Row] = ()
    second_threshold: float | None = None
    label_errors: Mapping[str, Any] | None = None


def validation_report(scores: Sequence[Row], reference: Sequence[Row], reported: Reported) -> dict[str, Any]:
    """Answer as JSON.

    Raises
    ------
    InputError
        A table is wrong, or a class is empty.
    """
    plan = reported.plan
    followed = follow(scores, reference)
    stated = {column: _stated(followed, column) for column in plan.subgroups}
    shown = tuple(column for column, count in stated.items() if count)
    asked = Asked(
        threshold=plan.threshold,
        confidence=plan.confidence,
        interval=reported.interval,
        prevalence=reported.prevalence,
        are_probabilities=reported.are_probabilities,
        subgroups=shown,
        plan=plan,
    )
    told = validate(followed.scores, followed.reference, asked)
    pairs = pair(followed.scores, followed.reference)
    return {
        "kind": "validation",
        "plan": asdict(plan) | {"items": dict(plan.items)},
        "hash": plan.frozen(),
        "expected_hash": reported.expected_hash,
        "version": reported.version,
        "deviations": _deviations(followed, reported, [column for column in plan.subgroups if column not in shown]),
        "flow": asdict(followed.flow),
        "outcomes": _outcomes(followed.flow, asked),
        "stated": {column: {"k": count, "n": len(followed.reference)} for column, count in stated.items()},
        "label_errors": reported.label_errors,
        "truth": {name: _counted(followed, name) for name in (*KINDS_OF_TRUTH, SIGHT)},
        "validation": told,
        "roc": [asdict(point) for point in roc_points(pairs.truth, pairs.scores, confidence=plan.confidence)],
        "histogram": _histogram(pairs),
        "claims": _claims(reported.claims, told),
        "most_listed": MOST_LISTED,
        "wrong": _wrong(pairs, plan.threshold),
        "comparison": _comparison(followed, reference, reported),
    }


def _stated(followed: Followed, column: str) -> int:
    return sum(row.has(column) for row in followed.reference)


def _counted(followed: Followed, column: str) -> dict[str, int]:
    """Count what a column says; empty where no line says anything."""
    if not _stated(followed, column):
        return {}
    return dict(Counter(row.cells[column] or "not stated" for row in followed.reference).most_common())


def _outcomes(flow: Flow, asked: Asked) -> dict[str, Any]:
    counts = {
        "answered": flow.reference_missing + flow.analysed,
        "failed": flow.failed,
        "not_suitable": flow.not_suitable,
        "not_run": flow.not_run,
    }
    return {
        name: asdict(proportion(count, flow.included, asked.interval, asked.confidence))
        for name, count in counts.items()
    }


def _deviations(followed: Followed, reported: Reported, silent: Sequence[str]) -> list[dict[str, Any]]:
    """List in what the study was not as planned; each has a kind, and values that its sentence holds."""
    plan, found = reported.plan, followed.flow
    tries: tuple[tuple[bool, str, dict[str, Any]], ...] = (
        (not reported.expected_hash, "no_hash", {}),
        (
            bool(reported.expected_hash) and reported.expected_hash != plan.frozen(),
            "plan_changed",
            {"expected": reported.expected_hash, "found": plan.frozen()},
        ),
        (
            bool(reported.version) and reported.version != plan.version,
            "other_version",
            {"planned": plan.version, "found": reported.version},
        ),
        (found.included < plan.cases, "fewer_cases", {"planned": plan.cases, "found": found.included}),
        (found.included > plan.cases, "more_cases", {"planned": plan.cases, "found": found.included}),
        (bool(found.not_run), "not_run", {"count": found.not_run}),
        (bool(found.reference_missing), "reference_missing", {"count": found.reference_missing}),
    )
    return [
        *({"kind": kind, **values} for is_so, kind, values in tries if is_so),
        *({"kind": "nothing_stated", "column": column} for column in silent),
    ]


def _histogram(pairs: Pairs) -> list[dict[str, Any]]:
    """Count scores by truth, in bins of equal width; one bin where every score is the same."""
    edges = np.histogram_bin_edges(pairs.scores, bins=BINS if np.ptp(pairs.scores) else 1)
    counts = [np.histogram(pairs.scores[part], bins=edges)[0] for part in (pairs.truth, ~pairs.truth)]
    return [
        {"from": float(low), "to": float(high), "diseased": int(diseased), "other": int(other)}
        for low, high, diseased, other in zip(edges[:-1], edges[1:], *counts, strict=True)
    ]


def _claims(claims: Sequence[Mapping[str, Any]], told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Set each figure that a card claims beside what was measured."""
    area = told["auc"]
    measured = {**told["figures"], "auc": {"value": area["auc"], "low": area["low"], "high": area["high"]}}
    return [
        {
            "study": claim["name"],
            "figure": name,
            "claimed": list(claim[name]),
            "measured": [measured[name][key] for key in ("value", "low", "high")],
            "verdict": _verdict(claim[name][0], measured[name]["low"], measured[name]["high"]),
        }
        for claim in claims
        for name in CLAIMED
        if name in claim
    ]


def _verdict(claimed: float, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "unknown"
    return "below_claim" if high < claimed else "above_claim" if low > claimed else "within"


def _wrong(pairs: Pairs, threshold: float) -> dict[str, list[dict[str, Any]]]:
    """List false positives and false negatives, the most confident error first."""
    positive: NDArray[np.bool_] = pairs.scores >= threshold
    found = {}
    for name, places in (
        ("false_positives", np.flatnonzero(positive & ~pairs.truth)),
        ("false_negatives", np.flatnonzero(~positive & pairs.truth)),
    ):
        rows = [{"case": pairs.cases[place], "score": float(pairs.scores[place])} for place in places]
        far = sorted(rows, key=lambda row: (-abs(float(str(row["score"])) - threshold), str(row["case"])))
        found[name] = far[:MOST_LISTED]
    return found


def _comparison(followed: Followed, reference: Sequence[Row], reported: Reported) -> dict[str, Any] | None:
    """Compare on the cases that both were given and that have a truth; the others are counted."""
    if not reported.second:
        return None
    other, plan = follow(reported.second, reference), reported.plan
    given = [{row.text("case") for row in one.scores} for one in (followed, other)]
    first, second, truth = (
        [row for row in rows if row.text("case") in given[0] & given[1]]
        for rows in (followed.scores, other.scores, followed.reference)
    )
    if not truth:
        message = f"{followed.scores[0].table}, {other.scores[0].table}: no case stands in both"
        raise InputError(message)
    asked = Compared(
        first_threshold=plan.threshold,
        second_threshold=plan.threshold if reported.second_threshold is None else reported.second_threshold,
        margin=plan.margin or None,
        confidence=plan.confidence,
    )
    return compare_versions(first, second, truth, asked) | {"left_out": len(given[0] ^ given[1])}
