"""Numbers, dates and times in sentences: in Dutch with a comma and the day first."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collega.formats.local import both, clock, day, measured, minute, number
from collega.model.code import Text

pytestmark = pytest.mark.shows("R85")
NOW = datetime(2026, 3, 2, 9, 5, tzinfo=ZoneInfo("Europe/Amsterdam"))


@pytest.mark.parametrize(
    ("value", "form", "en", "nl"),
    [
        (0.5, "g", "0.5", "0,5"),
        (12.0, ".1f", "12.0", "12,0"),
        (7.0, "g", "7", "7"),
        (-0.042, ".2g", "-0.042", "-0,042"),
    ],
)
def test_numbers(value: float, form: str, en: str, nl: str) -> None:
    assert (number(value, "en", form), number(value, "nl", form)) == (en, nl)
    assert both(value, form) == Text(en=en, nl=nl)


def test_moments() -> None:
    assert (day(NOW, "nl"), day(NOW, "en")) == ("02-03-2026", "2026-03-02")
    assert (minute(NOW, "nl"), minute(NOW, "en")) == ("02-03-2026 09:05", "2026-03-02 09:05")
    earlier = NOW - timedelta(days=1)
    assert (clock(NOW, NOW, "nl"), clock(earlier, NOW, "nl"), clock(earlier, NOW, "en")) == (
        "09:05",
        "01-03 09:05",
        "01 Mar 09:05",
    )


@pytest.mark.parametrize(
    ("text", "dutch"),
    [
        ("3 / 3, 0.5 s", "3 / 3, 0,5 s"),
        ("study 0.2 s, series 12.0 s", "study 0,2 s, series 12,0 s"),
        ("-0.003 s", "-0,003 s"),
        ("4.2 ms", "4,2 ms"),
        ("10.1.2.3:104", "10.1.2.3:104"),
        ("PostgreSQL 18.1", "PostgreSQL 18.1"),
        ("1.2.840.10008.1.1", "1.2.840.10008.1.1"),
        ("10.0.0.1 s", "10.0.0.1 s"),
    ],
)
def test_seconds_get_a_comma_and_addresses_stay(text: str, dutch: str) -> None:
    assert measured(text, "nl") == dutch
    assert measured(text, "en") == text
