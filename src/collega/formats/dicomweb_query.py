"""The parameters of a search over DICOMweb (PS3.18 8.3.4, 10.6.1; PS3.4 C.2.2.2)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pydicom.datadict import keyword_for_tag, tag_for_keyword

from collega.errors import InputError
from collega.model.dicomweb import DicomPlace, DicomQuery, Level, Match, Matching

DEFAULT_LIMIT, MOST = 100, 1000
MOST_OFFSET = 10_000_000
MOST_UIDS = 1000
LONGEST = 1024
TAG = re.compile(r"[0-9A-Fa-f]{8}")
UID = re.compile(r"[0-9.]{1,128}", re.ASCII)  # longer than allowed: odd UIDs of old devices are kept as they are
# (pattern of one value; what stands around a range)
DATE, TIME = re.compile(r"\d{8}", re.ASCII), re.compile(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?", re.ASCII)
NUMBER = re.compile(r"[+-]?\d{1,12}", re.ASCII)
NOT_FUZZY = "The fuzzymatching parameter is not supported. Only literal matching has been performed."


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """An attribute that can be searched by, at its level; ``read`` tells what a value means."""

    level: Level
    read: Callable[[str, str], Match]


def _text(keyword: str, value: str) -> Match:
    kind = Matching.WILDCARD if "*" in value or "?" in value else Matching.SINGLE
    return Match(keyword=keyword, kind=kind, values=(value,))


def _uids(keyword: str, value: str) -> Match:
    values = tuple(dict.fromkeys(value.replace("\\", ",").split(",")))
    if len(values) > MOST_UIDS or not all(UID.fullmatch(one) for one in values):
        message = f"{keyword}: UIDs with commas between them, at most {MOST_UIDS}"
        raise InputError(message)
    return Match(keyword=keyword, kind=Matching.LIST, values=values)


def _span(pattern: re.Pattern[str], what: str) -> Callable[[str, str], Match]:
    def read(keyword: str, value: str) -> Match:
        low, dash, high = value.partition("-")
        ends = [end for end in (low, high) if end]
        if not ends or not all(pattern.fullmatch(end) for end in ends):
            message = f"{keyword}: {what}, or a range of two with a hyphen between them"
            raise InputError(message)
        if not dash:
            return Match(keyword=keyword, kind=Matching.SINGLE, values=(low,))
        return Match(keyword=keyword, kind=Matching.RANGE, values=(low, high))

    return read


def _time(keyword: str, value: str) -> Match:
    """Read a time; one of hours or minutes stands for all of them."""
    found = _moment(keyword, value)
    return replace(found, kind=Matching.RANGE, values=found.values * 2) if found.kind is Matching.SINGLE else found


def _number(keyword: str, value: str) -> Match:
    if not NUMBER.fullmatch(value):
        message = f"{keyword}: a whole number"
        raise InputError(message)
    return Match(keyword=keyword, kind=Matching.SINGLE, values=(value,))


_date = _span(DATE, "YYYYMMDD")
_moment = _span(TIME, "HHMMSS")
KEYS: Mapping[str, Key] = {
    "StudyDate": Key(level=Level.STUDIES, read=_date),
    "StudyTime": Key(level=Level.STUDIES, read=_time),
    "AccessionNumber": Key(level=Level.STUDIES, read=_text),
    "ModalitiesInStudy": Key(level=Level.STUDIES, read=_text),
    "StudyDescription": Key(level=Level.STUDIES, read=_text),
    "PatientName": Key(level=Level.STUDIES, read=_text),
    "PatientID": Key(level=Level.STUDIES, read=_text),
    "IssuerOfPatientID": Key(level=Level.STUDIES, read=_text),
    "PatientBirthDate": Key(level=Level.STUDIES, read=_date),
    "PatientSex": Key(level=Level.STUDIES, read=_text),
    "StudyInstanceUID": Key(level=Level.STUDIES, read=_uids),
    "Modality": Key(level=Level.SERIES, read=_text),
    "SeriesInstanceUID": Key(level=Level.SERIES, read=_uids),
    "SeriesNumber": Key(level=Level.SERIES, read=_number),
    "SeriesDescription": Key(level=Level.SERIES, read=_text),
    "BodyPartExamined": Key(level=Level.SERIES, read=_text),
    "SOPClassUID": Key(level=Level.INSTANCES, read=_uids),
    "SOPInstanceUID": Key(level=Level.INSTANCES, read=_uids),
    "InstanceNumber": Key(level=Level.INSTANCES, read=_number),
}
_REACH = {
    Level.STUDIES: (Level.STUDIES,),
    Level.SERIES: (Level.STUDIES, Level.SERIES),
    Level.INSTANCES: tuple(Level),
}


def read_query(level: Level, asked: Iterable[tuple[str, str]], place: DicomPlace | None = None) -> DicomQuery:
    """Read the parameters of a search; ``place`` is what its address names already.

    Raises
    ------
    InputError
        A parameter that is not understood. One that cannot be searched by is refused as well: an
        answer that leaves it out would hold other patients' studies.
    """
    matches = list(_of_place(place)) if place else []
    included: list[str] = []
    numbers = {"limit": DEFAULT_LIMIT, "offset": 0}
    warnings: list[str] = []
    for name, value in asked:
        if "\0" in value or len(value) > max(LONGEST, MOST_UIDS * 65 * ("UID" in name)):
            message = f"{name[:40]}: a value that is too long, or has a NUL"
            raise InputError(message)
        if name in numbers:
            numbers[name] = _count(name, value)
        elif name == "fuzzymatching":
            warnings += [NOT_FUZZY] if _flag(name, value) else []
        elif name == "includefield":
            included += [_included(one) for one in value.split(",") if one]
        elif value not in {"", "*"}:
            matches.append(_match(level, name, value))
        else:
            _key(level, name)
    return DicomQuery(
        level=level,
        matches=tuple(matches),
        included=tuple(dict.fromkeys(included)),
        limit=min(numbers["limit"], MOST),
        offset=numbers["offset"],
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _of_place(place: DicomPlace) -> Iterator[Match]:
    if place.study:
        yield Match(keyword="StudyInstanceUID", kind=Matching.LIST, values=(place.study,))
    if place.series:
        yield Match(keyword="SeriesInstanceUID", kind=Matching.LIST, values=(place.series,))


def _match(level: Level, name: str, value: str) -> Match:
    keyword = _key(level, name)
    return KEYS[keyword].read(keyword, value)


def _key(level: Level, name: str) -> str:
    keyword = _keyword(name)
    key = KEYS.get(keyword)
    if key is None or key.level not in _REACH[level]:
        message = f"{name[:40]}: {level} cannot be searched by it here; see the reference of DICOMweb"
        raise InputError(message)
    return keyword


def _keyword(name: str) -> str:
    """Give the keyword of an attribute that is named by keyword or tag; empty where it is none."""
    if TAG.fullmatch(name):
        return keyword_for_tag(int(name, 16)) or ""
    return name if tag_for_keyword(name) is not None else ""


def _included(name: str) -> str:
    if name == "all":
        return name
    first = name.partition(".")[0]
    if TAG.fullmatch(first):
        return _keyword(first) or first.upper()
    if not _keyword(first):
        message = f"includefield: {name[:40]} is no attribute of DICOM"
        raise InputError(message)
    return first


def _count(name: str, value: str) -> int:
    if not (value.isascii() and value.isdecimal()) or len(value) > len(str(MOST_OFFSET)):
        message = f"{name}: a whole number from 0 on"
        raise InputError(message)
    return int(value)


def _flag(name: str, value: str) -> bool:
    if value not in {"true", "false"}:
        message = f"{name}: true or false"
        raise InputError(message)
    return value == "true"


def matches_at(level: Level, matches: Sequence[Match]) -> list[Match]:
    """Give the keys of one level."""
    return [match for match in matches if KEYS[match.keyword].level is level]
