"""A Comprehensive 3D SR around a content tree by TID 1500 (PS3.16 Imaging Measurement Report)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from highdicom.sr import (
    LanguageOfContentItemAndDescendants,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    PlanarROIMeasurementsAndQualitativeEvaluations,
)
from highdicom.sr.value_types import ContainerContentItem
from pydicom.dataset import Dataset
from pydicom.uid import Comprehensive3DSRStorage

from collega.formats.dicom_codes import (
    IMAGE_LIBRARY,
    IMAGE_LIBRARY_GROUP,
    IMAGING_PROCEDURE,
    LANGUAGES,
    MODALITIES,
    MODALITY,
    PRIVATE_SCHEME,
    PROCEDURES,
    REPORT_TITLE,
)
from collega.formats.dicom_header import explicit_little_endian, finish
from collega.formats.dicom_references import hierarchy, reference_of
from collega.formats.sr_items import CONTEXT, code_item, coded, container, image_item
from collega.formats.sr_observer import observer
from collega.model.result import AppIdentity, ObjectIdentity

Group: TypeAlias = MeasurementsAndQualitativeEvaluations | PlanarROIMeasurementsAndQualitativeEvaluations


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """Who says it, in which object, about which images."""

    app: AppIdentity
    identity: ObjectIdentity
    sources: Sequence[Dataset]


def document(frame: Frame, groups: Sequence[Group]) -> Dataset:
    """Preliminary, unverified, complete document with one measurement group for each of ``groups``."""
    dataset = Dataset()
    for element in _content(frame, groups)[0]:
        dataset.add(element)
    dataset.SOPClassUID = Comprehensive3DSRStorage
    dataset.Modality = "SR"
    _add_general(dataset, frame)
    finish(dataset, app=frame.app, identity=frame.identity, sources=frame.sources)
    explicit_little_endian(dataset)
    return dataset


def _add_general(dataset: Dataset, frame: Frame) -> None:
    """SR Document General (PS3.3 C.17.2)."""
    dataset.CompletionFlag = "COMPLETE"
    dataset.VerificationFlag = "UNVERIFIED"
    dataset.PreliminaryFlag = "PRELIMINARY"
    dataset.CurrentRequestedProcedureEvidenceSequence = hierarchy(map(reference_of, frame.sources))
    dataset.PerformedProcedureCodeSequence = []
    dataset.ReferencedPerformedProcedureStepSequence = []
    if frame.identity.predecessor is not None:
        dataset.PredecessorDocumentsSequence = hierarchy([frame.identity.predecessor])
    dataset.CodingSchemeIdentificationSequence = [_private_scheme()]


def _private_scheme() -> Dataset:
    """Coding Scheme Identification of our own codes (C.12.1.1.1)."""
    item = Dataset()
    item.CodingSchemeDesignator = PRIVATE_SCHEME
    item.CodingSchemeName = "Codes of the collega platform"
    item.CodingSchemeResponsibleOrganization = "collega"
    return item


def _content(frame: Frame, groups: Sequence[Group]) -> MeasurementReport:
    """Content tree: language, observer, procedure, image library, groups."""
    modality = str(frame.sources[0].get("Modality") or "")
    report = MeasurementReport(
        title=coded(REPORT_TITLE),
        observation_context=ObservationContext(observer_device_context=observer(frame.app, frame.identity.language)),
        procedure_reported=coded(PROCEDURES.get(modality, IMAGING_PROCEDURE)),
        language_of_content_item_and_descendants=LanguageOfContentItemAndDescendants(
            coded(LANGUAGES.get(frame.identity.language, LANGUAGES["en"]))
        ),
        imaging_measurements=groups,
    )
    items = report[0].ContentSequence
    items.insert(len(items) - 1, _image_library(frame.sources, modality))
    return report


def _image_library(sources: Sequence[Dataset], modality: str) -> ContainerContentItem:
    """Image Library (TID 1600): what was analysed, described once for the group."""
    shared = [code_item(MODALITY, MODALITIES[modality], CONTEXT)] if modality in MODALITIES else []
    return container(IMAGE_LIBRARY, [container(IMAGE_LIBRARY_GROUP, [*shared, *map(image_item, sources)])])
