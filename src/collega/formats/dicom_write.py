"""Result objects as DICOM files (PS3.10 section 7)."""

from io import BytesIO

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomFileLike
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.uid import UID

from collega import __version__
from collega.model.ids import IMPLEMENTATION_CLASS_UID

PREAMBLE = b"\x00" * 128 + b"DICM"
IMPLEMENTATION_VERSION_NAME = f"COLLEGA_{__version__}"[:16]


def encode(dataset: Dataset) -> bytes:
    """Bytes of a whole file; the same dataset always gives the same bytes."""
    syntax = dataset.file_meta.TransferSyntaxUID
    target = DicomFileLike(buffer := BytesIO())
    target.write(PREAMBLE)
    write_file_meta_info(target, _file_meta(dataset, syntax), enforce_standard=True)
    target.is_little_endian, target.is_implicit_VR = syntax.is_little_endian, syntax.is_implicit_VR
    write_dataset(target, dataset)
    return buffer.getvalue()


def _file_meta(dataset: Dataset, syntax: UID) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    return meta
