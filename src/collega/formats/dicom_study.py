"""Reading what arrives: identity, role, routing attributes, digests (PS3.3 C.7, C.8)."""

import hashlib
import math
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from io import BytesIO
from zoneinfo import ZoneInfo

import pydicom
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.valuerep import DA, TM
from zlib_ng import zlib_ng

from collega.errors import QuarantineError
from collega.formats.dicom_acquired import TIMES, acquired_at
from collega.formats.dicom_scan import PIXEL_TAGS
from collega.model.study import Attribute, InstanceHeader, Patient, Priority, Role

REQUIRED = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")

# Name in routing rules and study.json -> keyword of the data element.
ATTRIBUTES = {
    "modality": "Modality",
    "body_part": "BodyPartExamined",
    "view_position": "ViewPosition",
    "laterality": "ImageLaterality",
    "image_type": "ImageType",
    "presentation_intent": "PresentationIntentType",
    "manufacturer": "Manufacturer",
    "model": "ManufacturerModelName",
    "station": "StationName",
    "patient_age": "PatientAge",
    "patient_position": "PatientPosition",
    "series_number": "SeriesNumber",
    "series_description": "SeriesDescription",
    "protocol_name": "ProtocolName",
    "instance_number": "InstanceNumber",
    "acquisition_number": "AcquisitionNumber",
    "images_in_acquisition": "ImagesInAcquisition",
    "image_position": "ImagePositionPatient",
    "image_orientation": "ImageOrientationPatient",
    "kernel": "ConvolutionKernel",
    "contrast": "ContrastBolusAgent",
    "slice_thickness_mm": "SliceThickness",
    "rows": "Rows",
    "columns": "Columns",
    "frames": "NumberOfFrames",
    "bits_stored": "BitsStored",
    "photometric": "PhotometricInterpretation",
}

# Requested Procedure Priority (PS3.3 C.4.11) and the retired Study Priority ID, in their defined terms.
PRIORITIES = {
    "STAT": Priority.STAT,
    "HIGH": Priority.HIGH,
    "ROUTINE": Priority.ROUTINE,
    "MEDIUM": Priority.ROUTINE,
    "LOW": Priority.LOW,
}
STUDY_PRIORITY_ID = 0x0032000C

# Storage classes (PS3.4 B.5) whose objects say something about images and are not images to analyse.
DERIVED_PREFIXES = (
    "1.2.840.10008.5.1.4.1.1.7",  # secondary capture, all forms; 1.1.77 are photographs and slides
    "1.2.840.10008.5.1.4.1.1.11",  # presentation states
    "1.2.840.10008.5.1.4.1.1.30",  # parametric maps
    "1.2.840.10008.5.1.4.1.1.88",  # structured reports, key objects, dose
    "1.2.840.10008.5.1.4.1.1.104",  # encapsulated documents
    "1.2.840.10008.5.1.4.1.1.66",  # raw data, registration, fiducials, segmentation, surfaces
    "1.2.840.10008.5.1.4.1.1.9",  # waveforms
    "1.2.840.10008.5.1.4.1.1.481",  # radiotherapy
    "1.2.840.10008.5.1.4.1.1.67",  # real world value mapping
    "1.2.840.10008.5.1.4.1.1.78",  # measurements of the eye
    "1.2.840.10008.5.1.4.1.1.79",
    "1.2.840.10008.5.1.4.1.1.80",
    "1.2.840.10008.5.1.4.1.1.90",  # content assessment
)
DERIVED_MODALITIES = frozenset({"SR", "PR", "KO", "SEG", "OT", "DOC", "REG", "RTSTRUCT", "AU"})
# What pydicom raises on bytes that are no DICOM, or are damaged.
UNREADABLE = (
    *(InvalidDicomError, BytesLengthException, EOFError, OSError, struct.error, zlib.error),
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError),
    *(NotImplementedError, RecursionError, MemoryError),
)


class PixelDigest:
    """Checksum and length of pixel data: what tells two objects under one UID apart.

    Objects are told apart by their UIDs; this guards against a sender that gives one twice. No one
    is kept from making two that agree, and a strong hash took a quarter of the receiver's time.
    The sum is that of zlib (ISO 3309); zlib-ng takes a tenth of the time for it.
    """

    def __init__(self) -> None:
        self._sum = self._length = 0

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        self._sum = zlib_ng.crc32(data, self._sum)
        self._length += len(data)

    def digest(self) -> bytes:
        """Twelve bytes."""
        return self._sum.to_bytes(4, "big") + self._length.to_bytes(8, "big")


def read_header(encoded: bytes, zone: ZoneInfo) -> InstanceHeader:
    """Read one object as it came (a Part 10 file).

    Parameters
    ----------
    encoded : bytes
        Preamble, file meta information and data set.
    zone : ZoneInfo
        Zone in which dates and times without offset are read.

    Raises
    ------
    QuarantineError
        ``not-dicom`` where it cannot be read, ``missing-uid`` where one of the UIDs that
        identify an object is absent.
    """
    try:
        dataset = pydicom.dcmread(BytesIO(encoded))
        uids = {keyword: str(dataset.get(keyword, "") or "") for keyword in REQUIRED}
        absent = [keyword for keyword, uid in uids.items() if not uid or "\x00" in uid]
        if absent:
            text = f"the object has no {' and no '.join(absent)}; the sender must repair it"
            raise QuarantineError("missing-uid", text)
        transfer_syntax = str(dataset.file_meta.TransferSyntaxUID)
        return header_of(dataset, transfer_syntax, _digests(dataset, encoded), zone)
    except UNREADABLE as error:
        text = f"the object cannot be read as DICOM ({type(error).__name__}); the sender must repair it"
        raise QuarantineError("not-dicom", text) from error


