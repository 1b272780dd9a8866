"""Dates of a patient, moved by the same number of days (PS3.15 E.3.6): intervals stay, and so do times of day."""

import re
from datetime import date, timedelta

_DATE = re.compile(r"(\d{4})\.?(\d\d)\.?(\d\d)")
_ZONE = re.compile(r"[+-][01]\d[0-5]\d")
DATE_LENGTH = 8


def shifted(vr: str, text: str, days: int) -> str | None:
    """Move a DA or the date of a DT, which is of its VR already; a TM stays, and so does an offset from UTC.

    Returns
    -------
    str or None
        None where there is no such day, or where only its year or month is known.
    """
    if vr == "TM" or not text or (vr == "SH" and _ZONE.fullmatch(text)):
        return text
    found = _DATE.match(text)
    if found is None:
        return None
    try:
        moved = date(*map(int, found.groups())) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return moved.strftime("%Y%m%d").rjust(DATE_LENGTH, "0") + text[found.end() :]
