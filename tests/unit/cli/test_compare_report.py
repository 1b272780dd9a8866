"""The report of a comparison of two thousand studies: short enough to read, whole as JSON."""

import json

import pytest

from collega.cli.compare_report import MOST_LISTED, as_json, print_report
from collega.formats.dicom_concept import concept
from collega.measure.compare import Report, compare
from collega.model.code import Text
from collega.model.comparison import Comparison, Contender, Item, ItemState, Said, Side
from collega.model.finding import Evaluation
from collega.testing.records import AT, PNEUMONIA

pytestmark = pytest.mark.shows("R8", "R15")
STUDIES = 2000
# One in four is present for A alone, one in ten failed for B, each with a reason of its own.
MOVED, FAILED = 4, 10
A = Contender(app_id="finder", version="1.0.0", name=Text(en="F", nl="V"), folder="/apps/finder", thresholds=0)
COMPARISON = Comparison(key="k", name="vendors of May", a=A, b=A, created_at=AT, actor="AI lead")


def said(score: float) -> Said:
    word = Evaluation.PRESENT if score >= 50 else Evaluation.ABSENT
    return Said(code=PNEUMONIA, site=None, name=Text(en="opacity", nl="schaduw"), evaluation=word, score_percent=score)


def uid(number: int) -> str:
    return f"2.25.{10**38 + number}"


def items() -> list[Item]:
    found = []
    for number in range(STUDIES):
        score_a = 60 + number / STUDIES if number % MOVED == 0 else 10.0
        found.append(
            Item(
                study_instance_uid=uid(number),
                side=Side.A,
                state=ItemState.ANALYSED,
                findings=(said(score_a),),
                seconds=0.5,
            )
        )
        has_failed = number % FAILED == 1
        found.append(
            Item(
                study_instance_uid=uid(number),
                side=Side.B,
                state=ItemState.FAILED if has_failed else ItemState.ANALYSED,
                reason=f"crashed: in row {number}" if has_failed else "",
                findings=() if has_failed else (said(10.0),),
            )
        )
    return found


@pytest.fixture
def report() -> Report:
    return compare(items(), concept)


def test_it_is_short_and_says_how_to_get_all(
    report: Report, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    print_report(COMPARISON, report, "en")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 3 * MOST_LISTED
    text = "\n".join(lines)
    assert "1800 of 2000 studies analysed by both" in text
    assert "72.2% of 1800" in text
    assert "70.1-74.2%" in text
    assert "a: finder 1.0.0, thresholds 0: 2000 analysed; median 0.50 s" in text
    assert "b: finder 1.0.0, thresholds 0: 1800 analysed, 200 failed" in text
    assert "opacity: the apps disagree on 500 studies" in text
    assert text.index(uid(1996)) < text.index(uid(1992)), "the widest gap first"
    again = "collega compare show 'vendors of May' --json"
    assert f"20 of 500 studies, those whose scores differ most; all of them: {again}" in text
    assert f"20 of 200 reasons, the most frequent; all of them: {again}" in text


def test_json_holds_all(report: Report) -> None:
    found = json.loads(json.dumps(as_json(COMPARISON, report), default=str))
    (finding,) = found["findings"]
    expected = {uid(number) for number in range(0, STUDIES, MOVED) if number % FAILED != 1}
    assert set(finding["disagreements"]) == expected
    assert finding["disagreements_in_full"][0] == {
        "study_instance_uid": uid(1996),
        "a": "present",
        "b": "absent",
        "score_a": 60.998,
        "score_b": 10.0,
    }
    assert len(found["apart"]) == STUDIES // FAILED
