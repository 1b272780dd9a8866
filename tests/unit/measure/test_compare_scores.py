"""Stored answers of two apps become tables of scores, which a truth can be set beside."""

import pytest
from tests.unit.measure.test_compare import item, said

from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.formats.dicom_concept import concept
from collega.measure.compare_scores import HEADING, score_lines
from collega.measure.study_plan import StudyPlan
from collega.measure.validation_report import Reported, validation_report
from collega.model.code import Code
from collega.model.comparison import Item, ItemState, Side
from collega.model.finding import Evaluation
from collega.testing.records import PNEUMONIA

pytestmark = pytest.mark.shows("R8", "R15")
PLAN = StudyPlan(
    title="Two",
    question="?",
    app="finder",
    version="1",
    reference="panel",
    primary="sensitivity",
    threshold=50,
    cases=6,
)
OTHER = Code(scheme="SCT", value="1", meaning="other")


def items(side: Side, scores: dict[str, float]) -> list[Item]:
    found = [
        item(uid, side, said(Evaluation.PRESENT, score), said(Evaluation.PRESENT, 9)) for uid, score in scores.items()
    ]
    return [*found, item("5", side, state=ItemState.NOT_ACCEPTED), item("6", side, state=ItemState.NEVER_RECEIVED)]


def table(lines: list[tuple[str, str, str, str]], name: str) -> list[Row]:
    return [Row(table=name, line=n, cells=dict(zip(HEADING, line, strict=True))) for n, line in enumerate(lines, 2)]


def test_scores_of_both_sides_are_held_against_a_truth() -> None:
    both = [*items(Side.A, {"1": 90, "2": 80, "3": 70, "4": 10}), *items(Side.B, {"1": 90, "2": 20, "3": 10, "4": 12})]
    both.append(item("7", Side.B, said(Evaluation.PRESENT, 50, OTHER)))
    first, second = (
        table(score_lines(both, side, PNEUMONIA.value, str(version), concept), str(side))
        for version, side in enumerate((Side.A, Side.B), 1)
    )
    assert [row.cells["score"] for row in first] == ["90", "80", "70", "10", ""]
    assert [row.cells["outcome"] for row in first][-1] == "not_suitable"
    assert second[-1].cells == {"case": "7", "score": "", "outcome": "failed", "version": "2"}
    truth = [
        Row(table="truth", line=n, cells={"case": str(n), "truth": "1" if n < 3 else "0"})
        for n in (1, 2, 3, 4, 5, 6, 7)
    ]
    told = validation_report(first, truth, Reported(plan=PLAN, second=second))
    assert told["version"] == ""
    assert told["flow"]["not_run"] == 2
    assert told["comparison"]["left_out"] == 1
    assert [(flip["case"], flip["change"]) for flip in told["comparison"]["flips"]] == [("2", "lost"), ("3", "gained")]


def test_a_finding_that_nobody_speaks_of_is_refused_with_what_is_spoken_of() -> None:
    with pytest.raises(InputError, match="says nothing of 42; it speaks of 233604007"):
        score_lines(items(Side.A, {"1": 1}), Side.A, "42", "1", concept)
