"""An object without its patient: the data set, and what was done (PS3.15 annex E)."""

from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from collega import __version__
from collega.formats.dicom_deid.identifiers import identifiers_of
from collega.formats.dicom_deid.options import BASIC, CODES, Code, Option
from collega.formats.dicom_deid.plan import plan_of
from collega.formats.dicom_deid.profile import Profile
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_deid.report import Report
from collega.formats.dicom_deid.walk import Subject, Walk


@dataclass(frozen=True, kw_only=True)
class Deidentified:
    """A data set that may leave, and the report of what was done to it."""

    dataset: Dataset
    report: Report


def deidentify(dataset: Dataset, profile: Profile, pseudonyms: Pseudonyms) -> Deidentified:
    """Take the patient out of an object; the data set that is given stays as it is.

    Parameters
    ----------
    dataset : Dataset
        An object, read from a file or made.
    profile : Profile
        What stays and what goes.
    pseudonyms : Pseudonyms
        What stands in place of names, numbers, UIDs and dates.

    Raises
    ------
    QuarantineError
        It may not leave in any form, or cannot be read.
    """
    plan = plan_of(profile)
    patient_id, issuer = str(dataset.get("PatientID") or ""), str(dataset.get("IssuerOfPatientID") or "")
    patient_id = patient_id or str(dataset.get("StudyInstanceUID") or "")
    subject = Subject(
        pseudonym=pseudonyms.patient(patient_id, issuer),
        days=pseudonyms.days(patient_id, issuer),
        sop_class_uid=str(dataset.get("SOPClassUID") or ""),
        identifiers=identifiers_of(dataset, retains_uids=Option.RETAIN_UIDS in profile.options),
    )
    walk = Walk(plan, pseudonyms, subject)
    target = walk.dataset(dataset)
    _mark(target, profile, subject)
    return Deidentified(dataset=target, report=Report(counts=dict(walk.counts), warnings=tuple(sorted(walk.warnings))))


def _mark(target: Dataset, profile: Profile, subject: Subject) -> None:
    """Put in the pseudonym, and say what was done (PS3.15 E.1.1)."""
    target.PatientID = target.PatientName = subject.pseudonym
    target.PatientIdentityRemoved = "YES"
    target.DeidentificationMethod = f"collega {__version__}, profile {profile.name}"[:64]
    codes = [BASIC, *(CODES[option] for option in Option if option in profile.options)]
    target.DeidentificationMethodCodeSequence = Sequence([_item(code) for code in codes])
    target.LongitudinalTemporalInformationModified = _time(profile)


def _time(profile: Profile) -> str:
    if Option.FULL_DATES in profile.options:
        return "UNMODIFIED"
    return "MODIFIED" if Option.MODIFIED_DATES in profile.options else "REMOVED"


def _item(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, "DCM", code.meaning
    return item
