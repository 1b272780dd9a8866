"""A vendor's answers about one film: reports made with the standard's templates, and JSON."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from highdicom.sr import (
    CodedConcept,
    Comprehensive3DSR,
    DeviceObserverIdentifyingAttributes,
    FindingSite,
    ImageRegion,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    SourceImageForMeasurementGroup,
    SourceImageForRegion,
    TrackingIdentifier,
)
from pydicom.dataset import Dataset

from collega.formats.dicom_write import encode
from collega.model.ids import stable_uid
from collega.model.results import ResultsSpec

PRESENCE = ("705057003", "SCT", "Presence")
PRESENT, ABSENT = ("52101004", "SCT", "Present"), ("272519000", "SCT", "Absent")
PNEUMONIA, NODULE = ("233604007", "SCT", "Pneumonia"), ("27925004", "SCT", "Nodule")
CERTAINTY = ("111012", "DCM", "Certainty of Finding")
RESTATES = ResultsSpec(restates=True)


def coded(triple: tuple[str, str, str]) -> CodedConcept:
    return CodedConcept(*triple)


def parts(finding: tuple[str, str, str], lesion: str) -> dict[str, Any]:
    uid = stable_uid("vendor", lesion)
    return {"finding_type": coded(finding), "tracking_identifier": TrackingIdentifier(uid=uid, identifier=lesion)}


def group(
    film: Dataset,
    finding: tuple[str, str, str] = PNEUMONIA,
    word: tuple[str, str, str] | None = PRESENT,
    *,
    name: tuple[str, str, str] = PRESENCE,
    number: float | None = None,
    lesion: str = "1",
    site: tuple[str, str, str] | None = None,
) -> MeasurementsAndQualitativeEvaluations:
    """One measurement group without a place (TID 1501)."""
    percent = CodedConcept("%", "UCUM", "Percent")
    return MeasurementsAndQualitativeEvaluations(
        **parts(finding, lesion),
        finding_sites=[FindingSite(anatomic_location=coded(site))] if site else None,
        measurements=[Measurement(name=coded(CERTAINTY), value=number, unit=percent)] if number is not None else None,
        qualitative_evaluations=[QualitativeEvaluation(name=coded(name), value=coded(word))] if word else None,
        source_images=[SourceImageForMeasurementGroup(film.SOPClassUID, film.SOPInstanceUID)],
    )


def place(
    film: Dataset,
    points: Sequence[Sequence[float]],
    graphic: str = "POLYLINE",
    finding: tuple[str, str, str] = PNEUMONIA,
    lesion: str = "1",
) -> PlanarROIMeasurementsAndQualitativeEvaluations:
    """One measurement group with a place in an image (TID 1410)."""
    source = SourceImageForRegion(film.SOPClassUID, film.SOPInstanceUID)
    region = ImageRegion(graphic_type=graphic, graphic_data=np.array(points, dtype=float), source_image=source)
    return PlanarROIMeasurementsAndQualitativeEvaluations(**parts(finding, lesion), referenced_region=region)


def report(film: Dataset, *groups: Any, change: Callable[[Dataset], None] | None = None) -> bytes:
    """Comprehensive 3D SR by TID 1500, as a vendor writes it."""
    observer = ObserverContext(
        observer_type=CodedConcept("121007", "DCM", "Device"),
        observer_identifying_attributes=DeviceObserverIdentifyingAttributes(uid="1.2.3", name="box"),
    )
    content = MeasurementReport(
        observation_context=ObservationContext(observer_device_context=observer),
        procedure_reported=CodedConcept("363679005", "SCT", "Imaging procedure"),
        imaging_measurements=list(groups),
    )
    document = Comprehensive3DSR(
        evidence=[film],
        content=content[0],
        series_number=1,
        series_instance_uid="1.2.3.1",
        sop_instance_uid="1.2.3.1.1",
        instance_number=1,
        manufacturer="Box",
    )
    if change:
        change(document)
    return encode(document)


def lay(folder: Path, **contents: bytes) -> Path:
    """Lay files into the output folder of an attempt; ``__`` in a name stands for a dot."""
    for name, content in contents.items():
        file = folder / ("dicom" if name.endswith("dcm") else "") / name.replace("__", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder
