"""Synthetic studies: valid objects of nobody, the same each time for the same seed.

The generated scanner of the demo sends them, and tests start from them.
"""

from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ComputedRadiographyImageStorage, CTImageStorage, ExplicitVRLittleEndian, JPEGBaseline8Bit

from collega.model.ids import IMPLEMENTATION_CLASS_UID, stable_uid
from collega.testing.phantoms import chest_slices, frontal_chest

MADE_AT = datetime(2026, 3, 2, 9, 15, tzinfo=ZoneInfo("Europe/Amsterdam"))
JPEG_QUALITY = 90
BYTE = 8
CT_SPACING_MM, CT_THICKNESS_MM, CT_FIELD_MM = 3.0, 5.0, 384.0
FILM_SPACING_MM = 0.7


def chest_film(  # noqa: PLR0913 - each option is a way in which films differ
    seed: int,
    *,
    opacity: bool = False,
    compressed: bool = True,
    bits: int = 8,
    photometric: str = "MONOCHROME2",
    made_at: datetime = MADE_AT,
    run: str = "",
) -> Dataset:
    """Frontal chest film of 512 by 512 pixels as a CR object.

    Parameters
    ----------
    seed : int
        Patient, study, UIDs and pixels follow from it.
    opacity : bool
        Whether one lung holds a pneumonia-like opacity.
    compressed : bool
        JPEG baseline, which holds 8 bits; else explicit little endian.
    bits : int
        Bits stored of uncompressed pixels, 8 to 16.
    photometric : str
        MONOCHROME2, or MONOCHROME1 for a film stored inverted.
    made_at : datetime
        Local moment of the study.
    run : str
        Makes the same seed another study.
    """
    film = new_study("CR", seed, made_at, run)
    film.SOPClassUID = ComputedRadiographyImageStorage
    film.SOPInstanceUID = stable_uid("synthetic", "CR", run, str(seed), "1")
    film.ImageType = ["ORIGINAL", "PRIMARY"]
    film.BodyPartExamined, film.ViewPosition = "CHEST", "PA"
    film.PatientOrientation = ["L", "F"]
    film.ImagerPixelSpacing = [FILM_SPACING_MM, FILM_SPACING_MM]
    film.StudyDescription, film.SeriesDescription = "X-thorax", "Thorax PA"
    film.PlateType, film.InstanceNumber = "", 1
    shade = frontal_chest(seed, opacity=opacity)
    shade = 1 - shade if photometric == "MONOCHROME1" else shade
    set_pixels(film, np.rint(shade * (2**bits - 1)).astype(np.uint8 if bits <= BYTE else np.uint16), bits, photometric)
    set_syntax(film, compressed=compressed)
    return film


def ct_series(
    seed: int, *, slices: int = 5, size: int = 128, made_at: datetime = MADE_AT, run: str = ""
) -> list[Dataset]:
    """Axial chest CT: ``slices`` parallel slices with their place in space, from the head downwards."""
    stack = chest_slices(seed, count=slices, size=size)
    return [_ct_slice(seed, number, picture, made_at, run) for number, picture in enumerate(stack, start=1)]


def _ct_slice(seed: int, number: int, picture: NDArray[np.int16], made_at: datetime, run: str) -> Dataset:
    image = new_study("CT", seed, made_at, run)
    image.SOPClassUID = CTImageStorage
    image.SOPInstanceUID = stable_uid("synthetic", "CT", run, str(seed), str(number))
    image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    image.BodyPartExamined, image.PatientPosition = "CHEST", "HFS"
    image.StudyDescription, image.SeriesDescription = "CT thorax", "Thorax 5 mm"
    image.FrameOfReferenceUID = stable_uid("synthetic", "CT", run, str(seed), "space")
    image.PositionReferenceIndicator = None
    image.KVP, image.AcquisitionNumber, image.InstanceNumber = 120, 1, number
    _set_place(image, number, len(picture))
    image.RescaleIntercept, image.RescaleSlope, image.RescaleType = -1024, 1, "HU"
    set_pixels(image, (picture + 1024).astype(np.uint16), 12, "MONOCHROME2")
    set_syntax(image, compressed=False)
    return image


def _set_place(image: Dataset, number: int, size: int) -> None:
    """Image Plane (PS3.3 C.7.6.2): axial, the field centred on the origin."""
    spacing = CT_FIELD_MM / size
    corner = -(CT_FIELD_MM - spacing) / 2
    image.PixelSpacing = [spacing, spacing]
    image.SliceThickness = CT_THICKNESS_MM
    image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    image.ImagePositionPatient = [corner, corner, -CT_THICKNESS_MM * (number - 1)]


def new_study(modality: str, seed: int, made_at: datetime, run: str) -> Dataset:
    """Patient, study, series and equipment."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName, dataset.PatientID = f"Synthetic^Person {seed}", f"SYN{seed:06d}"
    dataset.PatientBirthDate, dataset.PatientSex = f"19{40 + seed % 60}0101", "FM"[seed % 2]
    dataset.StudyInstanceUID = stable_uid("synthetic", modality, run, str(seed), "study")
    dataset.SeriesInstanceUID = stable_uid("synthetic", modality, run, str(seed), "series")
    for prefix in ("Study", "Series", "Acquisition", "Content"):
        setattr(dataset, f"{prefix}Date", made_at.strftime("%Y%m%d"))
        setattr(dataset, f"{prefix}Time", made_at.strftime("%H%M%S"))
    dataset.AccessionNumber = dataset.StudyID = f"{modality}{seed:08d}"
    dataset.ReferringPhysicianName = None
    dataset.Modality, dataset.SeriesNumber = modality, 1
    dataset.Manufacturer, dataset.ManufacturerModelName = "collega", "Synthetic scanner"
    return dataset


def set_pixels(dataset: Dataset, pixels: NDArray[np.uint8] | NDArray[np.uint16], bits: int, photometric: str) -> None:
    """Image Pixel (PS3.3 C.7.6.3)."""
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = photometric
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated = pixels.dtype.itemsize * 8
    dataset.BitsStored, dataset.HighBit = bits, bits - 1
    dataset.PixelRepresentation = 0
    dataset.PixelData = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    dataset["PixelData"].VR = "OB" if dataset.BitsAllocated == BYTE else "OW"


def set_syntax(dataset: Dataset, *, compressed: bool) -> None:
    """File meta information; compresses the pixels where asked for."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = UID(dataset.SOPInstanceUID)
    dataset.file_meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit if compressed else ExplicitVRLittleEndian
    if compressed:
        _compress(dataset)


def _compress(dataset: Dataset) -> None:
    """JPEG baseline, which is lossy and says so (PS3.3 C.7.6.1.1.5)."""
    if dataset.BitsStored != BYTE:
        message = f"JPEG baseline holds 8 bits, not {dataset.BitsStored}"
        raise ValueError(message)
    buffer = BytesIO()
    picture = Image.frombytes("L", (dataset.Columns, dataset.Rows), dataset.PixelData)
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    ratio = len(dataset.PixelData) / buffer.tell()
    dataset.PixelData = encapsulate([buffer.getvalue()])
    dataset["PixelData"].is_undefined_length = True
    dataset.LossyImageCompression = "01"
    dataset.LossyImageCompressionRatio = f"{ratio:.1f}"
    dataset.LossyImageCompressionMethod = "ISO_10918_1"
