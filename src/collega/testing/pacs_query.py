"""Query of a simulated PACS: study root, hierarchical (PS3.4 C.4.1 and C.6.2)."""

import re
from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType

from pydicom import DataElement, Dataset
from pydicom.multival import MultiValue

# Unique keys of each level, the level's own key last (PS3.4 C.6.2.1).
UNIQUE_KEYS = MappingProxyType(
    {
        "STUDY": ("StudyInstanceUID",),
        "SERIES": ("StudyInstanceUID", "SeriesInstanceUID"),
        "IMAGE": ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"),
    },
)
NOT_KEYS = frozenset({"QueryRetrieveLevel", "SpecificCharacterSet", "RetrieveAETitle", "TimezoneOffsetFromUTC"})


def why_refused(identifier: Dataset, levels: Iterable[str]) -> str:
    """Say what is wrong with a query, or nothing: levels answered, one value per key above."""
    level = str(identifier.get("QueryRetrieveLevel", ""))
    if level not in levels:
        return f"no query at level {level or '(none)'}"
    for keyword in UNIQUE_KEYS[level][:-1]:
        value = identifier.get(keyword)
        if not value or isinstance(value, MultiValue) or "*" in str(value):
            return f"a query at level {level} needs one {keyword}"
    return ""


def answers(identifier: Dataset, headers: Iterable[Dataset]) -> Iterator[Dataset]:
    """Give one identifier for each study, series or instance that fits ``identifier``."""
    level = str(identifier.QueryRetrieveLevel)
    keys = [element for element in identifier if element.keyword not in NOT_KEYS]
    for entity in _entities(level, list(headers)):
        if all(_fits(key, entity) for key in keys):
            yield _answer(identifier, keys, entity)


def _entities(level: str, headers: list[Dataset]) -> Iterator[Dataset]:
    for members in _grouped(headers, UNIQUE_KEYS[level][-1]):
        entity = Dataset()
        entity.update(members[0])
        if level == "STUDY":
            series = list(_grouped(members, "SeriesInstanceUID"))
            entity.ModalitiesInStudy = sorted({str(one.get("Modality", "")) for one in members} - {""})
            entity.SOPClassesInStudy = sorted({str(one.SOPClassUID) for one in members})
            entity.NumberOfStudyRelatedSeries = len(series)
            entity.NumberOfStudyRelatedInstances = len(members)
        elif level == "SERIES":
            entity.NumberOfSeriesRelatedInstances = len(members)
        yield entity


def _grouped(headers: list[Dataset], keyword: str) -> Iterable[list[Dataset]]:
    groups: dict[str, list[Dataset]] = {}
    for header in headers:
        groups.setdefault(str(header.get(keyword)), []).append(header)
    return groups.values()


def _fits(key: DataElement, entity: Dataset) -> bool:
    if key.is_empty or key.VR == "SQ" or key.tag not in entity:
        # No value matches all; a key that is not indexed is an optional key that we do not support.
        return key.is_empty or key.VR == "SQ" or key.keyword not in MATCHED
    match = BY_VR.get(key.VR, _matches_text)
    held = _values(entity[key.tag])
    return any(match(asked, one) for asked in _values(key) for one in held)


def _values(element: DataElement) -> list[str]:
    value = element.value
    return [str(one) for one in value] if isinstance(value, (MultiValue, list)) else [str(value or "")]


def _matches_exactly(asked: str, held: str) -> bool:
    return asked == held


def _matches_range(asked: str, held: str) -> bool:
    """Range matching of dates and times, both ends included (PS3.4 C.2.2.2.5)."""
    first, dash, last = asked.partition("-")
    if not dash:
        return held == asked
    return bool(held) and first <= held and (not last or held <= last or held.startswith(last))


def _matches_text(asked: str, held: str) -> bool:
    """Wild card matching (PS3.4 C.2.2.2.4), blind to case as for names."""
    pattern = re.escape(asked).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(pattern, held, re.IGNORECASE | re.DOTALL) is not None


BY_VR: MappingProxyType[str, Callable[[str, str], bool]] = MappingProxyType(
    {"UI": _matches_exactly, "DA": _matches_range, "TM": _matches_range},
)
# Keys that must match: an object without the attribute does not fit a query with a value for it.
MATCHED = frozenset(
    {
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "SOPInstanceUID",
        "PatientID",
        "AccessionNumber",
        "StudyDate",
        "ModalitiesInStudy",
        "Modality",
    },
)


def _answer(identifier: Dataset, keys: list[DataElement], entity: Dataset) -> Dataset:
    answer = Dataset()
    answer.QueryRetrieveLevel = identifier.QueryRetrieveLevel
    if "SpecificCharacterSet" in entity:
        answer.SpecificCharacterSet = entity.SpecificCharacterSet
    for key in keys:
        answer.add(entity[key.tag] if key.tag in entity else DataElement(key.tag, key.VR, None))
    return answer
