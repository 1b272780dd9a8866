"""Synthetic mammograms: four views of nobody, small enough for a demonstration."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation

from collega.model.ids import stable_uid
from collega.testing.phantoms import grid, texture
from collega.testing.synthetic import MADE_AT, new_study, set_pixels, set_syntax

SIZE, BITS, SPACING_MM = 96, 12, 2.0
# Laterality, view, its code (PS3.16 CID 4014) and meaning.
VIEWS = (
    ("R", "CC", "399162004", "cranio-caudal"),
    ("L", "CC", "399162004", "cranio-caudal"),
    ("R", "MLO", "399368009", "medio-lateral oblique"),
    ("L", "MLO", "399368009", "medio-lateral oblique"),
)


def mammogram(seed: int, *, made_at: datetime = MADE_AT, run: str = "") -> Sequence[Dataset]:
    """Four views of one woman, as Digital Mammography X-Ray Images for presentation.

    Parameters
    ----------
    seed : int
        Patient, study, UIDs and pixels follow from it.
    made_at : datetime
        Local moment of the study.
    run : str
        Makes the same seed another study.
    """
    return [_view(seed, number, made_at, run) for number in range(len(VIEWS))]


def _view(seed: int, number: int, made_at: datetime, run: str) -> Dataset:
    laterality, view, value, meaning = VIEWS[number]
    image = new_study("MG", seed, made_at, run)
    image.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    image.SOPInstanceUID = stable_uid("synthetic", "MG", run, str(seed), str(number))
    image.PatientSex, image.PresentationIntentType = "F", "FOR PRESENTATION"
    image.ImageType = ["ORIGINAL", "PRIMARY", ""]
    image.BodyPartExamined, image.ImageLaterality, image.ViewPosition = "BREAST", laterality, view
    image.StudyDescription, image.SeriesDescription = "Mammografie", "Mammografie 4 opnamen"
    image.PatientOrientation = ["P", "L"] if laterality == "R" else ["A", "R"]
    image.InstanceNumber, image.ImagerPixelSpacing = number + 1, [SPACING_MM, SPACING_MM]
    image.PositionerType, image.ViewCodeSequence = "MAMMOGRAPHIC", Items([_code(value, meaning)])
    image.ViewCodeSequence[0].ViewModifierCodeSequence = Items([])
    _set_detector(image)
    set_pixels(image, _breast(seed, number, is_right=laterality == "R"), BITS, "MONOCHROME2")
    set_syntax(image, compressed=False)
    return image


def _set_detector(image: Dataset) -> None:
    """DX Image, DX Detector and Mammography Image (PS3.3 C.8.11.3, C.8.11.4, C.8.11.7)."""
    image.AnatomicRegionSequence, image.OrganExposed = Items([_code("76752008", "Breast")]), "BREAST"
    image.PixelIntensityRelationship, image.PixelIntensityRelationshipSign = "LOG", -1
    image.RescaleIntercept, image.RescaleSlope, image.RescaleType = 0, 1, "US"
    image.PresentationLUTShape, image.LossyImageCompression, image.BurnedInAnnotation = "IDENTITY", "00", "NO"
    image.WindowCenter, image.WindowWidth = 2 ** (BITS - 1), 2**BITS
    image.DetectorType, image.AcquisitionContextSequence = "DIRECT", Items([])


def _code(value: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "SCT", meaning
    return code


def _breast(seed: int, number: int, *, is_right: bool) -> NDArray[np.uint16]:
    """Draw half an ellipse of glandular texture against the edge of the picture."""
    random = np.random.default_rng([seed, number])
    place = grid(SIZE)
    inside = place.ellipse((-1, 0), (1.4, 0.8))
    shade = inside * np.clip(0.5 + 0.12 * texture(random, SIZE, 4), 0, 1)
    shade = shade[:, ::-1] if is_right else shade
    pixels: NDArray[np.uint16] = np.rint(shade * (2**BITS - 1)).astype(np.uint16)
    return pixels
