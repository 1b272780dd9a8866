"""The rules of PS3.15 table E.1-1 (2026c), and the types of attributes that some of them ask for, read from data."""

import csv
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from pydicom.datadict import dictionary_VR

from collega.formats.dicom_deid.options import Option

DATE_VRS = frozenset({"DA", "TM", "DT"})


class Action(StrEnum):
    """What is done to an element."""

    REMOVE = "removed"
    EMPTY = "emptied"
    DUMMY = "replaced"
    UID = "uid mapped"
    KEEP = "kept"
    SHIFT = "date shifted"
    WORDS = "text cleaned"
    CONTENT = "content cleaned"
    GRAPHICS = "graphics cleaned"


class Rule(NamedTuple):
    """A row: the code of the basic profile, such as X/Z/D, and K or C for options that say otherwise."""

    keyword: str
    basic: str
    options: Mapping[Option, str]


COLUMNS: Mapping[str, Option] = {
    "uids": Option.RETAIN_UIDS,
    "device": Option.RETAIN_DEVICE,
    "institution": Option.RETAIN_INSTITUTION,
    "patient": Option.RETAIN_PATIENT,
    "full_dates": Option.FULL_DATES,
    "modified_dates": Option.MODIFIED_DATES,
    "descriptors": Option.CLEAN_DESCRIPTORS,
    "structured": Option.CLEAN_CONTENT,
    "graphics": Option.CLEAN_GRAPHICS,
}
# How each option cleans where its column says C; a title of an application is not cleaned but goes.
CLEANS: Mapping[Option, Action] = {
    Option.RETAIN_DEVICE: Action.REMOVE,
    Option.RETAIN_PATIENT: Action.WORDS,
    Option.MODIFIED_DATES: Action.SHIFT,
    Option.CLEAN_DESCRIPTORS: Action.WORDS,
    Option.CLEAN_CONTENT: Action.CONTENT,
    Option.CLEAN_GRAPHICS: Action.GRAPHICS,
}
ALL_CLASSES = "*"
OPTIONAL = 3
ROOT = "1.2.840.10008."


@cache
def rules() -> Mapping[str, Rule]:
    """Give the rules by tag as eight hexadecimal digits; ``50xxxxxx`` and ``60xx3000`` stand for their groups."""
    table = {}
    for row in _rows("confidentiality.csv"):
        options = {option: row[name] for name, option in COLUMNS.items() if row[name]}
        table[row["tag"]] = Rule(row["keyword"], row["basic"], options)
    return table


def type_of(keyword: str, inside: str, sop_class_uid: str) -> int:
    """Give the type (1, 2 or 3; PS3.5 7.4) of an attribute in an IOD.

    A conditional type counts as the type that it becomes: the attribute was there. Of a class that is not known
    the most frequent type is taken.
    """
    listed = _types().get((keyword, inside), {})
    return listed.get(sop_class_uid.removeprefix(ROOT)) or listed.get(ALL_CLASSES, OPTIONAL)


@cache
def _types() -> Mapping[tuple[str, str], Mapping[str, int]]:
    table: dict[tuple[str, str], dict[str, int]] = {}
    for row in _rows("types.csv"):
        types = table.setdefault((row["keyword"], row["inside"]), {})
        types.update(dict.fromkeys(row["classes"].split(" "), int(row["type"])))
    return table


def action_of(rule: Rule, options: frozenset[Option]) -> Action | None:
    """Give what the options that are on make of a rule; None where none says anything."""
    said = {option: code for option, code in rule.options.items() if option in options}
    if "K" in said.values():
        return Action.KEEP
    return next((CLEANS[option] for option in CLEANS if option in said), None)


def is_date(tag: int) -> bool:
    """Whether the dictionary says that an element holds a date or a time."""
    try:
        return dictionary_VR(tag) in DATE_VRS
    except KeyError:
        return False


def _rows(name: str) -> list[dict[str, str]]:
    text = files("collega.formats.dicom_deid").joinpath(name).read_text(encoding="ascii")
    return list(csv.DictReader(text.splitlines()))
