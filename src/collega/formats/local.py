"""Numbers, dates and times as people write them: in Dutch with a decimal comma and the day first, in English ISO 8601.

For sentences that people read. JSON, DICOM and HL7 have forms of their own.
"""

from collections.abc import Mapping
from datetime import date, datetime

DUTCH = "nl"
DATES: Mapping[str, str] = {DUTCH: "%d-%m-%Y"}
ISO_DATE = "%Y-%m-%d"
TIME = "%H:%M"


def number(value: float, language: str, form: str = "g") -> str:
    """Write a number.

    Parameters
    ----------
    value : float
    language : str
        ``nl`` has a decimal comma, any other a point.
    form : str
        As `format` takes it, without grouping.
    """
    return comma(format(value, form), language)


def comma(written: str, language: str) -> str:
    """Put the decimal sign of a language into a number that is written with a point."""
    return written.replace(".", ",") if language == DUTCH else written


def day(moment: date, language: str) -> str:
    """Write the date of a local moment."""
    return moment.strftime(DATES.get(language, ISO_DATE))


def minute(moment: datetime, language: str) -> str:
    """Write a local moment, to the minute."""
    return f"{day(moment, language)} {moment.strftime(TIME)}"


def since(moment: datetime, now: datetime, language: str) -> str:
    """Write a local moment by its time alone where it is of today; the day goes with it where it is not."""
    return moment.strftime(TIME) if moment.date() == now.date() else minute(moment, language)
