"""Which days are holidays here: computed for a country, or as the site has written them down."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from collega.errors import InputError
from collega.measure.hours import public_holidays

KEY = "value.holidays"
COMMENT = "#"


def holidays_of(said: str, years: Iterable[int]) -> frozenset[date]:
    """Give the holidays of some years; of a file all that it has.

    Parameters
    ----------
    said : str
        A country or a part of one, such as ``NL`` or ``DE-NW``; or a file with a day on each line; empty: none.
    years : iterable of int

    Raises
    ------
    InputError
        It is neither, or a line of the file is no day.
    """
    if not said:
        return frozenset()
    if not Path(said).is_file():
        try:
            return public_holidays(said, years)
        except InputError as error:
            message = f"{KEY}: {error}; nor is there such a file"
            raise InputError(message) from None
    try:
        lines = Path(said).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{KEY}: {said}: {type(error).__name__}"
        raise InputError(message) from error
    days = [(number, line.partition(COMMENT)[0].strip()) for number, line in enumerate(lines, 1)]
    return frozenset(_day(said, number, text) for number, text in days if text)


def _day(name: str, number: int, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"{KEY}: {name}, line {number}: a day such as 2026-12-25, not {text!r}"
        raise InputError(message) from None
