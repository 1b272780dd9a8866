"""A site's own scores and reference as the tables of a validation, with the error of its labels beside (R35, R69)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.measure.reference_cases import (
    ErrorOf,
    Question,
    against_reference,
    group_name,
    latest_labels,
    only,
    truths,
)
from collega.measure.subgroups import BY
from collega.model.finding import Direction
from collega.model.reference import ReferenceLabel

SCORES = ("case", "score", "outcome", "version")
TRUTHS = ("case", "truth", "label_source", "label_strength", "ai_visible", *BY)
# A result that says nothing of the finding has failed on it, as in a comparison.
ANALYSED, FAILED = "analysed", "failed"
WORDS = {True: "1", False: "0", None: ""}
UNKNOWN: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """The last run of an app version on a study; ``score`` is on the app's own scale, None where it gave none."""

    study_key: str
    study_instance_uid: str
    app_version: str
    status: str
    score: float | None
    direction: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteTables:
    """Scores, truths, and all labels of the finding on studies that the app was run on.

    ``without_run`` counts studies that have a label and no run: they are no cases of this app version.
    """

    finding: str
    scores: tuple[Row, ...]
    reference: tuple[Row, ...]
    labels: tuple[ReferenceLabel, ...]
    groups: tuple[str, ...]
    without_run: int
    runs: tuple[Run, ...]


def site_tables(
    runs: Sequence[Run],
    every_label: Sequence[ReferenceLabel],
    finding: str,
    groups: Sequence[str] = (),
    places: Mapping[str, Mapping[str, str]] = UNKNOWN,
) -> SiteTables:
    """Make both tables; ``groups``, such as panel/no, say whose truth counts.

    ``places``: of each study key, what is known of it by the names of `BY`, for subgroups.

    Raises
    ------
    InputError
        There is no run, a lower score speaks for presence, a group has no label, or several groups have and none is
        named: labels of another source are never mixed unasked.
    """
    if not runs:
        message = f"the app said nothing of {finding} on any study here; see `collega apps list`"
        raise InputError(message)
    if any(run.direction == Direction.LOWER_IS_PRESENT for run in runs):
        message = f"scores of {finding}: a lower one speaks for presence; write a table, and turn them round in it"
        raise InputError(message)
    ran = {run.study_key for run in runs}
    mine = [one for one in latest_labels(every_label) if one.finding_id == finding]
    labels = tuple(one for one in mine if one.study_key in ran)
    chosen = _chosen(labels, finding, groups)
    return SiteTables(
        finding=finding,
        scores=tuple(_score_row(line, run) for line, run in enumerate(runs, 2)),
        reference=_truth_rows([one for one in labels if group_name(one) in chosen], runs, places),
        labels=labels,
        groups=chosen,
        without_run=len({one.study_key for one in mine} - ran),
        runs=tuple(runs),
    )


def _chosen(labels: Sequence[ReferenceLabel], finding: str, groups: Sequence[str]) -> tuple[str, ...]:
    there = sorted({group_name(one) for one in labels})
    unknown = [name for name in groups if name not in there]
    if unknown or not there:
        message = f"{', '.join(unknown) or finding}: no such labels on studies that the app was run on; "
        raise InputError(message + f"there are {', '.join(there) or 'none'}")
    if not groups and len(there) > 1:
        message = f"labels of {finding} are of several groups: say with --pool which count, of {', '.join(there)}"
        raise InputError(message)
    return tuple(dict.fromkeys(groups)) or tuple(there)


def _score_row(line: int, run: Run) -> Row:
    outcome = run.status if run.status != ANALYSED or run.score is not None else FAILED
    score = repr(run.score) if outcome == ANALYSED else ""
    cells = (run.study_instance_uid, score, outcome, run.app_version)
    return Row(table="scores of this site", line=line, cells=dict(zip(SCORES, cells, strict=True)))


def _truth_rows(
    labels: Sequence[ReferenceLabel], runs: Sequence[Run], places: Mapping[str, Mapping[str, str]]
) -> tuple[Row, ...]:
    """Give a line for each case that has a label; without a truth where labels are in doubt or contradict."""
    found, _ = truths(labels)
    by_study: dict[str, list[ReferenceLabel]] = {}
    for label in labels:
        by_study.setdefault(label.study_key, []).append(label)
    kinds = ("source", "strength", "ai_visible")
    return tuple(
        Row(
            table="reference of this site",
            line=line,
            cells=dict(
                zip(
                    TRUTHS,
                    (
                        run.study_instance_uid,
                        WORDS[found.get(run.study_key)],
                        *(only({str(getattr(one, kind)) for one in by_study[run.study_key]}) for kind in kinds),
                        *(places.get(run.study_key, {}).get(name, "") for name in BY),
                    ),
                    strict=True,
                )
            ),
        )
        for line, run in enumerate((run for run in runs if run.study_key in by_study), 2)
    )


def error_beside(tables: SiteTables, threshold: float, confidence: float, error_of: ErrorOf) -> dict[str, Any]:
    """Tell accuracy at a threshold by source and visibility, raw and freed of the label's error, as JSON."""
    said: Mapping[str, bool | None] = {
        run.study_key: None if run.score is None else run.score >= threshold
        for run in tables.runs
        if run.status == ANALYSED
    }
    pool = tables.groups if len(tables.groups) > 1 else ()
    question = Question(finding=tables.finding, pool=pool, confidence=confidence)
    told = against_reference(said, tables.labels, question, error_of)
    return {**told, "counted": list(tables.groups), "without_run": tables.without_run}
