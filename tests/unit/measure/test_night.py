"""Nights: from when to when, who agreed with the report, how long a correction took, calls."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collega.measure.night import NightCase, call_rate, for_viewer, night_before, night_figures
from collega.model.finding import Evaluation

ZONE = ZoneInfo("Europe/Amsterdam")
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
YES, NO, PERHAPS = Evaluation.PRESENT, Evaluation.ABSENT, Evaluation.UNDETERMINED


@pytest.mark.shows("R22")
@pytest.mark.parametrize(
    ("morning", "begin"),
    [
        (date(2026, 11, 24), "2026-11-23T17:00:00+01:00"),  # a Tuesday
        (date(2026, 11, 23), "2026-11-22T08:00:00+01:00"),  # a Monday looks back on Sunday
        (date(2026, 12, 26), "2026-12-25T08:00:00+01:00"),  # a holiday
        (date(2026, 3, 30), "2026-03-29T08:00:00+02:00"),  # the clocks went forward in that night
    ],
)
def test_a_night_begins_when_the_radiologists_go_home(morning: date, begin: str) -> None:
    begun, end = night_before(morning, ZONE)
    assert begun.isoformat() == begin
    assert end.astimezone(ZONE).hour == 8
    assert end.date() == morning


def test_nights_leave_no_gap_over_a_weekend() -> None:
    saturday, sunday, monday = (night_before(date(2026, 11, day), ZONE) for day in (21, 22, 23))
    assert saturday[1] == sunday[0]
    assert sunday[1] == monday[0]


@pytest.mark.shows("R22")
def test_first_looks_and_ai_are_held_against_the_report() -> None:
    cases = [
        NightCase(study_key="1", first=NO, ai=YES, final=YES, first_at=AT, signed_at=AT + timedelta(hours=6)),
        NightCase(study_key="2", first=NO, ai=NO, final=NO, is_called=True),
        NightCase(study_key="3", first=YES, ai=None, final=NO, first_at=AT, signed_at=AT + timedelta(hours=4)),
        NightCase(study_key="4", first=PERHAPS, ai=YES, final=YES, is_recalled=True),
        NightCase(study_key="5", first=YES, ai=YES, final=None),
        NightCase(study_key="6"),
    ]
    found = night_figures(cases)
    assert (found.studies, found.looked, found.judged) == (6, 5, 4)
    assert found.first_agrees
    assert found.corrected
    assert (found.first_agrees.k, found.first_agrees.n) == (1, 3)
    assert (found.ai_agrees.k, found.ai_agrees.n) == (3, 3)
    assert (found.corrected.k, found.corrected.n) == (2, 3)
    assert found.correction_median_s == 5 * 3600
    assert found.recalled == 1


def test_figures_about_few_of_those_who_look_first_are_for_themselves() -> None:
    def of(*names: str) -> list[NightCase]:
        return [NightCase(study_key=name, first=NO, first_by=name, final=YES) for name in names]

    alone, four, five = of("anna"), of("anna", "bram", "carla", "daan"), of("anna", "bram", "carla", "daan", "els")
    for cases, viewer, is_shown in (
        (alone, "anna", True),
        (alone, "head", False),
        (four, "anna", False),
        (five, "head", True),
        ([*alone, NightCase(study_key="x", first=PERHAPS, first_by="bram", final=YES)], "anna", True),
        ([], "head", True),
    ):
        shown = for_viewer(night_figures(cases), cases, viewer)
        assert (shown.corrected is not None, shown.first_agrees is not None) == (is_shown, is_shown)
        assert shown.looked == len(cases), "how many were looked at is about nobody"


def test_a_night_of_which_nothing_is_known_gives_no_share() -> None:
    found = night_figures([])
    assert found.first_agrees
    assert (found.first_agrees.low, found.correction_median_s) == (None, None)


@pytest.mark.shows("R22")
def test_calls_that_nobody_logs_are_not_measured() -> None:
    assert call_rate(40, 0).calls is None
    rate = call_rate(40, 10)
    assert rate.per_study == pytest.approx(0.25)
    assert rate.low is not None
    assert rate.high is not None
    assert rate.low < 0.25 < rate.high
