"""Is an app right on the cases of this hospital (R35, R39, R63, R68)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.measure.scores import Pairs, pair
from collega.measure.study_plan import StudyPlan
from collega.measure.subgroups import Intervals, at_prevalence, multiplicity, table_of, weakness_map
from collega.model.comparison import ItemState
from collega.stats import accuracy, roc
from collega.stats.calibration import calibration


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """How a validation is done; scores from ``threshold`` on are positive."""

    threshold: float
    confidence: float = 0.95
    interval: accuracy.Interval = accuracy.Interval.WILSON
    prevalence: float | None = None
    are_probabilities: bool = False
    subgroups: tuple[str, ...] = ()
    only_paired: bool = False
    plan: StudyPlan | None = None


def validate(scores: Sequence[Row], reference: Sequence[Row], asked: Asked) -> dict[str, Any]:
    """Answer as JSON.

    Raises
    ------
    InputError
        A table is wrong, or a figure that was asked for cannot be made.
    """
    pairs = pair(scores, reference, only_paired=asked.only_paired)
    positive = pairs.scores >= asked.threshold
    table = table_of(pairs.truth, positive)
    intervals = Intervals(interval=asked.interval, confidence=asked.confidence, prevalence=asked.prevalence)
    groups = weakness_map(pairs, positive, asked.subgroups, intervals)
    area = roc.auc(pairs.truth, pairs.scores, confidence=asked.confidence, scale=roc.Scale.LOGIT)
    figures = accuracy.figures(table, asked.interval, asked.confidence)
    return {
        "plan": None if asked.plan is None else {"title": asked.plan.title, "hash": asked.plan.frozen()},
        "threshold": asked.threshold,
        "confidence": asked.confidence,
        "interval": str(asked.interval),
        "cases": len(pairs.rows),
        "unpaired": {"scores": pairs.unpaired[0], "reference": pairs.unpaired[1]},
        "outcomes": _outcomes(pairs, asked),
        "table": asdict(table),
        "figures": {name: asdict(figure) for name, figure in figures.items()},
        "at_prevalence": at_prevalence(table, intervals),
        "worst_case": _worst_case(pairs, table, asked),
        "auc": asdict(area),
        "calibration": _calibration(pairs, asked),
        "subgroups": groups,
        "multiplicity": multiplicity(groups) if groups else "",
        "limits": _limits(
            pairs, asked, [area.limit, *(f"{name}: {one.limit}" for name, one in figures.items() if one.limit)]
        ),
    }


def _outcomes(pairs: Pairs, asked: Asked) -> dict[str, Any]:
    counts = Counter(pairs.states.values())
    return {
        str(state).replace(" ", "_"): asdict(
            accuracy.proportion(counts[state], len(pairs.states), asked.interval, asked.confidence)
        )
        for state in (ItemState.ANALYSED, ItemState.FAILED, ItemState.NOT_SUITABLE)
    }


def _worst_case(pairs: Pairs, table: accuracy.Table, asked: Asked) -> dict[str, Any]:
    """Count every case without an answer as answered wrong."""
    silent = Counter(pairs.rows[case].label("truth") for case in pairs.rows if case not in set(pairs.cases))
    return {
        name: asdict(accuracy.proportion(k, n + silent[is_diseased], asked.interval, asked.confidence))
        for name, k, n, is_diseased in (
            ("sensitivity", table.tp, table.tp + table.fn, True),
            ("specificity", table.tn, table.tn + table.fp, False),
        )
    }


def _calibration(pairs: Pairs, asked: Asked) -> dict[str, Any] | None:
    if not asked.are_probabilities:
        return None
    try:
        return asdict(calibration(pairs.truth, pairs.scores, confidence=asked.confidence))
    except ValueError as error:
        message = f"column score: {error}; a score that is no probability has no calibration"
        raise InputError(message) from error


def _limits(pairs: Pairs, asked: Asked, said: Sequence[str]) -> list[str]:
    limits = [text for text in said if text]
    if any(pairs.unpaired):
        limits.append(f"{sum(pairs.unpaired)} cases stand in one table alone and do not count")
    if asked.plan is not None and len(pairs.rows) < asked.plan.cases:
        limits.append(f"{len(pairs.rows)} cases, and the plan asks for {asked.plan.cases}")
    if len(set(pairs.scores.tolist())) == 1:
        limits.append("every score is the same: nothing is told apart")
    return limits
