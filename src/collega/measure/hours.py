"""Day, evening, night, weekend: the classes by which every figure is split (R9).

By the clocks of the site, so the hour that comes twice when they go back belongs to the night both
times. A whole day counts as weekend on Saturday, Sunday and public holidays of the Netherlands.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

from collega.errors import InputError

SATURDAY = 5
COUNTRY = "NL"


class HourClass(StrEnum):
    """When a study was made, as staffing sees it."""

    DAY = "day"
    EVENING = "evening"
    NIGHT = "night"
    WEEKEND = "weekend"


# Class -> the time of a working day at which it begins; before the first it is still night.
BEGINS = (
    (time(8), HourClass.DAY),
    (time(17), HourClass.EVENING),
    (time(23), HourClass.NIGHT),
)


def hour_class(moment: datetime, zone: ZoneInfo) -> HourClass:
    """Class of an aware moment by the clocks of the site."""
    local = moment.astimezone(zone)
    if local.weekday() >= SATURDAY or is_holiday(local.date()):
        return HourClass.WEEKEND
    begun = [name for begin, name in BEGINS if local.time() >= begin]
    return begun[-1] if begun else HourClass.NIGHT


def is_holiday(day: date) -> bool:
    """Whether a day is a public holiday of the Netherlands."""
    return day in public_holidays(COUNTRY, (day.year,))


def public_holidays(place: str, years: Iterable[int]) -> frozenset[date]:
    """Give the public holidays of some years.

    Parameters
    ----------
    place : str
        A country by ISO 3166-1 (``NL``), or a part of one by ISO 3166-2 (``DE-NW``).
    years : iterable of int

    Raises
    ------
    InputError
        The holidays of this place are not known.
    """
    return frozenset().union(*(_holidays(place, year) for year in years))


@cache
def _holidays(place: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415 - loaded when it is first asked for: the server starts without it

    country, _, part = place.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError:
        message = f"{place}: no country or part of one whose public holidays are known, such as NL or DE-NW"
        raise InputError(message) from None
