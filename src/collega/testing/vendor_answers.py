"""What a simulated box answers: objects as vendors send them, with nothing behind them.

They keep PS3.3 as far as a reader needs it. The maker's name says simulator; UIDs are new each time.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
PRESENTATION_STATE = "1.2.840.10008.5.1.4.1.1.11.1"
STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
MAKER, MODEL = "Vendor simulator", "Simulated box"
ABOUT_THE_STUDY = (
    *("SpecificCharacterSet", "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex"),
    *("StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName"),
    "StudyDescription",
)
# The smallest document that a reader shows: one empty page.
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)

PNEUMONIA = ("233604007", "SCT", "Pneumonia")


def report(
    images: Sequence[Dataset],
    *,
    present: bool = True,
    score: float = 87.5,
    concept: tuple[str, str, str] = PNEUMONIA,
) -> Dataset:
    """Comprehensive SR after TID 1500: one measurement group with a finding, a score, and every image.

    ``concept``: code value, coding scheme and meaning of the finding.
    """
    made = _begin(images, COMPREHENSIVE_SR, "SR", "Simulated report")
    made.CompletionFlag, made.VerificationFlag, made.ValueType = "COMPLETE", "UNVERIFIED", "CONTAINER"
    made.ContinuityOfContent = "SEPARATE"
    made.ConceptNameCodeSequence = [code("126000", "DCM", "Imaging Measurement Report")]
    made.ContentTemplateSequence = [Dataset()]
    made.ContentTemplateSequence[0].MappingResource, made.ContentTemplateSequence[0].TemplateIdentifier = "DCMR", "1500"
    made.PerformedProcedureCodeSequence = []
    made.CurrentRequestedProcedureEvidenceSequence = evidence(images)
    finding = _coded("121071", "Finding", code(*concept))
    meaning = code("52101004" if present else "272519000", "SCT", "Present" if present else "Absent")
    verdict = _coded("278977008", "Presence", meaning, scheme="SCT")
    group = _container("125007", "Measurement Group", [finding, verdict, _number(score), *map(_image, images)])
    made.ContentSequence = [_container("126010", "Imaging Measurements", [group])]
    return made


def capture(images: Sequence[Dataset]) -> Dataset:
    """Secondary capture: a grey square that refers to the first image."""
    made = _begin(images, SECONDARY_CAPTURE, "OT", "Simulated picture")
    made.ConversionType, made.SamplesPerPixel, made.PhotometricInterpretation = "WSD", 1, "MONOCHROME2"
    made.Rows = made.Columns = 64
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation, made.BurnedInAnnotation = 7, 0, "NO"
    made.SourceImageSequence = [referred(images[0])]
    made.PixelData = bytes([128]) * 4096
    made["PixelData"].VR = "OB"
    return made


def segmentation(images: Sequence[Dataset]) -> Dataset:
    """Binary segmentation: a square in the middle of the first image."""
    source = images[0]
    made = _begin(images, SEGMENTATION, "SEG", "Simulated segmentation")
    made.ImageType, made.ContentLabel, made.SegmentationType = ["DERIVED", "PRIMARY"], "SIMULATED", "BINARY"
    made.Rows, made.Columns, made.NumberOfFrames = source.Rows, source.Columns, 1
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PixelRepresentation = 1, "MONOCHROME2", 0
    made.BitsAllocated, made.BitsStored, made.HighBit = 1, 1, 0
    segment = Dataset()
    segment.SegmentNumber, segment.SegmentLabel, segment.SegmentAlgorithmType = 1, "Simulated", "AUTOMATIC"
    segment.SegmentAlgorithmName = MODEL
    segment.SegmentedPropertyCategoryCodeSequence = [code("49755003", "SCT", "Morphologically Altered Structure")]
    segment.SegmentedPropertyTypeCodeSequence = [code("233604007", "SCT", "Pneumonia")]
    made.SegmentSequence = [segment]
    frame, derivation, identification = Dataset(), Dataset(), Dataset()
    derivation.SourceImageSequence = [referred(source)]
    identification.ReferencedSegmentNumber = 1
    frame.DerivationImageSequence, frame.SegmentIdentificationSequence = [derivation], [identification]
    made.PerFrameFunctionalGroupsSequence = [frame]
    made.ReferencedSeriesSequence = _series(images[:1])
    mask = np.zeros((source.Rows, source.Columns), bool)
    mask[source.Rows // 4 : source.Rows // 2, source.Columns // 4 : source.Columns // 2] = True
    made.PixelData = np.packbits(mask.ravel(), bitorder="little").tobytes()
    made["PixelData"].VR = "OB"
    return made


def presentation_state(images: Sequence[Dataset]) -> Dataset:
    """Grayscale presentation state with one circle on the first image (PS3.3 C.10.5)."""
    made = _begin(images, PRESENTATION_STATE, "PR", "Simulated marks")
    made.ContentLabel, made.PresentationLUTShape = "SIMULATED", "IDENTITY"
    made.PresentationCreationDate, made.PresentationCreationTime = made.ContentDate, made.ContentTime
    made.ReferencedSeriesSequence = _series(images[:1])
    circle, annotation = Dataset(), Dataset()
    circle.GraphicAnnotationUnits, circle.GraphicDimensions, circle.NumberOfGraphicPoints = "PIXEL", 2, 2
    circle.GraphicData, circle.GraphicType, circle.GraphicFilled = [100.0, 100.0, 100.0, 120.0], "CIRCLE", "N"
    annotation.GraphicLayer, annotation.ReferencedImageSequence = "AI", [referred(images[0])]
    annotation.GraphicObjectSequence = [circle]
    made.GraphicAnnotationSequence = [annotation]
    return made


def paper(images: Sequence[Dataset]) -> Dataset:
    """Make an encapsulated PDF of one empty page."""
    made = _begin(images, ENCAPSULATED_PDF, "DOC", "Simulated document")
    made.BurnedInAnnotation, made.DocumentTitle, made.MIMETypeOfEncapsulatedDocument = "NO", None, "application/pdf"
    made.ConceptNameCodeSequence = []
    made.EncapsulatedDocumentLength = len(PDF)
    made.EncapsulatedDocument = PDF + bytes(len(PDF) % 2)
    return made


def contours(images: Sequence[Dataset]) -> Dataset:
    """RT Structure Set with one region of interest of three points (PS3.3 C.8.8.5, C.8.8.6)."""
    made = _begin(images, STRUCTURE_SET, "RTSTRUCT", "Simulated contours")
    made.StructureSetLabel, made.StructureSetDate, made.StructureSetTime = "SIMULATED", made.ContentDate, "120000"
    named, drawn, line, meant = Dataset(), Dataset(), Dataset(), Dataset()
    named.ROINumber, named.ROIName, named.ROIGenerationAlgorithm = 1, "Simulated", "AUTOMATIC"
    named.ReferencedFrameOfReferenceUID = generate_uid()
    line.ContourImageSequence, line.ContourGeometricType = [referred(images[0])], "CLOSED_PLANAR"
    line.NumberOfContourPoints, line.ContourData = 3, [1.0, 1.0, 0.0, 9.0, 1.0, 0.0, 9.0, 9.0, 0.0]
    drawn.ReferencedROINumber, drawn.ContourSequence = 1, [line]
    meant.ObservationNumber, meant.ReferencedROINumber = 1, 1
    meant.RTROIInterpretedType, meant.ROIInterpreter = "", ""
    made.StructureSetROISequence, made.ROIContourSequence = [named], [drawn]
    made.RTROIObservationsSequence = [meant]
    return made


def everything(images: Sequence[Dataset]) -> list[Dataset]:
    """One object of each kind, the report first."""
    return [make(images) for make in (report, capture, segmentation, presentation_state, paper)]


# --------------------------------------------------------------------------- parts of objects


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Item of a code sequence (PS3.3 8.8)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def referred(image: Dataset) -> Dataset:
    """Item of a Referenced SOP Sequence."""
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    return item


def evidence(images: Iterable[Dataset]) -> list[Dataset]:
    """Hierarchical references to images of one study (C.17.2.1)."""
    images = list(images)
    study = Dataset()
    study.StudyInstanceUID = images[0].StudyInstanceUID
    study.ReferencedSeriesSequence = _series(images)
    return [study]


def _series(images: Sequence[Dataset]) -> list[Dataset]:
    found = []
    for uid in dict.fromkeys(str(image.SeriesInstanceUID) for image in images):
        series = Dataset()
        series.SeriesInstanceUID = uid
        series.ReferencedSOPSequence = [referred(image) for image in images if str(image.SeriesInstanceUID) == uid]
        found.append(series)
    return found


def _begin(images: Sequence[Dataset], sop_class: str, modality: str, description: str) -> Dataset:
    source, made, now = images[0], Dataset(), datetime.now(UTC)
    for keyword in ABOUT_THE_STUDY:
        if keyword in source:
            setattr(made, keyword, source[keyword].value)
    made.SOPClassUID, made.SOPInstanceUID, made.SeriesInstanceUID = sop_class, generate_uid(), generate_uid()
    made.Modality, made.SeriesNumber, made.InstanceNumber = modality, 900, 1
    made.SeriesDescription, made.Manufacturer, made.ManufacturerModelName = description, MAKER, MODEL
    made.SoftwareVersions, made.DeviceSerialNumber = "1.0", "0"
    made.ContentDate, made.ContentTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S.%f")
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID, made.file_meta.MediaStorageSOPInstanceUID = (
        UID(sop_class),
        made.SOPInstanceUID,
    )
    return made


def _container(value: str, meaning: str, content: Sequence[Dataset]) -> Dataset:
    item = _item("CONTAINER", "CONTAINS", code(value, "DCM", meaning))
    item.ContinuityOfContent, item.ContentSequence = "SEPARATE", list(content)
    return item


def _coded(value: str, meaning: str, concept: Dataset, *, scheme: str = "DCM") -> Dataset:
    item = _item("CODE", "CONTAINS", code(value, scheme, meaning))
    item.ConceptCodeSequence = [concept]
    return item


def _number(score: float) -> Dataset:
    item, measured = _item("NUM", "CONTAINS", code("score", "99VENDORSIM", "Score")), Dataset()
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = f"{score:.4f}", [code("1", "UCUM", "no units")]
    item.MeasuredValueSequence = [measured]
    return item


def _image(image: Dataset) -> Dataset:
    item = _item("IMAGE", "CONTAINS", code("121112", "DCM", "Source of Measurement"))
    item.ReferencedSOPSequence = [referred(image)]
    return item


def _item(value_type: str, relationship: str, concept: Dataset) -> Dataset:
    item = Dataset()
    item.ValueType, item.RelationshipType, item.ConceptNameCodeSequence = value_type, relationship, [concept]
    return item
