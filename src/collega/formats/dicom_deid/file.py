"""An object's file without its patient: the header is made anew, the pixels are copied as they are."""

from io import BytesIO
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomFileLike
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.uid import UID

from collega.errors import QuarantineError
from collega.formats.dicom_deid.engine import deidentify
from collega.formats.dicom_deid.profile import Profile
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.dicom_deid.report import Report
from collega.formats.dicom_file import IMPLEMENTATION_VERSION, PREAMBLE
from collega.formats.dicom_study import UNREADABLE
from collega.model.ids import IMPLEMENTATION_CLASS_UID


def deidentify_file(source: Path, target: Path, profile: Profile, pseudonyms: Pseudonyms) -> Report:
    """Read an object, write it without its patient; ``target`` is made, or replaced.

    Raises
    ------
    QuarantineError
        It cannot be read, or may not leave in any form; ``target`` is not made.
    """
    try:
        dataset = dcmread(source, force=False)
    except UNREADABLE as error:
        text = f"cannot be read as DICOM ({type(error).__name__})"
        raise QuarantineError("not-dicom", text) from error
    done = deidentify(dataset, profile, pseudonyms)
    target.write_bytes(_encoded(done.dataset, dataset.file_meta.TransferSyntaxUID))
    return done.report


def _encoded(dataset: Dataset, syntax: UID) -> bytes:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION
    target = DicomFileLike(buffer := BytesIO())
    target.write(PREAMBLE)
    write_file_meta_info(target, meta, enforce_standard=True)
    target.is_little_endian, target.is_implicit_VR = syntax.is_little_endian, syntax.is_implicit_VR
    write_dataset(target, dataset)
    return buffer.getvalue()
