"""The reference: what was visible before, sources that are not mixed, panels, and reports drawn for a check."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from collega.errors import InputError
from collega.measure import panel as reads
from collega.measure.label_checks import Draw, allotted, draw_check, error_by_finding
from collega.measure.reference_cases import UNKNOWN_ERROR, Question, against_reference, latest_labels
from collega.measure.sight import Look, Spoke, StageChange, by_another_clock, heard_from, seen_before
from collega.model.app import Stage
from collega.model.feedback import Seen
from collega.model.label import Label, LabelWord, ReportLabels
from collega.model.label_check import CheckAnswer
from collega.model.panel import Panel, PanelRead
from collega.model.reference import ReferenceLabel, ReferenceSource, Strength, TruthWord

pytestmark = pytest.mark.shows("R69", "R74")
AT = datetime(2026, 11, 28, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
P, A, U = TruthWord.PRESENT, TruthWord.ABSENT, TruthWord.UNCERTAIN


def label(study: str, word: TruthWord = P, **values: object) -> ReferenceLabel:
    plain = ReferenceLabel(
        study_key=study,
        finding_id="nodule",
        source=ReferenceSource.PANEL,
        origin="p",
        word=word,
        strength=Strength.STRONG,
        ai_visible=Seen.NO,
        dated=AT,
        at=AT,
        actor="lead",
    )
    return replace(plain, **values)  # type: ignore[arg-type]


WEAK = {"source": ReferenceSource.REPORT, "strength": Strength.WEAK, "origin": "en-1"}


def test_a_word_in_shadow_is_heard_from_the_day_on_which_it_is_shown() -> None:
    spoke = Spoke(app_id="a", app_version="1", at=AT)
    shown = StageChange(app_id="a", app_version="1", stage=Stage.PILOT, at=AT + HOUR)
    other = replace(shown, app_version="2", at=AT)
    assert heard_from(spoke, [shown, other], Stage.SHADOW) == AT + HOUR
    assert heard_from(spoke, [other], Stage.SHADOW) is None
    assert heard_from(spoke, [], Stage.LIVE) == AT
    off = StageChange(app_id="a", app_version="1", stage=Stage.SHADOW, at=AT - HOUR)
    assert heard_from(spoke, [off], Stage.LIVE) is None


@pytest.mark.parametrize(
    ("heard", "looked", "seen"),
    [
        ([], [AT], Seen.NO),
        ([AT + HOUR], [AT], Seen.NO),
        ([AT - HOUR], [AT - HOUR / 2], Seen.YES),
        ([AT - HOUR], [AT - 2 * HOUR], Seen.UNKNOWN),
        ([AT - HOUR], [], Seen.UNKNOWN),
        ([AT + timedelta(minutes=1)], [AT + timedelta(minutes=1)], Seen.UNKNOWN),
    ],
)
def test_ai_was_visible_where_it_was_there_and_the_study_was_opened(
    heard: list[datetime], looked: list[datetime], seen: Seen
) -> None:
    assert seen_before(heard, [Look(at=at) for at in looked], by_another_clock(AT)) is seen


def test_sources_and_visibility_stand_apart_and_are_pooled_by_name_alone() -> None:
    labels = [
        label("1"),
        label("2", A),
        label("3", U),
        label("4", P, ai_visible=Seen.YES),
        label("1", A, **WEAK),
        label("5", P, **WEAK),
    ]
    said: dict[str, bool | None] = {"1": True, "2": False, "4": False, "5": None}
    told = against_reference(said, labels, Question(finding="nodule"), lambda _: None)
    tables = {
        one["group"]: (one["table"]["tp"], one["table"]["fp"], one["table"]["fn"], one["table"]["tn"])
        for one in told["groups"]
    }
    assert tables == {"panel/no": (1, 0, 0, 1), "panel/yes": (0, 0, 1, 0), "report/no": (0, 1, 0, 0)}
    assert told["pooled"] is None
    report = next(one for one in told["groups"] if one["source"] == "report")
    assert report["label_error"] == UNKNOWN_ERROR
    assert report["left_out"]["app_did_not_decide"] == 1
    pool = ("panel/no", "report/no")
    pooled = against_reference(said, labels, Question(finding="nodule", pool=pool), lambda _: None)["pooled"]
    assert (pooled["strength"], pooled["left_out"]["contradicting"], pooled["studies"]) == ("mixed", 1, 2)
    with pytest.raises(InputError, match="no such group"):
        against_reference(said, labels, Question(finding="nodule", pool=("strong",)), lambda _: None)


def test_the_last_version_counts_and_one_that_is_withdrawn_does_not() -> None:
    later = label("1", A, number=2)
    assert latest_labels([later, label("1")]) == (later,)
    assert latest_labels([label("1"), label("1", TruthWord.WITHDRAWN, number=2)]) == ()
    with pytest.raises(ValueError, match="weak"):
        label("1", source=ReferenceSource.REPORT)


# ------------------------------------------------------------------ panels

PANEL = Panel(
    key="k",
    name="p",
    why="",
    findings=("nodule", "effusion"),
    readers=("a", "b"),
    adjudicator="c",
    created_at=AT,
    actor="lead",
    cases=("1", "2"),
)


def with_reads(*said: tuple[int, str, TruthWord, TruthWord]) -> Panel:
    made = tuple(
        PanelRead(case=case, reader=who, words={"nodule": one, "effusion": two}, at=AT + number * HOUR, number=number)
        for number, (case, who, one, two) in enumerate(said, start=1)
    )
    return replace(PANEL, reads=made)


def test_what_readers_do_not_agree_on_or_cannot_tell_is_settled_by_the_third() -> None:
    half = with_reads((1, "a", P, A), (1, "b", P, A), (2, "a", P, U))
    assert reads.waiting_for(half, "b") == [2]
    assert (reads.waiting_for(half, "c"), reads.outcome(half, 1)) == ([], {"nodule": P, "effusion": A})
    whole = with_reads((1, "a", P, A), (1, "b", P, A), (2, "a", P, U), (2, "b", A, U))
    assert reads.disputed(whole, 2) == ["nodule", "effusion"]
    assert (reads.waiting_for(whole, "c"), reads.is_ready(whole)) == ([2], False)
    settled = with_reads((1, "a", P, A), (1, "b", P, A), (2, "a", P, U), (2, "b", A, U), (2, "c", A, P))
    assert reads.outcome(settled, 2) == {"nodule": A, "effusion": P}
    closed = replace(settled, closed_at=AT + 9 * HOUR)
    made = {(one.study_key, one.finding_id): one for one in reads.labels_of_panel(closed, "lead")}
    assert made["2", "effusion"].word is P
    assert {one.strength for one in made.values()} == {Strength.STRONG}
    assert reads.agreements(settled)["nodule"]["same"] == 1
    assert reads.agreements(PANEL)["nodule"]["limit"]
    assert reads.waiting_for(closed, "a") == []


@pytest.mark.parametrize(
    "wrong", [{"readers": ("a",)}, {"readers": ("a", "a")}, {"adjudicator": "a"}, {"findings": ()}]
)
def test_a_panel_has_two_readers_and_a_third_who_settles(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"panel|adjudicator"):
        replace(PANEL, **wrong)  # type: ignore[arg-type]


# ------------------------------------------------------------------ label checks


def report(number: int, *there: str) -> ReportLabels:
    labels = tuple(Label(finding_id=name, word=LabelWord.PRESENT, sentence="s") for name in there)
    return ReportLabels(
        study_key=f"{number:04}",
        number=1,
        report_version="v",
        labeller="en-1",
        signed_at=AT,
        at=AT,
        is_normal=not there,
        looked_for=("nodule", "effusion"),
        labels=labels,
    )


def test_rare_findings_are_drawn_and_every_report_is_stood_for() -> None:
    reports = [report(n, *(("nodule",) if n < 12 else ("effusion",) if n < 200 else ())) for n in range(2000)]
    draw = Draw(key="k", seed=3, at=AT, actor="r")
    check = draw_check(reports, draw)
    assert len(check.items) == 200
    assert sum(one.stratum == "nodule" for one in check.items) == 12
    assert sum(one.weight for one in check.items) == pytest.approx(2000)
    assert [one.study_key for one in check.items] == [one.study_key for one in draw_check(reports[::-1], draw).items]
    assert [one.number for one in check.items] == list(range(1, 201))
    right = tuple(CheckAnswer(item=one.number, reader="r", words=one.words, at=AT) for one in check.items)
    error = error_by_finding(replace(check, answers=right))["nodule"]
    assert (error.sensitivity.value, error.specificity.value) == (1, 1)
    assert error.sensitivity.low is not None
    assert error.sensitivity.low < 0.9, "of the many that are not labelled, few were read"
    assert check.waiting == tuple(range(1, 201))
    assert replace(check, answers=right).is_done


def test_a_check_needs_reports_of_one_labeller() -> None:
    draw = Draw(key="k", seed=3, at=AT, actor="r")
    with pytest.raises(InputError, match="no signed report"):
        draw_check([], draw)
    with pytest.raises(InputError, match="en-1, en-2"):
        draw_check([report(1), replace(report(2), labeller="en-2")], draw)
    assert allotted({"a": 3, "b": 100, "c": 100}, 50) == {"a": 3, "b": 24, "c": 23}
