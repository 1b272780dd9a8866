"""What is asked and given over DICOMweb (PS3.18 10): levels, queries, stored objects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """What one answer of a search is about (PS3.18 10.6.1)."""

    STUDIES = "studies"
    SERIES = "series"
    INSTANCES = "instances"


class Matching(StrEnum):
    """How a value is held against what is stored (PS3.4 C.2.2.2)."""

    SINGLE = "single value"
    WILDCARD = "wildcard"
    RANGE = "range"
    LIST = "list of UIDs"


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """One key of a search: ``values`` are one value, the two ends of a range (empty: open), or UIDs."""

    keyword: str
    kind: Matching
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DicomQuery:
    """A search.

    Parameters
    ----------
    level : Level
    matches : tuple of Match
    included : tuple of str
        Keywords that are asked for besides those that are always given; ``all`` for every one.
    limit, offset : int
    warnings : tuple of str
        What the asker is told of what was not done as asked.
    """

    level: Level
    matches: tuple[Match, ...] = ()
    included: tuple[str, ...] = ()
    limit: int
    offset: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DicomPlace:
    """A study, or a series or an object in it."""

    study: str
    series: str = ""
    instance: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredObject:
    """An object that may be given: its UIDs, where its file is, and how it is encoded.

    ``transfer_syntax_uid`` is empty where only the file says it.
    """

    study: str
    series: str
    instance: str
    sop_class_uid: str
    transfer_syntax_uid: str
    path: str
    size: int
    is_removed: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)
