"""The moment of a result in the local time of its study."""

import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from pydicom.dataset import Dataset

OFFSET = re.compile(r"([+-])(\d\d)([0-5]\d)")
DATE = re.compile(r"\d{8}")
TIME = re.compile(r"\d{2}(\d{2}(\d{2})?)?")


def parse_offset(text: str) -> timezone | None:
    """Read a Timezone Offset From UTC (PS3.3 C.12.1.1.8), or give None for what is not one."""
    match = OFFSET.fullmatch(text.strip())
    if match is None:
        return None
    sign, hours, minutes = match.groups()
    length = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(length if sign == "+" else -length) if length < timedelta(hours=24) else None


def write_offset(moment: datetime) -> str:
    """Offset of an aware moment as DICOM spells it, such as +0100."""
    return moment.strftime("%z")[:5]


def study_moment(source: Dataset) -> datetime | None:
    """Study date and time as the source writes them, without zone; None where they are empty or odd."""
    date, time = str(source.get("StudyDate") or ""), str(source.get("StudyTime") or "").partition(".")[0]
    if not DATE.fullmatch(date) or not (time == "" or TIME.fullmatch(time)):
        return None
    try:
        return datetime.strptime(date + time.ljust(6, "0"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - read without its zone
    except ValueError:
        return None


def local_moment(created_at: datetime, zone_name: str, source: Dataset) -> tuple[datetime, str | None]:
    """Local time of ``created_at`` and the offset to write beside it.

    The offset of an object holds for all its dates and times, those copied from the source
    as well: a source that states one decides. Otherwise local time is that of the site, and
    the offset is stated only where the study was made under the same one: across a change of
    clocks either stated offset would shift one of the two times.
    """
    stated = parse_offset(str(source.get("TimezoneOffsetFromUTC") or ""))
    if stated is not None:
        moment = created_at.astimezone(stated)
        return moment, write_offset(moment)
    zone = ZoneInfo(zone_name)
    moment = created_at.astimezone(zone)
    study = study_moment(source)
    same = study is None or study.replace(tzinfo=zone).utcoffset() == moment.utcoffset()
    return moment, write_offset(moment) if same else None


def da(moment: datetime) -> str:
    """Date as DA (PS3.5 section 6.2)."""
    return moment.strftime("%Y%m%d")


def tm(moment: datetime) -> str:
    """Time as TM with microseconds (PS3.5 section 6.2)."""
    return moment.strftime("%H%M%S.%f")
