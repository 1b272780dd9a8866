"""What a PACS answers about its studies and series, by C-FIND or by QIDO-RS: the same elements either way."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from collega.formats.dicom_study import DERIVED_MODALITIES, study_start
from collega.model.coverage import PacsCount, PacsSeries, PacsStudy
from collega.model.study import Attribute, age_years

# What a study is asked for (PS3.4 table C.6-5; PS3.18 table 10.6.3-3).
STUDY_KEYS = (
    "StudyTime",
    "AccessionNumber",
    "StudyInstanceUID",
    "StudyDescription",
    "ModalitiesInStudy",
    "NumberOfStudyRelatedInstances",
    "PatientBirthDate",
    "PatientSex",
    "TimezoneOffsetFromUTC",
)
# Attribute in the names of the routing rules -> the key that a PACS may answer at series level.
SERIES_ATTRIBUTES: Mapping[str, str] = {
    "modality": "Modality",
    "body_part": "BodyPartExamined",
    "series_description": "SeriesDescription",
    "protocol_name": "ProtocolName",
    "manufacturer": "Manufacturer",
}
SERIES_KEYS = ("SeriesInstanceUID", "NumberOfSeriesRelatedInstances", *SERIES_ATTRIBUTES.values())
SUMS = ("NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances")


def found_study(answer: Dataset, zone: ZoneInfo) -> PacsStudy:
    """Read a study; its times without a zone are those of ``zone``."""
    attributes: dict[str, Attribute] = {
        "study_description": _text(answer, "StudyDescription"),
        "sex": _text(answer, "PatientSex"),
        "age_years": age_years(_text(answer, "PatientBirthDate") or "", _text(answer, "StudyDate") or "", ""),
    }
    return PacsStudy(
        study_instance_uid=_text(answer, "StudyInstanceUID") or "",
        accession_number=_text(answer, "AccessionNumber") or "",
        study_date=_text(answer, "StudyDate") or "",
        study_at=study_start(answer, zone),
        modalities=_texts(answer, "ModalitiesInStudy"),
        attributes=attributes,
        instances=_number(answer, "NumberOfStudyRelatedInstances"),
    )


def found_series(answers: Sequence[Dataset], study_instance_uid: str) -> list[PacsSeries]:
    """Read the series of a study; what is named of another one is left out."""
    uid = study_instance_uid
    return [_series(answer) for answer in answers if str(answer.get("StudyInstanceUID", uid)) == uid]


def of_images(series: Sequence[PacsSeries]) -> list[PacsSeries]:
    """Leave out the series of derived objects."""
    return [item for item in series if item.attributes["modality"] not in DERIVED_MODALITIES]


def counted(series: Sequence[PacsSeries], studies: Sequence[Dataset], study_instance_uid: str) -> PacsCount:
    """Hold the numbers of the series beside those of their study (PS3.4 C.3.4)."""
    sums = next((one for one in studies if str(one.get("StudyInstanceUID", "")) == study_instance_uid), Dataset())
    numbers = [item.instances for item in series]
    return PacsCount(
        images={item.series_instance_uid: item.instances for item in of_images(series) if item.series_instance_uid},
        all_series=len(series),
        all_instances=None if None in numbers else sum(number or 0 for number in numbers),
        said_series=_number(sums, "NumberOfStudyRelatedSeries"),
        said_instances=_number(sums, "NumberOfStudyRelatedInstances"),
    )


def _series(answer: Dataset) -> PacsSeries:
    return PacsSeries(
        series_instance_uid=_text(answer, "SeriesInstanceUID") or "",
        attributes={name: _text(answer, keyword) for name, keyword in SERIES_ATTRIBUTES.items()},
        instances=_number(answer, "NumberOfSeriesRelatedInstances"),
    )


def _text(answer: Dataset, keyword: str) -> str | None:
    """Text of an element; None where it is absent or empty, which a query does not tell apart."""
    return str(answer.get(keyword) or "").replace("\x00", "").strip() or None


def _texts(answer: Dataset, keyword: str) -> tuple[str, ...]:
    value = answer.get(keyword)
    values = value if isinstance(value, MultiValue | list) else [value]
    return tuple(str(item).strip() for item in values if item)


def _number(answer: Dataset, keyword: str) -> int | None:
    text = _text(answer, keyword)
    return int(text) if text and text.isdecimal() else None
