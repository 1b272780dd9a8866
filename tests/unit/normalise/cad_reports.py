"""CAD reports as their templates prescribe them (PS3.16 TID 4000 and below, TID 4100 and below), item by item."""

from collections.abc import Sequence

from pydicom.dataset import Dataset

from collega.formats.dicom_header import explicit_little_endian
from collega.formats.dicom_write import encode

MAMMOGRAPHY_SOP, CHEST_SOP = "1.2.840.10008.5.1.4.1.1.88.50", "1.2.840.10008.5.1.4.1.1.88.65"
Triple = tuple[str, str, str]

MASS: Triple = ("129788004", "SCT", "Mammographic mass")
OLD_MASS: Triple = ("F-01796", "SRT", "Mammography breast density")
CALCIFICATIONS: Triple = ("129769006", "SCT", "Calcification cluster")
REQUIRED: Triple = ("111150", "DCM", "Presentation Required: Rendering device is expected to present")
OPTIONAL: Triple = ("111151", "DCM", "Presentation Optional: Rendering device may present")
NOT_SHOWN: Triple = ("111152", "DCM", "Not for Presentation: Rendering device expected not to present")
ALL_WITHOUT: Triple = ("111241", "DCM", "All algorithms succeeded; without findings")
ALL_WITH: Triple = ("111242", "DCM", "All algorithms succeeded; with findings")
SOME_WITHOUT: Triple = ("111243", "DCM", "Not all algorithms succeeded; without findings")
NONE: Triple = ("111245", "DCM", "No algorithms succeeded; without findings")


def code(triple: Triple) -> list[Dataset]:
    made = Dataset()
    made.CodeValue, made.CodingSchemeDesignator, made.CodeMeaning = triple
    return [made]


def item(kind: str, name: Triple | None, *below: Dataset, how: str = "CONTAINS") -> Dataset:
    """Make a content item; values are set by the caller."""
    made = Dataset()
    made.ValueType = kind
    made.RelationshipType = how
    if name:
        made.ConceptNameCodeSequence = code(name)
    if kind == "CONTAINER":
        made.ContinuityOfContent = "SEPARATE"
    if below:
        made.ContentSequence = list(below)
    return made


def coded(name: Triple, value: Triple, *below: Dataset, how: str = "CONTAINS") -> Dataset:
    made = item("CODE", name, *below, how=how)
    made.ConceptCodeSequence = code(value)
    return made


def number(name: Triple, value: str, unit: Triple) -> Dataset:
    made = item("NUM", name, how="HAS PROPERTIES")
    measured = Dataset()
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = value, code(unit)
    made.MeasuredValueSequence = [measured]
    return made


def image(source: Dataset, name: Triple | None = None, how: str = "CONTAINS") -> Dataset:
    made = item("IMAGE", name, how=how)
    reference = Dataset()
    reference.ReferencedSOPClassUID = source.SOPClassUID
    reference.ReferencedSOPInstanceUID = source.SOPInstanceUID
    made.ReferencedSOPSequence = [reference]
    return made


def by_reference(*places: int) -> Dataset:
    """Point at another item, as CAD reports name their images (PS3.3 C.17.3.2.5)."""
    made = Dataset()
    made.RelationshipType = "SELECTED FROM"
    made.ReferencedContentItemIdentifier = list(places)
    return made


def drawn(name: Triple, graphic: str, points: Sequence[float], target: Dataset) -> Dataset:
    made = item("SCOORD", name, target, how="HAS PROPERTIES")
    made.GraphicType, made.GraphicData = graphic, list(points)
    return made


def finding(what: Triple, intent: Triple = REQUIRED, certainty: str = "", *, target: Dataset | None = None) -> Dataset:
    """Single Image Finding (TID 4006; TID 4107): what, whether it is to be shown, how certain, where."""
    target = target or by_reference(1, 1, 1)
    below = [
        coded(("111056", "DCM", "Rendering Intent"), intent, how="HAS CONCEPT MOD"),
        drawn(("111010", "DCM", "Center"), "POINT", [40.0, 50.0], target),
        drawn(("111041", "DCM", "Outline"), "POLYLINE", [30.0, 40.0, 50.0, 40.0, 50.0, 60.0], by_reference(1, 1, 1)),
    ]
    if certainty:
        below.append(number(("111012", "DCM", "Certainty of Finding"), certainty, ("%", "UCUM", "Percent")))
    return coded(("111059", "DCM", "Single Image Finding"), what, *below)


def cad_report(
    source: Dataset,
    *findings: Dataset,
    summary: Triple = ALL_WITH,
    searched: Sequence[Triple] = (MASS,),
    chest: bool = False,
) -> bytes:
    """Mammography CAD or Chest CAD document root (TID 4000, TID 4100)."""
    title = ("112000", "DCM", "Chest CAD Report") if chest else ("111036", "DCM", "Mammography CAD Report")
    summary_name = ("111017", "DCM", "CAD Processing and Findings Summary")
    impression = item("CONTAINER", ("111034", "DCM", "Individual Impression/Recommendation"), *findings)
    detected = [coded(("111022", "DCM", "Detection Performed"), what, how="CONTAINS") for what in searched]
    successful = item("CONTAINER", ("111063", "DCM", "Successful Detections"), *detected, how="INFERRED FROM")
    root = item(
        "CONTAINER",
        title,
        item("CONTAINER", ("111028", "DCM", "Image Library"), image(source)),
        coded(summary_name, summary, *([impression] if findings else [])),
        coded(("111064", "DCM", "Summary of Detections"), ("111222", "DCM", "Succeeded"), successful),
    )
    del root.RelationshipType
    root.SOPClassUID, root.SOPInstanceUID = CHEST_SOP if chest else MAMMOGRAPHY_SOP, "1.2.3.4.5"
    root.SeriesInstanceUID, root.StudyInstanceUID = "1.2.3.4", source.StudyInstanceUID
    root.PatientID, root.PatientName, root.SpecificCharacterSet = source.PatientID, "Café^Zoë", "ISO_IR 100"
    root.Modality, root.CompletionFlag, root.VerificationFlag = "SR", "COMPLETE", "UNVERIFIED"
    explicit_little_endian(root)
    return encode(root)
