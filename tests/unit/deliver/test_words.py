"""What the series list and the page say: short enough, in both languages, never the same for different things."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.deliver import words
from collega.formats.wording import OUTCOMES
from collega.model.code import Text
from collega.model.finding import AppResult, Evaluation, Outcome, Status
from collega.model.outage import Cause, Outage, Part, Subject
from collega.model.result import NoAnswer, ObjectKind
from collega.testing import records

LANGUAGES = ("en", "nl")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LATER = words.replaces(datetime(2026, 3, 2, 9, 42, tzinfo=UTC), AMSTERDAM)
VALUES = {Evaluation.PRESENT: 0.9, Evaluation.ABSENT: 0.1, Evaluation.UNDETERMINED: 0.5}


def result(outcome: Outcome, app_id: str = "finder") -> AppResult:
    evaluations = {
        Outcome.FOUND: Evaluation.PRESENT,
        Outcome.NOTHING_FOUND: Evaluation.ABSENT,
        Outcome.UNDETERMINED: Evaluation.UNDETERMINED,
    }
    if outcome in evaluations:
        word = evaluations[outcome]
        return records.analysed("1.2", [records.finding(["1"], word, VALUES[word])], app_id)
    reason = {"reason_code": "x", "reason": Text(en="a reason", nl="een reden")}
    return records.analysed("1.2", [], app_id, status=Status(outcome.value), **reason)


EVERY = list(product(Outcome, sorted(set(words.KINDS) - {ObjectKind.REJECTION_NOTE}), LANGUAGES))


@pytest.mark.shows("R25")
@pytest.mark.parametrize(("outcome", "kind", "language"), EVERY)
@pytest.mark.parametrize("replaced", [None, LATER])
def test_the_answer_stands_in_the_series_list(
    outcome: Outcome, kind: ObjectKind, language: str, replaced: Text | None
) -> None:
    said = words.description(result(outcome), kind, language, replaced)
    assert len(said) <= 64
    assert said.startswith("AI ")
    assert f": {OUTCOMES[outcome].in_language(language)}" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_it_replaces_an_earlier_one_is_never_cut_off(language: str) -> None:
    """The longest name that a manifest allows must not push out the warning."""
    for outcome, kind in product(Outcome, set(words.KINDS) - {ObjectKind.REJECTION_NOTE}):
        said = words.description(result(outcome, "a" * 40), kind, language, LATER)
        assert len(said) <= 64
        assert said.endswith(LATER.in_language(language)), said
        assert OUTCOMES[outcome].in_language(language) in said, said


@pytest.mark.shows("R25")
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_outcomes_sound_alike(language: str) -> None:
    assert len({text.in_language(language) for text in OUTCOMES.values()}) == len(Outcome) + len(NoAnswer)
    said = {words.description(result(outcome), ObjectKind.FINDINGS_SR, language, None) for outcome in Outcome}
    assert len(said) == len(Outcome)


@given(
    outcomes=st.lists(st.sampled_from(list(Outcome)), min_size=1, max_size=30),
    language=st.sampled_from(LANGUAGES),
    replaced=st.sampled_from([None, LATER]),
)
def test_the_page_counts_its_apps(outcomes: list[Outcome], language: str, replaced: Text | None) -> None:
    said = words.page_description(outcomes, language, replaced)
    assert len(said) <= 64
    if Outcome.FOUND in outcomes:
        assert OUTCOMES[Outcome.FOUND].in_language(language) in said
    if replaced is not None:
        assert said.endswith(replaced.in_language(language))


def test_the_time_of_what_is_replaced_is_local() -> None:
    assert LATER.en == "REPLACES result of 10:42"
    summer = words.replaces(datetime(2026, 7, 2, 9, 42, tzinfo=UTC), AMSTERDAM)
    assert summer.nl == "VERVANGT resultaat van 11:42"


@pytest.mark.shows("R25", "R66")
@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_line_of_the_page(outcome: Outcome) -> None:
    line = words.status_line(result(outcome), records.manifest(), records.AT)
    assert line.outcome is outcome
    for language in LANGUAGES:
        text = line.text.in_language(language)
        assert text
        if outcome in {Outcome.NOT_SUITABLE, Outcome.FAILED}:
            assert text == {"en": "a reason", "nl": "een reden"}[language]
        else:
            assert {"en": "Pneumonia", "nl": "Longontsteking"}[language] in text


@pytest.mark.shows("R48")
def test_a_page_names_what_was_found_and_scores_all() -> None:
    specs = tuple(records.finding_spec(id=name, name=Text(en=name.title(), nl=name.upper())) for name in ("one", "two"))
    present = replace(records.finding(["1"], Evaluation.PRESENT, 0.9), id="one")
    absent = replace(records.finding(["1"], Evaluation.ABSENT, 0.1), id="two")
    line = words.status_line(records.analysed("1.2", [present, absent]), records.manifest(findings=specs), records.AT)
    assert line.text == Text(en="One", nl="ONE")
    assert [detail.en for detail in line.details] == ["One: present, score 90.0/100", "Two: not seen, score 10.0/100"]


@pytest.mark.shows("R26")
def test_an_app_that_is_out_since_another_day_names_the_day() -> None:
    since = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    out = Outage(subject=Subject(part=Part.APP, name="finder"), cause=Cause.WAITING, down_since=since, seen_at=since)
    line = words.unavailable_line(records.manifest(), out, ZoneInfo("Europe/Amsterdam"), since + timedelta(days=1))
    assert line.text.en == "No answer from this app since 02 Mar 00:30."
    assert line.text.nl == "Geen antwoord van deze app sinds 02-03 00:30."
