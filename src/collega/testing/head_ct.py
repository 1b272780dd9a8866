"""Synthetic head CT: the drawn head as an axial series without contrast."""

from collections.abc import Sequence
from datetime import datetime

from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from collega.model.ids import stable_uid
from collega.testing.head_bleeds import Bleed
from collega.testing.head_phantom import Head, draw_head
from collega.testing.synthetic import MADE_AT, new_study, set_pixels, set_syntax

INTERCEPT, BITS = -1024, 12
KERNEL = "H31s"


def head_ct(  # noqa: PLR0913 - each option is a way in which studies differ
    seed: int,
    *,
    lesions: Sequence[Bleed] = (),
    calcifications: bool = True,
    slices: int = 28,
    size: int = 256,
    thickness_mm: float = 5.0,
    noise_hu: float = 4.0,
    made_at: datetime = MADE_AT,
    run: str = "",
) -> list[Dataset]:
    """Axial head CT without contrast, from the base upwards.

    The options of `collega.testing.head_phantom.draw_head`, which also gives the truth; besides:

    Parameters
    ----------
    made_at : datetime
        Local moment of the study.
    run : str
        Makes the same seed another study.
    """
    head = draw_head(
        seed,
        lesions=lesions,
        calcifications=calcifications,
        slices=slices,
        size=size,
        thickness_mm=thickness_mm,
        noise_hu=noise_hu,
    )
    return head_series(head, seed, made_at=made_at, run=run)


def head_series(head: Head, seed: int, *, made_at: datetime = MADE_AT, run: str = "") -> list[Dataset]:
    """Give a drawn head as the images of one series."""
    return [_image(head, seed, number, made_at, run) for number in range(1, len(head.hounsfield) + 1)]


def _image(head: Head, seed: int, number: int, made_at: datetime, run: str) -> Dataset:
    picture = head.hounsfield[number - 1]
    image = new_study("CT", seed, made_at, f"head {run}")
    image.SOPClassUID = CTImageStorage
    image.SOPInstanceUID = stable_uid("synthetic", "CT head", run, str(seed), str(number))
    image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    image.BodyPartExamined, image.PatientPosition = "HEAD", "HFS"
    image.StudyDescription, image.SeriesDescription = "CT hersenen blanco", f"Hersenen {head.voxel[2]:g} mm"
    image.FrameOfReferenceUID = stable_uid("synthetic", "CT head", run, str(seed), "space")
    image.PositionReferenceIndicator = None
    image.KVP, image.GantryDetectorTilt, image.ConvolutionKernel = 120, 0, KERNEL
    image.AcquisitionNumber, image.InstanceNumber = 1, number
    _set_place(image, head, number)
    image.RescaleIntercept, image.RescaleSlope, image.RescaleType = INTERCEPT, 1, "HU"
    image.WindowCenter, image.WindowWidth = 35, 80
    set_pixels(image, (picture - INTERCEPT).astype("uint16"), BITS, "MONOCHROME2")
    set_syntax(image, compressed=False)
    return image


def _set_place(image: Dataset, head: Head, number: int) -> None:
    """Image Plane (PS3.3 C.7.6.2): axial, the field centred on the origin."""
    across, down, along = head.voxel
    slices, rows, columns = head.hounsfield.shape
    image.PixelSpacing = [down, across]
    image.SliceThickness = along
    image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    lowest = -along * (slices - 1) / 2
    image.ImagePositionPatient = [-across * (columns - 1) / 2, -down * (rows - 1) / 2, lowest + along * (number - 1)]
