"""An object without its patient: the data set, and what was done (PS3.15 annex E)."""

import warnings
from dataclasses import dataclass

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from collega import __version__
from collega.errors import QuarantineError
from collega.formats.dicom_deid.identifiers import identifiers_of
from collega.formats.dicom_deid.image import PIXEL_DATA, Image, cleaned
from collega.formats.dicom_deid.options import BASIC, CODES, Code, Option
from collega.formats.dicom_deid.plan import plan_of
from collega.formats.dicom_deid.profile import Profile
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_deid.refused import refuse
from collega.formats.dicom_deid.report import Report
from collega.formats.dicom_deid.sight import hold_back, mark, remarks
from collega.formats.dicom_deid.walk import Subject, Walk
from collega.formats.dicom_study import UNREADABLE

BYTE = 8


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
    meta = getattr(dataset, "file_meta", None) or FileMetaDataset()
    syntax = UID(str(meta.get("TransferSyntaxUID") or ExplicitVRLittleEndian))
    pixels = dataset.get("PixelData")
    header = Dataset(parent_encoding=dataset.original_character_set)
    is_implicit, is_little = dataset.original_encoding
    header.set_original_encoding(is_implicit, is_little, dataset.original_character_set)
    for tag in dataset.keys():  # noqa: SIM118 - a dataset iterates over its elements, and reads them
        if tag != PIXEL_DATA:
            header[tag] = dataset.get_item(tag)
    image, done = take_out(Image(header=header, syntax=syntax, pixels=pixels), profile, pseudonyms)
    target = done.dataset
    target.file_meta = FileMetaDataset()
    target.file_meta.TransferSyntaxUID = image.syntax
    if image.pixels is not None:
        target.PixelData = bytes(image.pixels)
        target["PixelData"].VR = "OB" if image.syntax.is_encapsulated or header.BitsAllocated <= BYTE else "OW"
        target["PixelData"].is_undefined_length = image.syntax.is_encapsulated
    return done


def take_out(image: Image, profile: Profile, pseudonyms: Pseudonyms) -> tuple[Image, Deidentified]:
    """Take the patient out of an object in two parts: give its pixels, as they may leave, and its new header.

    Raises
    ------
    QuarantineError
        It may not leave in any form, or cannot be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom's warnings quote values, and end in logs
            return _taken_out(image, profile, pseudonyms)
    except (*UNREADABLE, RuntimeError) as error:
        text = f"cannot be read as DICOM ({type(error).__name__})"
        raise QuarantineError("not-dicom", text) from error


def _taken_out(image: Image, profile: Profile, pseudonyms: Pseudonyms) -> tuple[Image, Deidentified]:
    refuse(image.header, image.syntax)
    image = cleaned(image, profile)
    hold_back(image, profile)
    return image, _header(image, profile, pseudonyms)


def _header(image: Image, profile: Profile, pseudonyms: Pseudonyms) -> Deidentified:
    header = image.header
    patient_id, issuer = str(header.get("PatientID") or ""), str(header.get("IssuerOfPatientID") or "")
    patient_id = patient_id or str(header.get("StudyInstanceUID") or "")
    subject = Subject(
        pseudonym=pseudonyms.patient(patient_id, issuer),
        days=pseudonyms.days(patient_id, issuer),
        sop_class_uid=str(header.SOPClassUID),
        identifiers=identifiers_of(header, retains_uids=Option.RETAIN_UIDS in profile.options),
    )
    walk = Walk(plan_of(profile), pseudonyms, subject)
    target = walk.dataset(header)
    _mark(target, profile, subject, painted=image.painted)
    accession = str(header.get("AccessionNumber") or "")
    if accession and profile.pseudonymous_accession:
        target.AccessionNumber = pseudonyms.accession(accession)
    mark(target, image, profile)
    found = (*sorted(walk.warnings), *remarks(image, profile))
    return Deidentified(dataset=target, report=Report(counts=dict(walk.counts), warnings=found))


def _mark(target: Dataset, profile: Profile, subject: Subject, *, painted: bool) -> None:
    """Put in the pseudonym, and say what was done (PS3.15 E.1.1); pixels count as cleaned where some were painted."""
    target.PatientID = target.PatientName = subject.pseudonym
    target.PatientIdentityRemoved = "YES"
    target.DeidentificationMethod = f"collega {__version__}, profile {profile.name}"[:64]
    done = [option for option in Option if option in profile.options and (painted or option is not Option.CLEAN_PIXELS)]
    codes = [CODES[option] for option in done]
    codes = codes if profile.keep else [BASIC, *codes]
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
