"""What a file is, as far as a sender has to know it."""

from pathlib import Path

import pydicom
from pydicom.errors import InvalidDicomError


def kind_of(file: Path) -> tuple[str, str] | None:
    """SOP class and transfer syntax of a file; None where it cannot be read."""
    try:
        dataset = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=["SOPClassUID"])
        return str(dataset.SOPClassUID), str(dataset.file_meta.TransferSyntaxUID)
    except (InvalidDicomError, OSError, AttributeError, ValueError):
        return None
