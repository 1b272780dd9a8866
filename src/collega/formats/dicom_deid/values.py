"""What an element holds, read or not read yet: its VR, its words, whether they are of its VR (PS3.5 table 6.2-1)."""

import re
from collections.abc import Mapping, MutableSequence
from functools import cache

from pydicom.charset import decode_bytes
from pydicom.datadict import dictionary_has_tag, dictionary_VM, dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import BaseTag

Element = DataElement | RawDataElement
Charset = str | MutableSequence[str]

NUMBERS = frozenset({"AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV", "US or SS"})
# Bytes of a value (PS3.5 table 6.2-1).
SIZES = {"AT": 4, "FD": 8, "FL": 4, "SL": 4, "SS": 2, "SV": 8, "UL": 4, "US": 2, "UV": 8, "US or SS": 2}
BULK = frozenset(
    {"OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW", "US or OW", "US or SS or OW", "US or SS or OW or OB"}
)
TEXTS = frozenset({"LO", "LT", "SH", "ST", "UC", "UR", "UT", "AE"})
CHARSETS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
DATES = frozenset({"DA", "DT", "TM"})
# Where a text goes back to its first character set (PS3.5 6.1.2.5.3).
BREAKS = frozenset(b"\r\n\t\f\\")
NAME_BREAKS = frozenset(b"^=\\")
ONE_VALUE = frozenset({"LT", "ST", "UR", "UT"})
_DA = r"(?:19|20|21)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_TM = r"(?:[01]\d|2[0-3])(?:[0-5]\d(?:[0-5]\d|60)?)?"
_FRACTION = r"(?:\.\d{1,6})?"
GRAMMAR: Mapping[str, re.Pattern[str]] = {
    "AS": re.compile(r"\d{3}[DWMY]"),
    "CS": re.compile(r"[A-Z0-9_ ]{0,16}"),
    "DA": re.compile(rf"{_DA}|(?:19|20|21)\d\d\.\d\d\.\d\d"),
    "DS": re.compile(r" *[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)? *"),
    "DT": re.compile(rf"(?:19|20|21)\d\d(?:0[1-9]|1[0-2])?|{_DA}(?:{_TM}{_FRACTION})?(?:[+-][01]\d[0-5]\d)?"),
    "IS": re.compile(r" *[+-]?\d{1,12} *"),
    "TM": re.compile(rf"{_TM}{_FRACTION}|[0-2]\d:[0-5]\d(?::[0-5]\d{_FRACTION})?"),
    "UI": re.compile(r"[0-9]+(?:\.[0-9]+)*"),
}


@cache
def known(tag: int) -> str:
    """Give the VR that the dictionary has for a tag, empty where it does not know the tag."""
    return dictionary_VR(tag) if dictionary_has_tag(tag) else ""


@cache
def name_of(tag: int) -> str:
    """Give the keyword of a tag, else the tag as eight hexadecimal digits."""
    return keyword_for_tag(tag) or f"{tag:08X}"


def vr_of(element: Element) -> str:
    """Give the VR as it is written; from the dictionary where none is written, or UN."""
    vr = element.VR
    if vr is None or vr == "UN":
        return known(element.tag) or "UN"
    return str(vr)


def words_of(element: Element, charset: Charset) -> list[str]:
    """Give the values of an element of text, without padding; what cannot be decoded keeps a mark."""
    value = element.value
    vr = vr_of(element)
    if isinstance(value, bytes):
        value = _decoded(value, vr, charset)
        return [part.strip(" \0") for part in ([value] if vr in ONE_VALUE else value.split("\\"))] if value else []
    if value is None or value == "":
        return []
    return [str(part) for part in value] if isinstance(value, list | tuple) or _many(value) else [str(value)]


def is_of(vr: str, words: list[str]) -> bool:
    """Whether all values are of a VR, empty ones included; a VR without a grammar takes any."""
    grammar = GRAMMAR.get(vr)
    return grammar is None or all(not word or grammar.fullmatch(word) for word in words)


def family(vr: str) -> str:
    """Give what kind of value a VR holds: two kinds cannot stand for one another."""
    if vr == "SQ":
        return "sequence"
    return "binary" if vr in NUMBERS or vr in BULK else "text"


def as_known(tag: int, vr: str) -> str:
    """Give the VR that the dictionary has, where it has one and both hold text: a grammar of it then counts."""
    expected = known(tag)
    return expected if expected and family(expected) == family(vr) == "text" else vr


def is_as_long(element: Element, vr: str) -> bool:
    """Whether a number that was not read yet has as many bytes as the dictionary gives it values; text would not."""
    size, count = SIZES.get(vr), _count(element.tag)
    if size is None or not isinstance(element, RawDataElement):
        return True
    length = len(element.value or b"")
    return length == size * count if count and length else length % size == 0


@cache
def _count(tag: int) -> int:
    """Give how many values the dictionary gives a tag, 0 where that differs."""
    many = dictionary_VM(tag) if dictionary_has_tag(tag) else ""
    return int(many) if many.isdigit() else 0


def tag_of(group: int, element: int) -> BaseTag:
    """Give a tag."""
    return BaseTag(group << 16 | element)


def _decoded(value: bytes, vr: str, charset: Charset) -> str:
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    if vr not in CHARSETS:
        return value.decode("latin-1")
    encodings = [charset] if isinstance(charset, str) else list(charset)
    return decode_bytes(value, encodings, set(NAME_BREAKS if vr == "PN" else BREAKS))


def _many(value: object) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, str) and not hasattr(value, "original_string")
