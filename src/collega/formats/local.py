"""Numbers, dates and times as people write them: in Dutch with a decimal comma and the day first, in English ISO 8601.

For sentences that people read. JSON, DICOM and HL7 have forms of their own.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime

from collega.model.code import Text

DUTCH = "nl"
DATES: Mapping[str, str] = {DUTCH: "%d-%m-%Y"}
ISO_DATE = "%Y-%m-%d"
# Without the year, where there is little room: the name of the month keeps day and month apart in English.
SHORT_DATES: Mapping[str, str] = {DUTCH: "%d-%m"}
SHORT_DATE = "%d %b"
TIME = "%H:%M"
# A measured time in a text that is kept for both languages; addresses, versions and UIDs have no unit behind them.
MEASURED = re.compile(r"(?<![\w.])([+-]?\d+)\.(\d+)(?= m?s\b)")


def number(value: float, language: str, form: str = "g") -> str:
    """Write a number, with a decimal comma in Dutch; ``form`` is what `format` takes, without grouping."""
    written = format(value, form)
    return written.replace(".", ",") if language == DUTCH else written


def both(value: float, form: str = "g") -> Text:
    """Write a number in both languages."""
    return Text(en=number(value, "en", form), nl=number(value, DUTCH, form))


def measured(text: str, language: str) -> str:
    """Write a kept text about measured seconds in a language."""
    return MEASURED.sub(r"\1,\2", text) if language == DUTCH else text


def day(moment: date, language: str) -> str:
    """Write the date of a local moment."""
    return moment.strftime(DATES.get(language, ISO_DATE))


def minute(moment: datetime, language: str) -> str:
    """Write a local moment to the minute."""
    return f"{day(moment, language)} {moment.strftime(TIME)}"


def clock(moment: datetime, now: datetime, language: str) -> str:
    """Write a local moment by its time alone, and with a short date where it is not of today."""
    time = moment.strftime(TIME)
    if moment.date() == now.date():
        return time
    return f"{moment.strftime(SHORT_DATES.get(language, SHORT_DATE))} {time}"
