"""What each version of an app said here, held against the reference of this site."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres import accuracy, references
from collega.bootstrap.evidence.referencing import errors_of, every_label, made_at
from collega.bootstrap.site import Asked
from collega.config import Settings
from collega.errors import InputError
from collega.measure.hours import hour_class
from collega.measure.reference_cases import Question
from collega.measure.site_accuracy import About, Spoken, by_version

# Youngest age of each band, in years.
AGES = (0, 18, 40, 65, 80)


async def accuracy_by_version(transaction: Asked, settings: Settings, app_id: str, confidence: float) -> dict[str, Any]:
    """Tell how often each version of an app was right, of each finding that has labels here.

    Raises
    ------
    InputError
        The app has said nothing here.
    """
    spoken = await accuracy.spoken(transaction, app_id)
    if not spoken:
        message = f"{app_id}: has said nothing of any finding on any study; see `collega apps list`"
        raise InputError(message)
    zone = ZoneInfo(settings.site.timezone)
    keys = sorted({key for words in spoken.values() for word in words.values() for key in word})
    about = {row["study_key"]: _about(row, zone) for row in await accuracy.about(transaction, keys)}
    labels = await every_label(transaction, settings)
    errors = await errors_of(transaction, confidence)
    labelled = {label.finding_id for label in labels if label.study_key in about}
    found = []
    for finding, words in sorted(spoken.items()):
        if finding in labelled:
            mine = {labeller: of.get(finding) for labeller, of in errors.items()}
            versions = [Spoken(version=version, said=said) for version, said in words.items()]
            question = Question(finding=finding, confidence=confidence)
            found.append(by_version(versions, labels, about, question, mine.get))
    return {
        "app": app_id,
        "findings": found,
        "without_labels": sorted(set(spoken) - labelled),
        "reserved": await references.reserved(transaction),
    }


def _about(row: Mapping[str, Any], zone: ZoneInfo) -> About:
    at = row["study_at"]
    made = made_at(at, row["study_date"], zone)
    places = {
        "scanner": row["scanner"],
        "age": age_band(row["birth_date"], made),
        "sex": row["sex"],
        # A day without a time has no hour.
        "hour": hour_class(at, zone) if at is not None else "",
    }
    return About(name=row["study_instance_uid"], places=places)


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
