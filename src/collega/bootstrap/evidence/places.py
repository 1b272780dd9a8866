"""What is known of studies by which an app's errors are set apart: scanner, age, sex, view, class of hours."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres import accuracy
from collega.bootstrap.site import Asked
from collega.measure.hours import hour_class
from collega.measure.site_accuracy import About

# Youngest age of each band, in years.
AGES = (0, 18, 40, 65, 80)


async def about_studies(transaction: Asked, zone: ZoneInfo, study_keys: Sequence[str]) -> dict[str, About]:
    """Tell what is known of these studies, by key."""
    return {row["study_key"]: _about(row, zone) for row in await accuracy.about(transaction, study_keys)}


def _about(row: Mapping[str, Any], zone: ZoneInfo) -> About:
    at = row["study_at"]
    made = made_at(at, row["study_date"], zone)
    places = {
        "scanner": row["scanner"],
        "age": age_band(row["birth_date"], made),
        "sex": row["sex"],
        "view": row["view"],
        # A day without a time has no hour.
        "hour": hour_class(at, zone) if at is not None else "",
    }
    return About(name=row["study_instance_uid"], places=places)


def made_at(study_at: datetime | None, study_date: str, zone: ZoneInfo) -> datetime | None:
    """Say when a study was made: its day where no time is known; None where neither is."""
    if study_at is not None:
        return study_at
    try:
        return datetime.strptime(study_date, "%Y%m%d").replace(tzinfo=zone)
    except ValueError:
        return None


def age_band(birth_date: str, made: datetime | None) -> str:
    """Say in which band of ages, in years, somebody was; empty where it is not known."""
    try:
        born = date(int(birth_date[:4]), int(birth_date[4:6]), int(birth_date[6:8]))
    except ValueError:
        return ""
    if made is None:
        return ""
    age = made.year - born.year - ((made.month, made.day) < (born.month, born.day))
    begun = [index for index, least in enumerate(AGES) if age >= least]
    if not begun:
        return ""
    last = begun[-1]
    return f"{AGES[last]}+" if last == len(AGES) - 1 else f"{AGES[last]}-{AGES[last + 1] - 1}"
