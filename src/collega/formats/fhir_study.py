"""FHIR R4 ImagingStudy: a study as it was received here. collega is no archive: where images are kept is not said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from collega.formats.dicom_codes import MODALITIES
from collega.formats.fhir_parts import (
    ABSENT_REASON,
    DICOM_UID,
    Frame,
    Part,
    accession,
    coding,
    instant,
    order,
    reference,
    resource,
    text,
)
from collega.formats.fhir_search import Kind
from collega.model.code import Code
from collega.model.study import StudyState


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesPart:
    """One series, and how many objects of it have come."""

    series_instance_uid: str
    modality: str
    description: str
    instances: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyPart:
    """One study, with the key of its patient."""

    key: str
    patient_key: str
    study_instance_uid: str
    accession_number: str
    description: str
    study_at: datetime | None
    state: StudyState
    are_images_removed: bool
    changed_at: datetime
    series: tuple[SeriesPart, ...] = ()


# R4 ImagingStudy.status; what was removed by rule is here no more, and elsewhere nobody has looked.
STATUS: Mapping[tuple[StudyState, bool], str] = {
    (StudyState.RECEIVING, False): "registered",
    (StudyState.COMPLETE, False): "available",
    (StudyState.ROUTED, False): "available",
    (StudyState.RECEIVING, True): "unknown",
    (StudyState.COMPLETE, True): "unknown",
    (StudyState.ROUTED, True): "unknown",
}


def imaging_study(study: StudyPart, frame: Frame) -> Part:
    """Write an ImagingStudy."""
    modalities = sorted({item.modality for item in study.series if text(item.modality)})
    return resource(
        Kind.IMAGING_STUDY,
        study.key,
        study.changed_at,
        identifier=[
            {"system": DICOM_UID, "value": f"urn:oid:{text(study.study_instance_uid)}"},
            accession(study.accession_number, frame),
        ],
        status=STATUS[study.state, study.are_images_removed],
        modality=[_modality(item) for item in modalities],
        subject=reference(Kind.PATIENT, study.patient_key),
        started=instant(study.study_at),
        basedOn=order(study.accession_number, frame),
        numberOfSeries=len(study.series),
        numberOfInstances=sum(item.instances for item in study.series),
        description=study.description,
        series=[_series(item) for item in study.series],
    )


def _series(series: SeriesPart) -> Part:
    return {
        "uid": series.series_instance_uid,
        "modality": _modality(series.modality),
        "description": series.description,
        "numberOfInstances": series.instances,
    }


def _modality(said: str) -> Part:
    """Write a modality; R4 wants one of every series, and a header may name none."""
    if not text(said):
        return {"extension": [{"url": ABSENT_REASON, "valueCode": "unknown"}]}
    return coding(MODALITIES.get(said) or Code(scheme="DCM", value=said[:16], meaning=said[:64]))
