"""Answers of searches as DICOM JSON (PS3.18 F.2), from what the database knows."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from pydicom.datadict import dictionary_VR, tag_for_keyword

from collega.formats.dicom_study import ATTRIBUTES
from collega.model.dicomweb import Level

Row = Mapping[str, Any]
JsonElement = dict[str, Any]
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))
# Answered by every study, series or instance, known or empty (PS3.18 tables 10.6.3-3 to 10.6.3-5).
STUDY = (
    *("StudyDate", "StudyTime", "AccessionNumber", "InstanceAvailability", "ModalitiesInStudy"),
    *("ReferringPhysicianName", "StudyDescription", "RetrieveURL", "PatientName", "PatientID", "IssuerOfPatientID"),
    *("PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyID"),
    *("NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances"),
)
SERIES = (
    *("Modality", "SeriesDescription", "RetrieveURL", "StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber"),
    "NumberOfSeriesRelatedInstances",
)
INSTANCES = (
    *("SOPClassUID", "SOPInstanceUID", "InstanceAvailability", "RetrieveURL", "StudyInstanceUID"),
    *("SeriesInstanceUID", "InstanceNumber", "Rows", "Columns", "BitsAllocated", "NumberOfFrames"),
    "AvailableTransferSyntaxUID",
)
OF_STUDY = {
    "StudyDate": "study_date",
    "StudyTime": "study_time",
    "AccessionNumber": "accession_number",
    "StudyDescription": "description",
    "PatientName": "name",
    "PatientID": "patient_id",
    "IssuerOfPatientID": "issuer",
    "PatientBirthDate": "birth_date",
    "PatientSex": "sex",
    "StudyInstanceUID": "study_instance_uid",
    "ModalitiesInStudy": "modalities",
    "NumberOfStudyRelatedSeries": "study_series",
    "NumberOfStudyRelatedInstances": "study_instances",
}
OF_SERIES = {
    "Modality": "modality",
    "SeriesInstanceUID": "series_instance_uid",
    "NumberOfSeriesRelatedInstances": "series_instances",
}
OF_INSTANCE = {
    "SOPClassUID": "sop_class_uid",
    "SOPInstanceUID": "sop_instance_uid",
    "AvailableTransferSyntaxUID": "transfer_syntax_uid",
}
NAME_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")
# What a search by series or instance also tells of the study; relational where it names none.
_COLUMNS = {
    Level.STUDIES: OF_STUDY,
    Level.SERIES: OF_STUDY | OF_SERIES,
    Level.INSTANCES: OF_STUDY | OF_SERIES | OF_INSTANCE,
}
_ALWAYS = {Level.STUDIES: STUDY, Level.SERIES: SERIES, Level.INSTANCES: INSTANCES}
_ATTRIBUTE_OF = {keyword: name for name, keyword in ATTRIBUTES.items()}
# What the series and objects of a study may differ in is told of them alone.
_OF_SERIES_ALONE = frozenset(
    {"modality", "body_part", "manufacturer", "model", "station", "series_number", "series_description"}
) | {"protocol_name", "patient_age", "patient_position"}


def answer(level: Level, row: Row, included: Sequence[str], base: str) -> str:
    """Write one answer of a search as text; ``base`` is the address of the service.

    An answer of a hundred studies has two thousand elements: made one by one as objects, and then written, they
    cost as much as all the rest of the search.
    """
    given = {"RetrieveURL": _address(level, row, base), "InstanceAvailability": _availability(row)}
    found: list[str] = []
    for keyword, start, vr, is_always in _wanted(level, tuple(included)):
        value = given[keyword] if keyword in given else _value(level, row, keyword)
        if values := _values(vr, value):
            found.append(f'{start},"Value":[{values}]}}')
        elif is_always:
            found.append(start + "}")
    return f"{{{','.join(found)}}}"


def json_text(content: Any) -> str:  # noqa: ANN401 - anything that JSON has
    """Write JSON; letters stand as they are, and a number that JSON does not have is refused."""
    return _ENCODER.encode(content)


@lru_cache(maxsize=64)  # an answer has a hundred rows of the same attributes
def _wanted(level: Level, included: tuple[str, ...]) -> tuple[tuple[str, str, str, bool], ...]:
    """Give what is told, in the order of tags: keyword, start of its element, VR, and whether it is told when empty."""
    keywords = dict.fromkeys((*_ALWAYS[level], *_named(level, included)))
    return tuple(
        (keyword, f'"{tag:08X}":{{"vr":"{dictionary_VR(tag)}"', dictionary_VR(tag), keyword in _ALWAYS[level])
        for tag, keyword in sorted((tag_for_keyword(keyword) or 0, keyword) for keyword in keywords)
        if tag
    )


def _named(level: Level, included: Sequence[str]) -> Sequence[str]:
    """Give the keywords that are asked for besides and that are known here."""
    columns = list(_COLUMNS[level]) + ([] if level is Level.STUDIES else list(ATTRIBUTES.values()))
    return columns if "all" in included else [keyword for keyword in included if keyword in columns]


def left_out(level: Level, included: Sequence[str]) -> list[str]:
    """List the attributes that are asked for and not known here."""
    known = {*_ALWAYS[level], *_COLUMNS[level], "all"} | (set() if level is Level.STUDIES else set(_ATTRIBUTE_OF))
    return [keyword for keyword in included if keyword not in known]


def _value(level: Level, row: Row, keyword: str) -> Any:  # noqa: ANN401 - a value of any VR
    column = _COLUMNS[level].get(keyword)
    if column is not None:
        value = row.get(column)
        return tuple(value) if isinstance(value, list) else value
    name = _ATTRIBUTE_OF.get(keyword)
    if name is None or (level is Level.SERIES and name not in _OF_SERIES_ALONE):
        return None
    value = (row.get("attributes") or {}).get(name)
    return tuple(value) if isinstance(value, list) else value


def element(vr: str, value: object) -> JsonElement:
    """Make one element; without a value where there is none that its VR allows."""
    values = json.loads(f"[{_values(vr, value)}]")
    return {"vr": vr, "Value": values} if values else {"vr": vr}


def _values(vr: str, value: object) -> str:
    """Write the values of an element, with commas between them."""
    writer = _WRITERS.get(vr, _text)
    if isinstance(value, tuple):
        return ",".join(filter(None, (writer(one) for one in value if one is not None and one != "")))
    return "" if value is None or value == "" else writer(value)


def _text(value: object) -> str:
    return encode_basestring(str(value))


def _name(value: object) -> str:
    text = str(value)
    if "=" not in text:
        return f'{{"Alphabetic":{encode_basestring(text)}}}'
    groups = {name: group for name, group in zip(NAME_GROUPS, text.split("="), strict=False) if group}
    return json_text(groups) if groups else ""


def _whole(value: object) -> str:
    try:
        return str(int(float(str(value))))
    except (ValueError, OverflowError):
        return ""


def _decimal(value: object) -> str:
    try:
        return json_text(float(str(value)))
    except ValueError:
        return ""


_WRITERS: Mapping[str, Callable[[object], str]] = {
    "PN": _name,
    **dict.fromkeys(("IS", "US", "UL", "SS", "SL"), _whole),
    **dict.fromkeys(("DS", "FD", "FL"), _decimal),
}


def _availability(row: Row) -> str:
    """Tell whether the files are here (PS3.3 C.4.23.1.1)."""
    return "UNAVAILABLE" if row.get("is_removed") else "ONLINE"


def _address(level: Level, row: Row, base: str) -> str:
    address = f"{base}/studies/{row['study_instance_uid']}"
    if level is not Level.STUDIES:
        address += f"/series/{row['series_instance_uid']}"
    if level is Level.INSTANCES:
        address += f"/instances/{row['sop_instance_uid']}"
    return address
