"""When an image was made, by the clock of its scanner (PS3.3 C.7.6.1, C.7.6.16.2.2)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo

# The most telling first: a moment, or a date with its time. Content is when the pixels began to be made.
WHOLE = "AcquisitionDateTime"
PARTS = (("AcquisitionDate", "AcquisitionTime"), ("ContentDate", "ContentTime"))
TIMES = (WHOLE, *(name for part in PARTS for name in part))
DT = re.compile(r"(\d{8})(\d{2})(\d{2})?(\d{2})?(?:\.(\d{1,6}))?(?:([+-])(\d{2})(\d{2}))?")


def acquired_at(said: Mapping[str, str], zone: tzinfo) -> datetime | None:
    """Read the moment of acquisition in UTC; None where it is not told to the minute.

    Parameters
    ----------
    said : Mapping
        Values of `TIMES` as they are written; an empty one says nothing.
    zone : tzinfo
        That of times which name none.
    """
    wholes = (said.get(WHOLE, ""), *(said.get(day, "") + said.get(time, "") for day, time in PARTS))
    return next((found for text in wholes if (found := dicom_moment(text, zone))), None)


def dicom_moment(text: str, zone: tzinfo) -> datetime | None:
    """Read a DT, or a DA with a TM behind it (PS3.5 6.2)."""
    match = DT.fullmatch(text.strip())
    if match is None or match[3] is None:
        return None
    day, hour, minute, second, fraction, sign, hours, minutes = match.groups()
    if sign:
        away = timedelta(hours=int(hours), minutes=int(minutes))
        zone = timezone(away if sign == "+" else -away) if away < timedelta(hours=24) else zone
    try:
        return datetime(
            int(day[:4]), int(day[4:6]), int(day[6:]), int(hour), int(minute), min(int(second or 0), 59),
            int((fraction or "").ljust(6, "0")), tzinfo=zone,
        ).astimezone(UTC)  # fmt: skip
    except (ValueError, OverflowError):
        return None
