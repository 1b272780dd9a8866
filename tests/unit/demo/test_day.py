"""The simulated day: the same each time, in order, never of the future, and with something in its difficult hour."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.bootstrap.demo.day import (
    ARRIVALS,
    BEGINS_AT,
    DIFFICULT_HOUR,
    FEWEST_FOR_A_DIFFICULT_HOUR,
    HOURS,
    MOST_MADE,
    Kind,
    Part,
    exams,
    night_zone,
    pace_of,
    part_of,
)

ZONE = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 3, 2, 12, tzinfo=ZONE)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(ZONE))  # noqa: DTZ001 - bounds of local time
MINUTES = st.floats(0.01, 30)


@pytest.mark.shows("R9")
@given(MINUTES, MOMENTS, st.sets(st.sampled_from(Kind), min_size=1))
def test_any_day_is_planned_in_order_and_is_past(minutes: float, now: datetime, kinds: set[Kind]) -> None:
    pace = pace_of(minutes, now)
    plan = exams(minutes, pace, kinds)
    assert plan == exams(minutes, pace, kinds)
    total = max(1, round(minutes * 30))
    if kinds & MOST_MADE:
        others = len(kinds - MOST_MADE)
        assert sum(exam.kind in MOST_MADE for exam in plan) == total
        assert len(plan) == total + (others * max(1, total // 20) if total >= 9 else 0)
    assert {exam.kind for exam in plan} <= kinds
    assert [exam.due_s for exam in plan] == sorted(exam.due_s for exam in plan)
    for exam in plan:
        assert 0 <= exam.due_s <= minutes * 60
        # By the wall clock, as a scanner writes it.
        assert pace.begin.replace(tzinfo=None) <= exam.at.replace(tzinfo=None) <= now.replace(tzinfo=None)
        assert pace.clock(exam.due_s) - exam.at < timedelta(seconds=1)
        assert not (exam.urgent and part_of(exam.at) is Part.DAY)
    counts = Counter(exam.kind for exam in plan)
    hours = {(exam.kind, int((exam.at - pace.begin) / timedelta(hours=1))) for exam in plan}
    for kind, number in counts.items():
        assert number < FEWEST_FOR_A_DIFFICULT_HOUR or (kind, DIFFICULT_HOUR - BEGINS_AT) in hours


@pytest.mark.shows("R9")
def test_a_chest_room_lives_by_day_and_a_head_ct_at_any_hour() -> None:
    plan = exams(10, pace_of(10, NOON), set(Kind))
    parts = Counter((exam.kind, part_of(exam.at)) for exam in plan)
    films = sum(number for (kind, _), number in parts.items() if kind is Kind.FILM)
    assert films == 200
    assert parts[Kind.FILM, Part.DAY] > 0.7 * films
    assert parts[Kind.HEAD_CT, Part.NIGHT] > 0.25 * (300 - films)
    assert Counter(exam.kind for exam in plan if exam.kind not in MOST_MADE) == dict.fromkeys(set(Kind) - MOST_MADE, 15)
    assert all(any(exam.positive for exam in plan if exam.kind is kind) for kind in Kind)
    assert all(exam.urgent for exam in plan if exam.kind is Kind.HEAD_CT and part_of(exam.at) is Part.NIGHT)


def test_every_part_of_the_clock() -> None:
    parts = [part_of(NOON.replace(hour=hour)) for hour in range(HOURS)]
    assert Counter(parts) == {Part.DAY: 9, Part.EVENING: 6, Part.NIGHT: 9}
    assert {len(rates) for rates in ARRIVALS.values()} == {HOURS}


@given(MINUTES)
def test_the_difficult_hour_can_be_seen_and_is_no_more_than_a_quarter(minutes: float) -> None:
    pace = pace_of(minutes, NOON)
    begin, end = pace.difficult_s
    assert pace.clock(begin).hour == DIFFICULT_HOUR
    assert end - begin <= minutes * 60 / 4 + 1e-9
    assert end - begin >= min(3.0, minutes * 60 / 4) - 1e-9
    assert end <= minutes * 60


def test_before_the_day_begins_it_is_the_day_before_yesterday() -> None:
    early = pace_of(1, NOON.replace(hour=BEGINS_AT - 1)).begin
    assert (early.day, early.hour) == (28, BEGINS_AT)
    assert pace_of(1, NOON).begin == datetime(2026, 3, 1, BEGINS_AT, tzinfo=ZONE)


@pytest.mark.shows("R22")
@given(MOMENTS)
def test_a_demonstration_begins_in_the_last_hours_of_a_night(now: datetime) -> None:
    there = now.astimezone(ZoneInfo(night_zone(now)))
    assert there.hour == BEGINS_AT if there.minute < 45 else there.hour == BEGINS_AT - 1
    assert part_of(there) is Part.NIGHT


@pytest.mark.shows("R22")
@pytest.mark.parametrize("minutes", [0.5, 2.0])
def test_at_any_minute_of_a_day_the_night_that_was_just_played_is_the_last_one(minutes: float) -> None:
    """Timelines then tell of hours, not of a day and hours; and the list of the night is that of these studies."""
    for minute in range(HOURS * 60):
        now = datetime(2026, 11, 28, tzinfo=UTC) + timedelta(minutes=minute, seconds=59)
        there = now.astimezone(ZoneInfo(night_zone(now)))
        plan = exams(minutes, pace_of(minutes, there), {Kind.HEAD_CT, Kind.FILM})
        assert timedelta(0) <= there - plan[-1].at < timedelta(hours=6), now
        assert timedelta(0) <= there - pace_of(minutes, there).begin - timedelta(days=1) < timedelta(minutes=45), now
        night = there.replace(hour=17, minute=0, second=0) - timedelta(days=1)
        assert all(exam.at >= night for exam in plan if part_of(exam.at) is Part.NIGHT and exam.at.hour >= 23), now
