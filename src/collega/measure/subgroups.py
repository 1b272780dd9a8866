"""Where is an app weak: the map of weaknesses by scanner, age, sex or whatever stands beside the reference (R39)."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.measure.scores import Pairs
from collega.stats import roc
from collega.stats.accuracy import Interval, Table, figures, predictive_values, proportion
from collega.stats.paired import holm
from collega.stats.proportion import fisher, newcombe

MOST_VALUES = 10
FEW = 20
Truths = NDArray[np.bool_]
PREDICTIVE = ("ppv", "npv")
# By what errors are set apart on a site's own studies; one of which nothing is known stands under "not stated".
BY = ("scanner", "age", "sex", "view", "hour")


@dataclass(frozen=True, kw_only=True, slots=True)
class Intervals:
    """How figures of subgroups are made; ``prevalence``: a share of disease to give predictive values at, or None."""

    interval: Interval = Interval.WILSON
    confidence: float = 0.95
    prevalence: float | None = None


def table_of(truth: Truths, positive: Truths) -> Table:
    """Count cases by test and truth."""
    return Table(
        tp=int((truth & positive).sum()),
        fp=int((~truth & positive).sum()),
        fn=int((truth & ~positive).sum()),
        tn=int((~truth & ~positive).sum()),
    )


def at_prevalence(table: Table, asked: Intervals) -> dict[str, Any] | None:
    """Give predictive values at the share of disease that is asked for; None where none is."""
    if asked.prevalence is None:
        return None
    found = predictive_values(table, asked.prevalence, asked.confidence)
    return {"prevalence": asked.prevalence} | {name: asdict(figure) for name, figure in found.items()}


def weakness_map(pairs: Pairs, positive: Truths, columns: Sequence[str], asked: Intervals) -> list[dict[str, Any]]:
    """Give figures of each subgroup, and how sensitivity and specificity differ from those of all other cases.

    ``p_adjusted`` counts every comparison of the map (Holm). A column of more than ten numbers is cut at its quartiles.
    Predictive values are not compared: they differ wherever disease is more or less common.
    """
    found = [
        _group(pairs, positive, (column, value, members), asked)
        for column in columns
        for value, members in _groups(pairs, column).items()
    ]
    cells = [group[name]["against_rest"] for group in found for name in ("sensitivity", "specificity")]
    told = [cell for cell in cells if cell is not None]
    for cell, adjusted in zip(told, holm([cell["p"] for cell in told]), strict=True):
        cell["p_adjusted"] = adjusted
    return found


def multiplicity(groups: Sequence[Mapping[str, Any]]) -> str:
    """Say how many comparisons the map makes."""
    count = sum(group[name]["against_rest"] is not None for group in groups for name in ("sensitivity", "specificity"))
    return (
        f"{count} comparisons with the other cases: by chance alone, about one in twenty has p below .05; the p "
        "shown is corrected for their number (Holm), intervals are not"
    )


def _groups(pairs: Pairs, column: str) -> dict[str, Truths]:
    rows = [pairs.rows[case] for case in pairs.cases]
    if column not in rows[0].cells:
        message = f"{rows[0].table}: no column {column}; the heading says {', '.join(rows[0].cells)}"
        raise InputError(message)
    values = [row.cells[column] or "not stated" for row in rows]
    if len(set(values)) > MOST_VALUES:
        values = _quartiles(rows, column)
    return {value: np.array([one == value for one in values]) for value in sorted(set(values))}


def _quartiles(rows: Sequence[Row], column: str) -> list[str]:
    stated = [row for row in rows if row.has(column)]
    numbers = np.array([row.number(column) for row in stated])
    edges = [float(edge) for edge in np.unique(np.quantile(numbers, [0, 0.25, 0.5, 0.75, 1]))]
    names = [f"{low:g} to {high:g}" for low, high in itertools.pairwise(edges)] or [f"{edges[0]:g}"]
    part = np.clip(np.searchsorted(edges, numbers, side="left") - 1, 0, len(names) - 1)
    named = {row.line: names[int(index)] for row, index in zip(stated, part, strict=True)}
    return [named.get(row.line, "not stated") for row in rows]


def _group(pairs: Pairs, positive: Truths, group: tuple[str, str, Truths], asked: Intervals) -> dict[str, Any]:
    column, value, members = group
    truth, scores = pairs.truth[members], pairs.scores[members]
    has_both = bool(truth.any()) and not truth.all()
    smallest = int(min(truth.sum(), (~truth).sum()))
    table = table_of(truth, positive[members])
    found = figures(table, asked.interval, asked.confidence)
    return {
        "column": column,
        "value": value,
        "n": len(truth),
        "diseased": int(truth.sum()),
        "sensitivity": _share(pairs.truth, positive, members, asked),
        "specificity": _share(~pairs.truth, ~positive, members, asked),
        **{name: asdict(found[name]) for name in ("prevalence", *PREDICTIVE)},
        "at_prevalence": at_prevalence(table, asked),
        "auc": asdict(roc.auc(truth, scores, confidence=asked.confidence, scale=roc.Scale.LOGIT)) if has_both else None,
        "limit": f"few: {smallest} in its smaller class" if smallest < FEW else "",
    }


def _share(of_class: Truths, right: Truths, members: Truths, asked: Intervals) -> dict[str, Any]:
    """Share of a class that is called right within a group, and less that of the other cases."""
    here = int((of_class & right & members).sum()), int((of_class & members).sum())
    rest = int((of_class & right & ~members).sum()), int((of_class & ~members).sum())
    told: dict[str, Any] = asdict(proportion(*here, asked.interval, asked.confidence))
    told["against_rest"] = None
    if here[1] and rest[1]:
        low, high = newcombe(here, rest, asked.confidence)
        told["against_rest"] = {
            "difference": here[0] / here[1] - rest[0] / rest[1],
            "low": low,
            "high": high,
            "p": fisher(here, rest),
        }
    return told
