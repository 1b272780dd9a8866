"""The status page of a study as a secondary capture, which every viewer shows (PS3.3 A.8.1)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import SecondaryCaptureImageStorage

from collega.formats.dicom_header import PLATFORM, explicit_little_endian, finish, one_study
from collega.formats.dicom_place import add_body_part, add_laterality
from collega.formats.status_drawing import draw
from collega.formats.status_text import page, plain_text
from collega.formats.together import Row
from collega.model.code import Text
from collega.model.result import ObjectIdentity, StatusLine

LONGEST_COMMENT = 10_240  # LT, PS3.5 section 6.2


def status_page(
    lines: Sequence[StatusLine],
    identity: ObjectIdentity,
    sources: Sequence[Dataset],
    *,
    replaces: Text | None,
    shared: Sequence[Row] = (),
) -> Dataset:
    """One page with what each app has to say of the study.

    Parameters
    ----------
    lines : sequence of StatusLine
        One for each app, in the order of the page. Where nothing was found, `StatusLine.text`
        says what was looked for. Texts must not name the patient: the page declares that no
        identity is burned in.
    identity : ObjectIdentity
        UIDs, numbers, description, language and time of the page.
    sources : sequence of Dataset
        Images of the study; headers are enough.
    replaces : Text or None
        Sentence for a page that takes the place of an earlier one.
    shared : sequence of Row
        Findings that several apps look for: a block of their own says whether the apps agree.

    Notes
    -----
    Uncompressed, since some viewers show compressed secondary captures wrongly: about half a
    megabyte for up to two apps. More apps make the picture taller; nothing is left out. The same
    words stand in Image Comments.
    """
    paragraphs = page(lines, identity, replaces, shared)
    dataset = Dataset()
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.Modality = "OT"
    dataset.ConversionType = "WSD"
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.PatientOrientation = None
    dataset.BurnedInAnnotation = "NO"
    dataset.RecognizableVisualFeatures = "NO"
    dataset.ImageComments = plain_text(paragraphs)[:LONGEST_COMMENT]
    _add_pixels(dataset, draw(paragraphs))
    add_body_part(dataset, one_study(sources))
    add_laterality(dataset, one_study(sources))
    finish(dataset, app=PLATFORM, identity=identity, sources=sources)
    explicit_little_endian(dataset)
    return dataset


def _add_pixels(dataset: Dataset, picture: NDArray[np.uint8]) -> None:
    """Image Pixel (C.7.6.3) and a window over the whole range (C.11.2)."""
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = picture.shape
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    dataset.WindowCenter, dataset.WindowWidth = 128, 256
    dataset.PixelData = picture.tobytes()
