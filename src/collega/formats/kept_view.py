"""What an app's maker wrote, for a browser: as it is where a browser can show it, else drawn or unwrapped."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import EncapsulatedPDFStorage

PDF, PNG = "application/pdf", "image/png"
# How a file begins that a browser shows.
SHOWN = {b"%PDF-": PDF, b"\x89PNG\r\n\x1a\n": PNG}
DICOM = "application/dicom"
MOST_PIXELS = 64_000_000
# Bits and photometric interpretation of what is a picture and no measurement: what is wider needs a viewer.
PICTURES = frozenset({(8, "RGB"), (8, "MONOCHROME2")})


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """Bytes with the type that a browser is told; ``is_shown``: it can show them, others are for keeping."""

    media_type: str
    content: bytes
    is_shown: bool


def shown(content: bytes) -> Shown:
    """Make a kept file ready for a browser; what it cannot show is given as it came."""
    for begin, media_type in SHOWN.items():
        if content.startswith(begin):
            return Shown(media_type=media_type, content=content, is_shown=True)
    try:
        dataset = dcmread(BytesIO(content))
    except (InvalidDicomError, OSError, ValueError, EOFError):
        return Shown(media_type="application/octet-stream", content=content, is_shown=False)
    try:
        return _of_dicom(dataset, content)
    # A decoder may raise whatever it likes at pixels that are not what they say.
    except Exception:  # noqa: BLE001 - the file is there to be kept all the same
        return Shown(media_type=DICOM, content=content, is_shown=False)


def _of_dicom(dataset: Dataset, content: bytes) -> Shown:
    if dataset.get("SOPClassUID") == EncapsulatedPDFStorage:
        document = bytes(dataset.EncapsulatedDocument)
        return Shown(media_type=PDF, content=document, is_shown=document.startswith(b"%PDF-"))
    frames = int(dataset.get("NumberOfFrames") or 1)
    size = int(dataset.get("Rows", 0)) * int(dataset.get("Columns", 0))
    is_picture = frames == 1 and (dataset.get("BitsAllocated"), dataset.get("PhotometricInterpretation")) in PICTURES
    if not is_picture or not 0 < size <= MOST_PIXELS:
        return Shown(media_type=DICOM, content=content, is_shown=False)
    drawn = BytesIO()
    Image.fromarray(np.ascontiguousarray(dataset.pixel_array)).save(drawn, "PNG")
    return Shown(media_type=PNG, content=drawn.getvalue(), is_shown=True)
