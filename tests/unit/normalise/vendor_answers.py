"""A vendor's answers about one film: reports made with the standard's templates, and JSON."""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
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
from pydicom import dcmread
from pydicom.dataset import Dataset

from collega.errors import QuarantineError
from collega.formats.dicom_study import read_header
from collega.formats.dicom_write import encode
from collega.model.ids import stable_uid
from collega.model.results import ResultsSpec
from collega.normalise.asked import Asked
from collega.normalise.conclude import read_answer
from collega.normalise.vendor import Reading
from collega.testing import records

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
    if change is None:
        return encode(document)
    plain = dcmread(BytesIO(encode(document)))
    change(plain)
    return encode(plain)


def lay(folder: Path, **contents: bytes) -> Path:
    """Lay files into the output folder of an attempt; ``__`` in a name stands for a dot."""
    for name, content in contents.items():
        file = folder / ("dicom" if name.endswith("dcm") else "") / name.replace("__", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


class Box:
    """The folder of an attempt on the images of one study, read as the step does."""

    def __init__(self, images: Sequence[Dataset], folder: Path) -> None:
        self.images, self.film, self.folder = images, images[0], folder / "out"
        self.headers = [read_header(encode(image), ZoneInfo("Europe/Amsterdam")) for image in images]
        self._files = folder / "in"
        self._files.mkdir()

    def asked(self, spec: ResultsSpec | None = RESTATES, **values: Any) -> Asked:
        files = {header.sop_instance_uid: self._files / f"{place}.dcm" for place, header in enumerate(self.headers)}
        for image, file in zip(self.images, files.values(), strict=True):
            if not file.exists():
                file.write_bytes(encode(image))
        return Asked(
            study=records.study(self.headers[0]),
            manifest=records.manifest(results=spec, **values),
            inputs={header.sop_instance_uid: records.instance(header) for header in self.headers},
            files=files,
        )

    def read(self, spec: ResultsSpec | None = RESTATES, **values: Any) -> Reading:
        return read_answer(self.folder, self.asked(spec, **values))

    def refused(self, spec: ResultsSpec | None = RESTATES, **values: Any) -> str:
        """Code of the quarantine."""
        with pytest.raises(QuarantineError) as error:
            self.read(spec, **values)
        return error.value.code

    def gets(self, **contents: bytes) -> "Box":
        lay(self.folder, **contents)
        return self

    def answers(self, *groups: Any, **report_values: Any) -> "Box":
        return self.gets(sr__dcm=report(self.film, *groups, **report_values))
