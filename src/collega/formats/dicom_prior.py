"""What an archive answers about earlier studies, by C-FIND or by QIDO-RS: the same elements either way."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from collega.formats.dicom_study import study_start
from collega.model.coverage import PacsSeries
from collega.model.inputs import PriorStudy
from collega.model.study import Patient

# What a study is asked for (PS3.4 table C.6-5; PS3.18 table 10.6.3-3).
STUDY_KEYS = (
    "StudyDate",
    "StudyTime",
    "StudyInstanceUID",
    "StudyDescription",
    "ModalitiesInStudy",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "TimezoneOffsetFromUTC",
)
SERIES_KEYS: Mapping[str, str] = {"modality": "Modality", "body_part": "BodyPartExamined"}


def prior_study(answer: Dataset, zone: ZoneInfo) -> PriorStudy:
    """Read a study; an answer without the number of its patient is of nobody, and fits nobody."""
    modalities = answer.get("ModalitiesInStudy")
    values = modalities if isinstance(modalities, MultiValue | list) else [modalities]
    return PriorStudy(
        study_instance_uid=_text(answer, "StudyInstanceUID"),
        patient=Patient(
            issuer=_text(answer, "IssuerOfPatientID"),
            patient_id=_text(answer, "PatientID"),
            birth_date=_text(answer, "PatientBirthDate"),
        ),
        study_date=_text(answer, "StudyDate"),
        study_at=study_start(answer, zone),
        description=_text(answer, "StudyDescription"),
        modalities=tuple(str(item).strip().upper() for item in values if item),
    )


def prior_series(answer: Dataset) -> PacsSeries:
    """Read a series."""
    number = _text(answer, "NumberOfSeriesRelatedInstances")
    return PacsSeries(
        series_instance_uid=_text(answer, "SeriesInstanceUID"),
        attributes={name: _text(answer, keyword) or None for name, keyword in SERIES_KEYS.items()},
        instances=int(number) if number.isdecimal() else None,
    )


def _text(answer: Dataset, keyword: str) -> str:
    return str(answer.get(keyword) or "").replace("\x00", "").strip()
