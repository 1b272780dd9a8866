"""Whether data of a patient may leave the house: the one place that says so, called by whatever sends any out."""

from collections.abc import Iterable
from dataclasses import dataclass

from collega.model.code import Text
from collega.model.leaving import CloudPermission, Objection, Permit
from collega.model.merge import Identity, identity
from collega.model.study import Patient, Study
from collega.ports.store import Transaction

# The folder of an attempt in which nothing is left that names the patient.
SENT = "sent"
OBJECTS = Text(
    en="the patient objects to sending data outside the hospital",
    nl="de patiënt heeft bezwaar tegen verzending buiten het ziekenhuis",
)
OBJECTS_INSIDE = Text(
    en="the patient objects to analysis by an app", nl="de patiënt heeft bezwaar tegen analyse door een app"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A study stays here, with the reason that readers see."""

    code: str
    text: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class NotPermitted:
    """The site does not let this app be sent anything."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cleared:
    """A study may leave for an app."""

    permit: Permit
    permission: CloudPermission


async def objection_to(transaction: Transaction, study: Study) -> Objection | None:
    """Find an objection of the patient of a study, under whatever number or study it was noted.

    Numbers that were merged are one person's, in whichever direction: the objection goes along.
    """
    numbers = await numbers_of(transaction, [study.patient, *([study.came_as] if study.came_as else [])])
    uids = {study.study_instance_uid}
    for key in await transaction.studies_under(sorted(numbers)) if numbers else ():
        other = await transaction.study(key)
        uids |= {other.study_instance_uid} if other else set()
    ids = sorted({one.patient_id for one in numbers})
    found = await transaction.objections_naming(ids, sorted(uids))
    return next((one for one in found if one.is_of(numbers, uids)), None)


async def objecting_among(transaction: Transaction, study_keys: Iterable[str], *, lock: bool) -> set[str]:
    """Say which of these studies are of patients who object.

    With ``lock`` each stays locked until the transaction ends, in the order of their keys, so that two who ask do not
    wait for each other: an objection that is noted meanwhile finds them gone, or is found here.
    """
    found = [await transaction.study(key, lock=lock) for key in sorted(set(study_keys))]
    return {study.key for study in found if study and await objection_to(transaction, study)}


async def numbers_of(transaction: Transaction, patients: list[Patient]) -> set[Identity]:
    """Give every number of a person, those that hang together with these by merges too."""
    own = {identity(one) for one in patients if one.patient_id}
    merges = await transaction.merges_around(sorted(own)) if own else ()
    sides = {identity(side) for word in merges for side in (word.said.prior, word.said.survivor)}
    return own | {one for one in sides if one.patient_id}


async def clear(transaction: Transaction, study: Study, app_id: str, job: str) -> Cleared | Held | NotPermitted:
    """Say whether a study may leave for an app in the cloud.

    The study is locked until the transaction ends: an objection that is noted meanwhile finds it gone, or is found
    here.

    Parameters
    ----------
    job : str
        What the service is to call the job.
    """
    permission = await transaction.cloud_permission(app_id)
    if permission is None or not permission.is_permitted:
        text = f"the site has not permitted that studies leave for {app_id}; see `collega cloud permit`"
        return NotPermitted(text=text)
    await transaction.study(study.key, lock=True)
    if await objection_to(transaction, study):
        return Held(code="objection", text=OBJECTS)
    return Cleared(permit=Permit(folder=SENT, job=job), permission=permission)
