from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.measure.hours import HourClass, hour_class

ZONE = ZoneInfo("Europe/Amsterdam")


def local(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE, fold=fold)


@pytest.mark.shows("R9")
@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-03T08:00", HourClass.DAY),
        ("2026-03-03T07:59", HourClass.NIGHT),
        ("2026-03-03T16:59", HourClass.DAY),
        ("2026-03-03T17:00", HourClass.EVENING),
        ("2026-03-03T22:59", HourClass.EVENING),
        ("2026-03-03T23:00", HourClass.NIGHT),
        ("2026-03-06T23:59", HourClass.NIGHT),  # Friday
        ("2026-03-07T00:00", HourClass.WEEKEND),
        ("2026-03-08T23:59", HourClass.WEEKEND),
        ("2026-03-09T00:00", HourClass.NIGHT),  # Monday
        ("2026-04-06T12:00", HourClass.WEEKEND),  # Easter Monday
        ("2026-04-27T12:00", HourClass.WEEKEND),  # King's Day
        ("2026-05-14T12:00", HourClass.WEEKEND),  # Ascension Day
        ("2026-12-25T03:00", HourClass.WEEKEND),
        ("2026-12-24T12:00", HourClass.DAY),
    ],
)
def test_hours_of_the_netherlands(moment: str, expected: HourClass) -> None:
    assert hour_class(local(moment), ZONE) is expected


@pytest.mark.shows("R9")
def test_the_clock_of_the_site_counts_and_not_utc() -> None:
    assert hour_class(datetime(2026, 1, 7, 7, 30, tzinfo=UTC), ZONE) is HourClass.DAY  # 08:30 in winter
    assert hour_class(datetime(2026, 7, 7, 6, 30, tzinfo=UTC), ZONE) is HourClass.DAY  # 08:30 in summer
    assert hour_class(datetime(2026, 7, 7, 15, 30, tzinfo=UTC), ZONE) is HourClass.EVENING


@pytest.mark.shows("R9")
def test_the_hour_that_comes_twice_is_night_or_weekend_both_times() -> None:
    first, second = local("2026-10-25T02:30", fold=0), local("2026-10-25T02:30", fold=1)
    assert second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)
    assert hour_class(first, ZONE) is hour_class(second, ZONE) is HourClass.WEEKEND


@pytest.mark.shows("R9")
def test_a_change_of_clocks_on_a_working_day() -> None:
    cairo = ZoneInfo("Africa/Cairo")  # clocks go forward at 00:00 on Friday 24 April 2026: 23:30 is followed by 01:00
    before = datetime(2026, 4, 23, 21, 45, tzinfo=UTC)
    assert [hour_class(before + timedelta(minutes=15 * step), cairo) for step in range(4)] == [HourClass.NIGHT] * 4


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)))  # noqa: DTZ001 - the zone is added below
def test_every_moment_has_one_class(moment: datetime) -> None:
    at = moment.replace(tzinfo=UTC)
    found = hour_class(at, ZONE)
    is_saturday_or_sunday = at.astimezone(ZONE).weekday() >= 5
    assert found is HourClass.WEEKEND or not is_saturday_or_sunday
