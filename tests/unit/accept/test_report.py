"""The verdict follows from steps and answers; a kept report reads back as it was."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.accept.questions import QUESTIONS
from collega.accept.record import account, from_json, to_json
from collega.model.acceptance import (
    AcceptanceReport,
    Answer,
    PersonAnswer,
    StepOutcome,
    Verdict,
)
from tests.unit.accept.reports import AT, report, step

pytestmark = pytest.mark.shows("R31", "R71")
ANSWERS = st.lists(
    st.builds(
        PersonAnswer,
        step=st.sampled_from([question.name for question in QUESTIONS]),
        answer=st.sampled_from(Answer),
        by=st.just("J. de Vries"),
        at=st.just(AT),
        remark=st.text(max_size=20),
    ),
    max_size=12,
)
OUTCOMES = st.lists(st.sampled_from(StepOutcome), max_size=6)


def all_yes() -> tuple[PersonAnswer, ...]:
    return tuple(
        PersonAnswer(step=question.name, answer=Answer.YES, by="A", at=AT, remark="") for question in QUESTIONS
    )


def test_accepted_only_when_people_have_looked() -> None:
    assert report([StepOutcome.PASSED]).verdict is Verdict.OPEN
    assert report([StepOutcome.PASSED], all_yes()).verdict is Verdict.ACCEPTED


def test_what_is_not_offered_does_not_stand_in_the_way() -> None:
    outcomes = [StepOutcome.WARNING, StepOutcome.NOT_OFFERED, StepOutcome.NOT_TRIED]
    assert report(outcomes, all_yes()).verdict is Verdict.ACCEPTED


def test_the_latest_answer_counts_and_the_earlier_one_stays() -> None:
    no = PersonAnswer(step="removed", answer=Answer.NO, by="B", at=AT, remark="still there")
    yes = PersonAnswer(step="removed", answer=Answer.YES, by="B", at=datetime(2026, 3, 3, tzinfo=UTC), remark="")
    assert report([], (*all_yes(), no)).verdict is Verdict.NOT_ACCEPTED
    assert report([], (*all_yes(), no, yes)).verdict is Verdict.ACCEPTED
    assert no in report([], (*all_yes(), no, yes)).answers


@given(outcomes=OUTCOMES, answers=ANSWERS)
def test_the_verdict_is_never_better_than_its_worst_part(
    outcomes: list[StepOutcome], answers: list[PersonAnswer]
) -> None:
    found = report(outcomes, tuple(answers))
    latest = {answer.step: answer.answer for answer in answers}
    failed = StepOutcome.FAILED in outcomes
    denied = Answer.NO in latest.values()
    complete = len(latest) == len(QUESTIONS)
    expected = Verdict.NOT_ACCEPTED if failed or denied else Verdict.ACCEPTED if complete else Verdict.OPEN
    assert found.verdict is expected


@given(outcomes=OUTCOMES, answers=ANSWERS)
def test_a_report_reads_back_as_it_was(outcomes: list[StepOutcome], answers: list[PersonAnswer]) -> None:
    whole = report(outcomes, tuple(answers))
    read: AcceptanceReport = from_json(json.loads(json.dumps(to_json(whole))), whole.answers)
    assert read == whole


def test_the_account_of_commands() -> None:
    told = account(report([StepOutcome.FAILED], all_yes()[:1]))
    assert told["verdict"] == "not_accepted"
    assert told["failed"] == [step(0, StepOutcome.FAILED).name]
    assert len(told["open"]) == len(QUESTIONS) - 1
