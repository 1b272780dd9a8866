"""What the board says: each state in words of its own, in both languages, and none of them a false negative."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from collega.model.code import Code, Text
from collega.model.finding import Measurement, Outcome
from collega.model.job import JobState
from collega.model.study import Priority, StudyState
from collega.read.board import AppLine, AppState, Entry
from collega.read.shown import Reader, shown
from collega.read.words import STATES, app_word, clock, study_word
from collega.read.worklist import Candidate, Said
from collega.testing import records

NOW = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")
NAME = Text(en="opacity", nl="verdichting")
NO_CHEST = Text(en="no chest", nl="geen thorax")
FINDING = records.finding(["1.2.3"])


def app(outcome: Outcome | None = None, state: JobState | None = None, **values: object) -> AppLine:
    line = AppLine(
        app_id="finder",
        version="1",
        stage="live",
        name=Text(en="Finder", nl="Zoeker"),
        clinical_use=True,
        job_state=state or (JobState.DONE if outcome else JobState.QUEUED),
        outcome=outcome,
        reason_code="",
        reason=None,
        queued_at=NOW - timedelta(minutes=1),
        ended_at=None,
        expected_at=NOW + timedelta(minutes=2),
        findings=((NAME, FINDING),) if outcome in {Outcome.FOUND, Outcome.NOTHING_FOUND} else (),
        sought=(NAME,),
    )
    return replace(line, **values)  # type: ignore[arg-type]


def entry(*apps: AppLine, state: StudyState = StudyState.ROUTED, order: Candidate | None = None) -> Entry:
    return Entry(
        order=order or Candidate(key="k", priority=Priority.UNKNOWN, received_at=NOW - timedelta(minutes=10)),
        study_instance_uid="1.2",
        accession_number="A",
        description="X-thorax",
        modality="CR",
        age=61.4,
        sex="F",
        priority_source="",
        study_state=state,
        complete_at=None,
        target_s=600.0,
        apps=apps,
    )


def word(line: AppLine, language: str = "en") -> str:
    return app_word(line, language, ZONE, NOW)


@pytest.mark.shows("R25", "R26")
@pytest.mark.parametrize(
    ("line", "state", "english"),
    [
        (app(), AppState.EXPECTED, "expected at 14:02"),
        (app(state=JobState.RUNNING), AppState.RUNNING, "running, expected at 14:02"),
        (app(state=JobState.RAN), AppState.RUNNING, "running, expected at 14:02"),
        (app(expected_at=NOW - timedelta(minutes=3)), AppState.LATE, "late, was expected at 13:57"),
        (
            app(state=JobState.RUNNING, expected_at=NOW - timedelta(days=1)),
            AppState.LATE,
            "late, was expected at 23 Nov 14:00",
        ),
        (app(unavailable_since=NOW - timedelta(minutes=9)), AppState.UNAVAILABLE, "app unavailable since 13:51"),
        (app(Outcome.FOUND), AppState.FOUND, "found: opacity"),
        (app(Outcome.NOTHING_FOUND), AppState.NOTHING_FOUND, "nothing found: looked for opacity"),
        (app(Outcome.UNDETERMINED), AppState.UNDETERMINED, "undetermined"),
        (
            app(Outcome.NOT_SUITABLE, reason=NO_CHEST),
            AppState.NOT_SUITABLE,
            "not suitable: no chest",
        ),
        (app(Outcome.FAILED, reason=Text(en="it broke", nl="stuk")), AppState.FAILED, "failed: it broke"),
        (
            app(Outcome.FAILED, reason_code="timed_out", reason=NO_CHEST),
            AppState.TIMED_OUT,
            "timed out",
        ),
        (app(state=JobState.DISCARDED), AppState.PUT_ASIDE, "put aside"),
        (app(state=JobState.DONE), AppState.FAILED, "failed"),
        (app(Outcome.FOUND, JobState.NORMALISED), AppState.FOUND, "found: opacity"),
    ],
)
def test_each_state_of_an_app(line: AppLine, state: AppState, english: str) -> None:
    assert line.state(NOW) is state
    assert word(line) == english


@pytest.mark.shows("R25")
def test_no_state_but_one_reads_like_a_negative() -> None:
    for state, language in product(AppState, ("en", "nl")):
        text = STATES[state].in_language(language)
        assert text.strip()
        assert ("nothing" in text or "niets" in text) is (state is AppState.NOTHING_FOUND)
    for language in ("en", "nl"):
        assert len({text.in_language(language) for text in STATES.values()}) == len(AppState)


@pytest.mark.parametrize(
    ("study", "english"),
    [
        (entry(state=StudyState.RECEIVING), "waiting for images"),
        (entry(state=StudyState.COMPLETE), "images are here, apps are being chosen"),
        (entry(), "no app: not looked at by AI"),
        (entry(app(Outcome.NOTHING_FOUND)), ""),
        (
            entry(app(Outcome.NOTHING_FOUND), state=StudyState.RECEIVING),
            "more images are arriving: AI spoke of the earlier ones",
        ),
    ],
)
@pytest.mark.shows("R25")
def test_what_holds_for_the_study(study: Entry, english: str) -> None:
    assert study_word(study, "en") == english
    assert bool(study_word(study, "nl")) is bool(english)


def test_a_score_is_given_as_a_score_and_measurements_with_their_unit() -> None:
    volume = Measurement(name=Code(scheme="SCT", value="118565006", meaning="Volume"), value=12.5, unit="ml")
    measured = replace(FINDING, measurements=(volume,))
    line = replace(app(Outcome.FOUND), findings=((NAME, measured),))
    row = shown(entry(line), Reader(language="nl", zone=ZONE, now=NOW))
    assert row["apps"][0]["finding_words"] == ["verdichting: aanwezig, score 80,0/100, volume 12,5 mL"]


def test_the_clock_of_the_site_with_the_day_where_it_is_another() -> None:
    yesterday = NOW - timedelta(hours=14, minutes=1)
    assert {clock(NOW, ZONE, NOW, language) for language in ("nl", "en")} == {"14:00"}
    assert clock(yesterday, ZONE, NOW, "nl") == "23-11 23:59"
    assert clock(yesterday, ZONE, NOW, "en") == "23 Nov 23:59"


@pytest.mark.shows("R65")
def test_a_study_that_ai_has_raised_says_so_and_keeps_what_was_asked() -> None:
    raised = Candidate(
        key="k",
        priority=Priority.LOW,
        received_at=NOW - timedelta(minutes=10),
        said=(Said(outcome=Outcome.FOUND, at=NOW, orders=True),),
    )
    row = shown(entry(app(Outcome.FOUND), order=raised), Reader(language="nl", zone=ZONE, now=NOW))
    assert (row["urgency"], row["urgency_word"], row["raised_by_ai"]) == ("high", "Hoog", True)
    assert (row["priority"], row["waiting_s"], row["target_s"]) == ("low", 600, 600.0)
    assert row["apps"][0]["word"] == "gevonden: verdichting"


def test_a_stat_study_is_not_said_to_be_raised_by_ai() -> None:
    urgent = Candidate(
        key="k", priority=Priority.STAT, received_at=NOW, said=(Said(outcome=Outcome.FOUND, at=NOW, orders=True),)
    )
    row = shown(entry(order=urgent), Reader(language="en", zone=ZONE, now=NOW))
    assert (row["urgency"], row["raised_by_ai"]) == ("stat", False)
