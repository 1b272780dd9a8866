"""An object in Explicit VR Little Endian, the form that every client of DICOMweb must take."""

from io import BytesIO
from pathlib import Path

import pydicom
from pydicom.uid import UID, ExplicitVRLittleEndian

from collega.errors import DecodingError
from collega.formats.dicom_study import UNREADABLE


def explicit(path: Path) -> bytes:
    """Write an object anew; compressed pixels are decoded, and its UIDs stay, since nothing is lost by that.

    Raises
    ------
    DecodingError
        The pixels cannot be decoded.
    """
    dataset = pydicom.dcmread(path)
    try:
        syntax = UID(str(dataset.file_meta.TransferSyntaxUID))
        if syntax.is_compressed and not syntax.is_deflated and "PixelData" in dataset:
            dataset.decompress(generate_instance_uid=False)
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        target = BytesIO()
        dataset.save_as(target, implicit_vr=False, little_endian=True, enforce_file_format=True)
        return target.getvalue()
    except (*UNREADABLE, RuntimeError) as error:
        message = f"an object cannot be decoded ({type(error).__name__}); ask for transfer-syntax=*"
        raise DecodingError("undecodable", message) from error
