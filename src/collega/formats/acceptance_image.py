"""The picture of the test patient: a CT slice of a disc with words in it that nobody takes for a patient."""

from datetime import datetime
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from collega.formats.dicom_header import PLATFORM, explicit_little_endian
from collega.formats.dicom_time import da, tm
from collega.model.ids import acceptance_uid

SIZE = 256
SPACING_MM, THICKNESS_MM = 1.0, 5.0
# Hounsfield units: air, a disc as soft tissue, letters as bone.
AIR, DISC, LETTERS = -1000, 40, 900
MARK_RADIUS = 24
LINES = (("TEST", 56, 76), ("collega", 30, 138), ("no patient", 20, 176))
# As most scanners of the country write it: a name beyond ASCII shows whether the PACS keeps it.
CHARACTER_SET = "ISO_IR 100"
SERIES_DESCRIPTION = "TEST collega: source image, no patient"
STUDY_DESCRIPTION = "TEST collega acceptance, no patient"


def test_image(*, run: str, patient_id: str, patient_name: str, accession_number: str, at: datetime) -> Dataset:
    """One slice of a study of the test patient.

    Parameters
    ----------
    run : str
        Key of the run; all UIDs follow from it.
    at : datetime
        Moment of the study, in the zone of the site.
    """
    image = Dataset()
    image.SpecificCharacterSet = CHARACTER_SET
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, acceptance_uid(run, "image")
    image.PatientName, image.PatientID = patient_name, patient_id
    image.PatientBirthDate, image.PatientSex = "19000101", "O"
    image.StudyInstanceUID = acceptance_uid(run, "study")
    image.SeriesInstanceUID = acceptance_uid(run, "image series")
    for prefix in ("Study", "Series", "Acquisition", "Content"):
        setattr(image, f"{prefix}Date", da(at))
        setattr(image, f"{prefix}Time", tm(at))
    image.AccessionNumber = image.StudyID = accession_number
    image.ReferringPhysicianName = None
    image.StudyDescription, image.SeriesDescription = STUDY_DESCRIPTION, SERIES_DESCRIPTION
    image.Modality, image.SeriesNumber, image.InstanceNumber, image.AcquisitionNumber = "CT", 1, 1, 1
    image.Manufacturer, image.ManufacturerModelName = PLATFORM.vendor, "Acceptance test"
    image.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
    image.KVP = None
    image.BurnedInAnnotation, image.BodyPartExamined = "NO", "WHOLEBODY"
    _add_place(image, run)
    _add_pixels(image, picture())
    explicit_little_endian(image)
    return image


def picture() -> NDArray[np.int16]:
    """Hounsfield units (rows, columns) of the slice."""
    canvas = Image.new("L", (SIZE, SIZE), 0)
    pen = ImageDraw.Draw(canvas)
    pen.fontmode = "1"  # no shades between the three levels
    pen.ellipse((8, 8, SIZE - 8, SIZE - 8), fill=1)
    face = (files("collega.formats") / "fonts" / "Roboto-Bold.ttf").read_bytes()
    for words, size, top in LINES:
        font = ImageFont.truetype(BytesIO(face), size, layout_engine=ImageFont.Layout.BASIC)
        pen.text(((SIZE - font.getlength(words)) / 2, top), words, font=font, fill=2)
    levels = np.array([AIR, DISC, LETTERS], dtype=np.int16)
    hounsfield: NDArray[np.int16] = levels[np.asarray(canvas)]
    return hounsfield


def mark() -> NDArray[np.bool_]:
    """Mask (planes, rows, columns) of a round mark above the words."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    inside: NDArray[np.bool_] = ((rows - 46) ** 2 + (columns - SIZE // 2) ** 2 <= MARK_RADIUS**2)[np.newaxis]
    return inside


def _add_place(image: Dataset, run: str) -> None:
    """Frame of Reference and Image Plane (PS3.3 C.7.4.1, C.7.6.2)."""
    image.FrameOfReferenceUID = acceptance_uid(run, "space")
    image.PositionReferenceIndicator = None
    image.PatientPosition = "HFS"
    image.PixelSpacing, image.SliceThickness = [SPACING_MM, SPACING_MM], THICKNESS_MM
    image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    image.ImagePositionPatient = [-SIZE / 2, -SIZE / 2, 0]


def _add_pixels(image: Dataset, hounsfield: NDArray[np.int16]) -> None:
    """Image Pixel and CT Image (C.7.6.3, C.8.2.1) with a window that shows disc and letters."""
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.Rows, image.Columns = hounsfield.shape
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 12, 11, 0
    image.RescaleIntercept, image.RescaleSlope, image.RescaleType = -1024, 1, "HU"
    image.WindowCenter, image.WindowWidth = 300, 1400
    image.PixelData = (hounsfield + 1024).astype("<u2").tobytes()