def header_of(
    dataset: Dataset, transfer_syntax_uid: str, digests: tuple[bytes, bytes], zone: ZoneInfo
) -> InstanceHeader:
    """Take what is needed of a data set; ``digests`` are those of the pixels and of all the rest."""
    pixels, rest = digests
    return InstanceHeader(
        sop_instance_uid=str(dataset.SOPInstanceUID),
        sop_class_uid=str(dataset.SOPClassUID),
        series_instance_uid=str(dataset.SeriesInstanceUID),
        study_instance_uid=str(dataset.StudyInstanceUID),
        transfer_syntax_uid=transfer_syntax_uid,
        patient=_patient(dataset),
        accession_number=_text(dataset, "AccessionNumber"),
        study_date=_text(dataset, "StudyDate"),
        study_time=_text(dataset, "StudyTime"),
        study_description=_text(dataset, "StudyDescription"),
        study_at=study_start(dataset, zone),
        role=_role(dataset),
        attributes={name: attribute(dataset, keyword) for name, keyword in ATTRIBUTES.items()},
        pixel_digest=pixels,
        header_digest=rest,
        notes=tuple(notes_on(dataset)),
        priority=_priority(dataset),
        acquired_at=acquired_at({name: _text(dataset, name) for name in TIMES}, zone_of(dataset, zone)),
    )


def _priority(dataset: Dataset) -> Priority:
    """Read the requester's priority, the most urgent where several are named."""
    requests = dataset.get("RequestAttributesSequence") or []
    said = [_text(item, "RequestedProcedurePriority") for item in (dataset, *requests)]
    if STUDY_PRIORITY_ID in dataset:
        said.append(_clean(dataset[STUDY_PRIORITY_ID].value or ""))
    known = {PRIORITIES[word.upper()] for word in said if word.upper() in PRIORITIES}
    return next((priority for priority in Priority if priority in known), Priority.UNKNOWN)


def _patient(dataset: Dataset) -> Patient:
    return Patient(
        issuer=_text(dataset, "IssuerOfPatientID"),
        patient_id=_text(dataset, "PatientID"),
        name=_text(dataset, "PatientName"),
        birth_date=_text(dataset, "PatientBirthDate"),
        sex=_text(dataset, "PatientSex"),
    )


def _text(dataset: Dataset, keyword: str) -> str:
    return _clean(dataset.get(keyword, "") or "")


def _role(dataset: Dataset) -> Role:
    if is_derived_class(str(dataset.SOPClassUID)):
        return Role.DERIVED
    return Role.DERIVED if _text(dataset, "Modality") in DERIVED_MODALITIES else Role.IMAGE


def is_derived_class(sop_class_uid: str) -> bool:
    """Tell whether objects of a class say something about images, and are none to analyse."""
    return any(sop_class_uid == prefix or sop_class_uid.startswith(f"{prefix}.") for prefix in DERIVED_PREFIXES)


def attribute(dataset: Dataset, keyword: str) -> Attribute:
    """Read a value as rules and apps see it; None where it is missing or unusable."""
    value = dataset.get(keyword)
    if value is None or value == "":
        return None
    if isinstance(value, MultiValue | list | tuple):
        return tuple(_clean(item) for item in value)
    if dictionary_VR(keyword) in {"US", "IS", "DS"}:
        return _number(value)
    text = _clean(value)
    return (text,) if keyword == "ImageType" else text


def _number(value: object) -> float | None:
    """Read a number; None for one that is none, such as "1,5", which `_notes` tells."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _clean(value: object) -> str:
    return str(value).replace("\x00", "").strip()


def study_start(dataset: Dataset, zone: ZoneInfo) -> datetime | None:
    """Start of the study in UTC; None where the date is missing or no date."""
    try:
        day = DA(_text(dataset, "StudyDate"))
        moment = TM(_text(dataset, "StudyTime") or "000000")
        return datetime.combine(day, moment, zone_of(dataset, zone)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def zone_of(dataset: Dataset, site: ZoneInfo) -> tzinfo:
    """Zone of the object's times: its own offset (0008,0201) where it states one, else the site's."""
    said = _text(dataset, "TimezoneOffsetFromUTC")
    try:
        return datetime.strptime(said, "%z").tzinfo or site
    except ValueError:
        return site


def notes_on(dataset: Dataset) -> Iterator[str]:
    """Deviations that are tolerated and told."""
    for keyword in REQUIRED:
        uid = dataset[keyword].value
        if not pydicom.uid.UID(str(uid)).is_valid:
            yield f"{keyword} is no valid UID"
    if not _text(dataset, "PatientID"):
        yield "PatientID is empty"
    for name, keyword in ATTRIBUTES.items():
        if keyword in dataset and dataset.get_item(keyword).value and attribute(dataset, keyword) is None:
            yield f"{name} holds no usable value"


def _digests(dataset: Dataset, encoded: bytes) -> tuple[bytes, bytes]:
    """Digest of the pixel data (of the whole object where there is none), and of all other elements."""
    pixels, rest = PixelDigest(), hashlib.blake2b(digest_size=16)
    found = False
    for tag in sorted(dataset.keys()):
        element = dataset.get_item(tag)
        value = element.value
        if int(tag) in PIXEL_TAGS:
            found = True
            pixels.update(value if isinstance(value, bytes) else repr(value).encode())
        elif int(tag) >> 16 != 0x0002:  # noqa: PLR2004 - file meta information, PS3.10 7.1
            rest.update(int(tag).to_bytes(4, "big"))
            rest.update(value if isinstance(value, bytes) else str(value).encode("utf-8", "replace"))
    if not found:
        pixels.update(encoded)
    return pixels.digest(), rest.digest()
