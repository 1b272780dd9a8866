"""Scores of an app set beside the reference standard, case by case; nothing is left out in silence (R15, R35)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.model.comparison import ItemState

SCORES, REFERENCE = ("case", "score"), ("case", "truth")
# Ends of a run that say nothing of the finding.
WITHOUT_SCORE = {"failed": ItemState.FAILED, "not_suitable": ItemState.NOT_SUITABLE}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairs:
    """Cases that have both.

    Attributes
    ----------
    cases : tuple of str
        Those with a score, in the order of the scores.
    truth, scores : array, shape (cases,)
    rows : mapping
        Line of the reference, by case, of those without a score too.
    states : mapping
        How the run on each case ended.
    unpaired : tuple of int
        Cases with a score and no reference, and the other way round.
    """

    cases: tuple[str, ...]
    truth: NDArray[np.bool_]
    scores: NDArray[np.float64]
    rows: Mapping[str, Row]
    states: Mapping[str, ItemState]
    unpaired: tuple[int, int]


def by_case(rows: Sequence[Row]) -> dict[str, Row]:
    """Give each line by its case; twice the same case is an error."""
    found: dict[str, Row] = {}
    for row in rows:
        case = row.text("case")
        if case in found:
            raise row.complain("case", f"case {case} stands on line {found[case].line} already")
        found[case] = row
    return found


def state_of(row: Row) -> ItemState:
    """Read how a run ended; a score and another end contradict each other."""
    if not row.has("outcome") or row.cells["outcome"] == "analysed":
        return ItemState.ANALYSED
    written = row.cells["outcome"]
    if written not in WITHOUT_SCORE:
        raise row.complain("outcome", f"{written!r} is none of analysed, {', '.join(WITHOUT_SCORE)}")
    if row.has("score"):
        raise row.complain("score", f"a score stands beside the outcome {written}: take one of them out")
    return WITHOUT_SCORE[written]


def check_moments(row: Row) -> None:
    """Refuse a reference standard that is older than the study that it speaks of."""
    if row.has("study_at") and row.has("reference_at"):
        study, reference = row.moment("study_at"), row.moment("reference_at")
        if (study.tzinfo is None) != (reference.tzinfo is None):
            raise row.complain("reference_at", "one of study_at and reference_at has a time zone, the other has none")
        if reference < study:
            raise row.complain("reference_at", f"{reference} is before the study ({study}): it cannot speak of it")


def pair(scores: Sequence[Row], reference: Sequence[Row], *, only_paired: bool = False) -> Pairs:
    """Set both tables side by side.

    Parameters
    ----------
    only_paired : bool
        Go on without cases that stand in one table alone; they are counted.

    Raises
    ------
    InputError
        A cell cannot be read, a case stands twice or in one table alone, a class is missing, a reference is too old.
    """
    mine, theirs = by_case(scores), by_case(reference)
    alone = [case for case in mine if case not in theirs], [case for case in theirs if case not in mine]
    for cases, rows, other in ((alone[0], mine, reference), (alone[1], theirs, scores)):
        if cases and not only_paired:
            place = f"case {cases[0]} is not in {other[0].table} ({len(cases)} such)"
            problem = f"{place}: add them; `validate scores` goes on with --only-paired"
            raise rows[cases[0]].complain("case", problem)
    both = [case for case in mine if case in theirs]
    for case in both:
        check_moments(theirs[case])
    states = {case: state_of(mine[case]) for case in both}
    scored = tuple(case for case in both if states[case] is ItemState.ANALYSED)
    truth = np.array([theirs[case].label("truth") for case in scored], dtype=bool)
    if not len(truth) or truth.all() or not truth.any():
        missing = "case" if not len(truth) else "non-diseased case" if truth.all() else "diseased case"
        message = f"{reference[0].table}, column truth: no {missing} has a score; both classes are needed"
        raise InputError(message)
    return Pairs(
        cases=scored,
        truth=truth,
        scores=np.array([mine[case].number("score") for case in scored]),
        rows={case: theirs[case] for case in both},
        states=states,
        unpaired=(len(alone[0]), len(alone[1])),
    )
