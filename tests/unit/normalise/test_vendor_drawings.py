"""What is drawn: segmentations of every type, contours in the patient's space, presentation states; what is kept."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from highdicom.seg import Segmentation, SegmentDescription
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code as PydicomCode

from collega.formats.dicom_header import explicit_little_endian
from collega.formats.dicom_write import encode
from collega.model.finding import Evaluation, RegionKind
from collega.model.results import ScoreConcept, Silence, VendorCode
from collega.normalise.checks import read_mask
from collega.testing.synthetic import ct_series
from tests.unit.normalise.vendor_answers import CERTAINTY, RESTATES, Box, group, report

SIZE = 32
PNEUMONIA = PydicomCode("233604007", "SCT", "Pneumonia")
LABELLED = replace(RESTATES, codes=(VendorCode(finding="pneumonia", label="Lesion*"),))
PDF, CAPTURE = "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.7"


@pytest.fixture(scope="module")
def slices() -> list[Dataset]:
    return ct_series(11, slices=4, size=SIZE)


@pytest.fixture
def box(slices: list[Dataset], tmp_path: Path) -> Box:
    return Box(slices, tmp_path)


def marked() -> np.ndarray[Any, Any]:
    mask = np.zeros((4, SIZE, SIZE), dtype=np.uint8)
    mask[1, 4:8, 10:20] = mask[2, 5:7, 11:15] = 1
    return mask


def seg(slices: list[Dataset], pixels: np.ndarray[Any, Any], kind: str = "BINARY", **values: Any) -> Dataset:
    """Segmentation as highdicom writes it for others."""
    return Segmentation(
        source_images=slices,
        pixel_array=pixels,
        segmentation_type=kind,
        segment_descriptions=[
            SegmentDescription(
                segment_number=1,
                segment_label="Lesion 1",
                segmented_property_category=PydicomCode("49755003", "SCT", "Morphologically Abnormal Structure"),
                segmented_property_type=PNEUMONIA,
                algorithm_type="MANUAL",
            )
        ],
        series_instance_uid="1.2.3",
        series_number=1,
        sop_instance_uid="1.2.3.4",
        instance_number=1,
        manufacturer="Box",
        manufacturer_model_name="Box",
        software_versions="1",
        device_serial_number="1",
        **values,
    )


@pytest.mark.shows("R5")
@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_a_segment_is_a_mask_on_the_images_it_names(box: Box, slices: list[Dataset], kind: str) -> None:
    pixels = marked()
    if kind == "FRACTIONAL":
        pixels = np.where(pixels == 1, 0.8, 0.3)
    box.gets(seg__dcm=encode(seg(slices, pixels, kind)))
    result = box.read().result
    (segment,) = result.segments
    assert result.findings[0].evaluation is Evaluation.PRESENT
    assert segment.images == (slices[1].SOPInstanceUID, slices[2].SOPInstanceUID)
    assert np.array_equal(read_mask(box.folder / segment.file), marked()[1:3] == 1)


def without_sources(dataset: Dataset) -> None:
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        del frame.DerivationImageSequence


def test_a_segment_that_names_no_image_lies_where_its_planes_lie(box: Box, slices: list[Dataset]) -> None:
    made = seg(slices, marked())
    without_sources(made)
    (segment,) = box.gets(seg__dcm=encode(made)).read().result.segments
    assert segment.images == (slices[1].SOPInstanceUID, slices[2].SOPInstanceUID)


def elsewhere(dataset: Dataset) -> None:
    without_sources(dataset)
    dataset.FrameOfReferenceUID = "1.2.3.99"


def too_few_frames(dataset: Dataset) -> None:
    del dataset.PerFrameFunctionalGroupsSequence[0]


def no_such_segment(dataset: Dataset) -> None:
    dataset.SharedFunctionalGroupsSequence[0].SegmentIdentificationSequence[0].ReferencedSegmentNumber = 7


def unknown_image(dataset: Dataset) -> None:
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID = "1.2.3.98"


def cut_short(dataset: Dataset) -> None:
    dataset.PixelData = dataset.PixelData[:10]


def other_study(dataset: Dataset) -> None:
    dataset.StudyInstanceUID = "1.2.3.97"


def other_patient(dataset: Dataset) -> None:
    dataset.PatientID = "somebody else"


@pytest.mark.shows("R25")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (elsewhere, "geometry"),
        (too_few_frames, "mask"),
        (no_such_segment, "mask"),
        (unknown_image, "unknown-image"),
        (cut_short, "mask"),
        (other_study, "wrong-study"),
        (other_patient, "changed-identity"),
    ],
)
def test_a_wrong_segmentation_is_set_apart(
    box: Box, slices: list[Dataset], change: Callable[[Dataset], None], code: str
) -> None:
    # highdicom lends the elements of the images to the segmentation.
    made = deepcopy(seg(slices, marked(), omit_empty_frames=False))
    change(made)
    assert box.gets(seg__dcm=encode(made)).refused() == code


def test_a_segment_that_marks_nothing_says_nothing(box: Box, slices: list[Dataset]) -> None:
    empty = seg(slices, np.zeros((4, SIZE, SIZE), dtype=np.uint8), omit_empty_frames=False)
    result = box.gets(seg__dcm=encode(empty)).read().result
    assert (result.findings[0].evaluation, result.segments) == (Evaluation.UNDETERMINED, ())


def test_a_segment_with_other_pixels_is_kept_as_it_came(box: Box) -> None:
    finer = ct_series(11, slices=4, size=2 * SIZE)
    mask = np.zeros((4, 2 * SIZE, 2 * SIZE), dtype=np.uint8)
    mask[1, 4:8, 10:20] = 1
    reading = box.gets(seg__dcm=encode(seg(finer, mask))).read()
    assert reading.result.findings[0].evaluation is Evaluation.PRESENT
    assert reading.result.segments == ()
    assert "other pixels" in reading.unread[0]


@pytest.mark.shows("R5")
def test_a_drawing_does_not_overrule_a_number_below_the_threshold(box: Box, slices: list[Dataset]) -> None:
    spec = replace(RESTATES, score=ScoreConcept(concept=(CERTAINTY[1], CERTAINTY[0]), scale=0.01))
    sure = report(slices[1], group(slices[1], word=None, number=40.0))
    result = box.gets(seg__dcm=encode(seg(slices, marked())), sr__dcm=sure).read(spec).result
    assert (result.findings[0].evaluation, result.segments) == (Evaluation.ABSENT, ())


def contours(image: Dataset, name: str = "Lesion 1", *, offset_mm: float = 0.0, frame: str = "") -> bytes:
    """RT Structure Set with one square contour of 4 by 4 pixels around pixel (10, 20) of an image."""
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.481.3", "1.2.3.5"
    made.SeriesInstanceUID, made.StudyInstanceUID = "1.2.3", image.StudyInstanceUID
    made.PatientID, made.PatientName, made.Modality = image.PatientID, "", "RTSTRUCT"
    made.StructureSetROISequence = [roi := Dataset()]
    roi.ROINumber, roi.ROIName = 1, name
    roi.ReferencedFrameOfReferenceUID = frame or image.FrameOfReferenceUID
    made.ROIContourSequence = [lines := Dataset()]
    lines.ReferencedROINumber, lines.ContourSequence = 1, [line := Dataset()]
    x, y, z = (float(value) for value in image.ImagePositionPatient)
    down, across = (float(value) for value in image.PixelSpacing)
    corners = [(8, 18), (12, 18), (12, 22), (8, 22)]
    # Corners of pixels: half a pixel before the middle of the pixel of that number.
    line.ContourData = [
        value for c, r in corners for value in (x + (c - 0.5) * across, y + (r - 0.5) * down, z + offset_mm)
    ]
    line.ContourGeometricType, line.NumberOfContourPoints = "CLOSED_PLANAR", 4
    explicit_little_endian(made)
    return encode(made)


@pytest.mark.shows("R5")
def test_a_contour_of_the_patient_is_placed_on_its_image(box: Box, slices: list[Dataset]) -> None:
    reading = box.gets(rt__dcm=contours(slices[2])).read(LABELLED)
    (region,) = reading.result.findings[0].regions
    assert (region.kind, region.image) == (RegionKind.BOX, slices[2].SOPInstanceUID)
    assert np.allclose(region.points, [(8, 18), (12, 22)])


def test_a_contour_between_images_is_no_place_on_one(box: Box, slices: list[Dataset]) -> None:
    thick = float(slices[0].SliceThickness)
    reading = box.gets(rt__dcm=contours(slices[3], offset_mm=-5 * thick)).read(LABELLED)
    assert reading.result.findings[0].regions == ()
    assert "lies on no image" in reading.unread[0]
    assert box.gets(rt__dcm=contours(slices[3], frame="1.2.3.96")).refused(LABELLED) == "geometry"


def test_a_structure_that_is_not_promised_is_kept_and_no_finding(box: Box, slices: list[Dataset]) -> None:
    reading = box.gets(rt__dcm=contours(slices[2], "Spinal cord")).read(LABELLED)
    assert reading.result.findings[0].evaluation is Evaluation.UNDETERMINED
    assert reading.unread == ("dicom/rt.dcm: Spinal cord",)
    assert [item.kind for item in reading.result.attachments] == ["contours"]


def presentation(image: Dataset, units: str = "PIXEL") -> bytes:
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.11.1", "1.2.3.6"
    made.SeriesInstanceUID, made.StudyInstanceUID = "1.2.3", image.StudyInstanceUID
    made.PatientID, made.Modality, made.ContentLabel = image.PatientID, "PR", "FINDINGS"
    made.GraphicAnnotationSequence = [annotation := Dataset()]
    annotation.ReferencedImageSequence = [reference := Dataset()]
    reference.ReferencedSOPClassUID = image.SOPClassUID
    reference.ReferencedSOPInstanceUID = image.SOPInstanceUID
    annotation.GraphicLayer = "LAYER1"
    annotation.GraphicObjectSequence = [circle := Dataset()]
    circle.GraphicAnnotationUnits, circle.GraphicDimensions, circle.NumberOfGraphicPoints = units, 2, 2
    circle.GraphicType, circle.GraphicFilled, circle.GraphicData = "CIRCLE", "N", [16.0, 16.0, 20.0, 16.0]
    annotation.TextObjectSequence = [text := Dataset()]
    text.UnformattedTextValue = "Lesion 12 mm"
    explicit_little_endian(made)
    return encode(made)


@pytest.mark.shows("R5")
def test_what_is_drawn_over_an_image_is_a_region(box: Box, slices: list[Dataset]) -> None:
    (region,) = box.gets(pr__dcm=presentation(slices[0])).read(LABELLED).result.findings[0].regions
    distances = np.linalg.norm(np.array(region.points) - 16, axis=1)
    assert (region.kind, region.image) == (RegionKind.POLYGON, slices[0].SOPInstanceUID)
    assert np.allclose(distances, 4)
    result = box.gets(pr__dcm=presentation(slices[0], "DISPLAY")).read(LABELLED).result
    assert (result.findings[0].regions, result.findings[0].evaluation) == ((), Evaluation.UNDETERMINED)


def flat(image: Dataset, sop_class: str, title: str) -> bytes:
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = sop_class, "1.2.3.7"
    made.SeriesInstanceUID, made.StudyInstanceUID = "1.2.3", image.StudyInstanceUID
    made.PatientID, made.SeriesDescription, made.SpecificCharacterSet = image.PatientID, title, "ISO_IR 100"
    explicit_little_endian(made)
    return encode(made)


@pytest.mark.shows("R5")
@pytest.mark.parametrize(("sop_class", "kind"), [(CAPTURE, "secondary-capture"), (PDF, "document")])
def test_pictures_and_documents_are_kept_and_never_interpreted(
    box: Box, slices: list[Dataset], sop_class: str, kind: str
) -> None:
    spec = replace(RESTATES, silence=Silence.ABSENT)
    result = box.gets(any__dcm=flat(slices[0], sop_class, "Geen afwijkingen: café")).read(spec).result
    (kept,) = result.attachments
    assert (kept.kind, kept.file, kept.title) == (kind, "dicom/any.dcm", "Geen afwijkingen: café")
    # Silence is absence only where the app has said anything that can be read.
    assert result.findings[0].evaluation is Evaluation.UNDETERMINED


def test_files_are_kept(box: Box) -> None:
    (box.folder / "files").mkdir(parents=True)
    (box.folder / "files" / "report.pdf").write_bytes(b"%PDF-1.4")
    (kept,) = box.read().result.attachments
    assert (kept.kind, kept.file) == ("pdf", "files/report.pdf")


def test_an_answer_that_no_table_says_how_to_read_is_set_apart(box: Box, slices: list[Dataset]) -> None:
    assert box.gets(any__dcm=flat(slices[0], PDF, "x")).refused(None) == "no-results-table"
    assert box.gets(any__dcm=b"<html></html>").refused() == "not-dicom"
