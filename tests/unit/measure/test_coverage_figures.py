from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from collega.measure.coverage import Seen, figures, need
from collega.model.coverage import Certainty, SightingState

ZONE = ZoneInfo("Europe/Amsterdam")
DAY = datetime(2026, 3, 3, 11, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)


def seen(state: SightingState, at: datetime = DAY, certainty: Certainty = Certainty.YES) -> Seen:
    return Seen(at=at, state=state, apps={"finder": certainty})


@pytest.mark.shows("R9", "R31")
def test_coverage_is_what_came_of_what_should_have_come() -> None:
    studies = [
        *(seen(SightingState.RECEIVED) for _ in range(6)),
        seen(SightingState.ARRIVED),
        seen(SightingState.FETCHED),
        seen(SightingState.INCOMPLETE),
        seen(SightingState.MISSING, NIGHT),
        seen(SightingState.MISSING, NIGHT, Certainty.MAYBE),
        seen(SightingState.ON_ITS_WAY),
        seen(SightingState.NOT_WANTED),
    ]
    day, night, all_hours = figures(studies, ZONE)
    assert (day.hours, night.hours, all_hours.hours) == ("day", "night", "all")
    assert (day.eligible, day.received, day.late, day.fetched, day.incomplete, day.missing) == (9, 6, 1, 1, 1, 0)
    assert day.coverage == pytest.approx(7 / 9)
    assert day.low < 7 / 9 < day.high
    assert (night.eligible, night.missing, night.maybe, night.coverage) == (1, 1, 1, 0.0)
    assert (all_hours.eligible, all_hours.maybe) == (10, 1)


@pytest.mark.shows("R31")
def test_nothing_to_count_is_no_full_coverage() -> None:
    assert figures([], ZONE) == []
    (night, _) = figures([seen(SightingState.MISSING, NIGHT, Certainty.MAYBE)], ZONE)
    assert (night.eligible, night.maybe, night.coverage, night.low, night.high) == (0, 1, None, 0.0, 1.0)


@pytest.mark.shows("R6", "R9")
def test_the_need_for_an_app_by_hours() -> None:
    found = {
        figure.hours: (figure.accepted, figure.maybe)
        for figure in need(
            [(DAY, Certainty.YES), (NIGHT, Certainty.YES), (NIGHT, Certainty.MAYBE), (None, Certainty.YES)], ZONE
        )
    }
    assert found == {
        "day": (1, 0),
        "evening": (0, 0),
        "night": (1, 1),
        "weekend": (0, 0),
        "unknown": (1, 0),
        "all": (3, 1),
    }
