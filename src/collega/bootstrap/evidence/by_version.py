"""What each version of an app said here, held against the reference of this site."""

from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres import accuracy, references
from collega.bootstrap.evidence.places import about_studies
from collega.bootstrap.evidence.referencing import errors_of, every_label
from collega.bootstrap.site import Asked
from collega.config import Settings
from collega.errors import InputError
from collega.measure.reference_cases import Question
from collega.measure.site_accuracy import Spoken, by_version


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
    about = await about_studies(transaction, zone, keys)
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
