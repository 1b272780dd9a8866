"""Moments as HL7 version 2 writes them (chapter 2A, DTM), with zone and without."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

DTM = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:\.\d{1,4})?(?:([+-])(\d\d)([0-5]\d))?")


def moment(text: str, zone: tzinfo) -> datetime | None:
    """Read a moment to UTC; without an offset it is local time of ``zone``. None for what is none."""
    match = DTM.fullmatch(text.strip())
    if match is None:
        return None
    *numbers, sign, hours, minutes = match.groups()
    year, month, day, hour, minute, second = (int(part) if part else None for part in numbers)
    if sign:
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        zone = timezone(offset if sign == "+" else -offset) if offset < timedelta(hours=24) else zone
    try:
        local = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
