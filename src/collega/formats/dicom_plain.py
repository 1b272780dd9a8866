"""Values of DICOM elements as JSON text (PS3.18 F.2), straight from their bytes: the plain ones, nine in ten.

Each is written as pydicom would; what is not plain, as letters beyond ASCII or a number that is none, is left to it.
A third of the time that it takes to make elements of them, which nobody would look at.
"""

import math
import re
import struct
from collections.abc import Callable, Mapping
from functools import lru_cache
from json.encoder import encode_basestring

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement

PADDING = " \0"
ESCAPE = "\x1b"
INTEGER, DECIMAL = re.compile(r"[+-]?\d{1,12}", re.ASCII), re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?", re.ASCII)


def plain_element(raw: RawDataElement) -> str | None:
    """Write an element as it was read; None where it is not plain."""
    vr = raw.VR or _known_vr(raw.tag)
    writer = _WRITERS.get(vr)
    if writer is None or (raw.value is None and raw.length) or not isinstance(raw.value or b"", bytes):
        return None
    values = writer(raw.value or b"", raw.is_little_endian)
    if values is None:
        return None
    return f'{{"vr":"{vr}","Value":[{values}]}}' if values else f'{{"vr":"{vr}"}}'


@lru_cache(maxsize=4096)
def _known_vr(tag: int) -> str:
    """Give the VR of an element that does not state it; empty where the dictionary leaves it open."""
    try:
        return dictionary_VR(tag)
    except KeyError:
        return ""


def _ascii(value: bytes) -> str | None:
    return value.decode("ascii") if value.isascii() and ESCAPE.encode() not in value else None


def _words(value: bytes, _: bool) -> str | None:  # noqa: FBT001 - as all writers are called
    """AE, AS, CS, DA, DT, TM: padding stands at the end of the whole."""
    text = _ascii(value)
    if text is None:
        return None
    text = text.rstrip(PADDING)
    return ",".join(map(encode_basestring, text.split("\\"))) if text else ""


def _texts(value: bytes, _: bool) -> str | None:  # noqa: FBT001 - as all writers are called
    """SH, LO: each value may be padded."""
    text = _ascii(value)
    if text is None:
        return None
    values = [one.rstrip(PADDING) for one in text.split("\\")]
    return ",".join(map(encode_basestring, values)) if len(values) > 1 or values[0] else ""


def _text(value: bytes, _: bool) -> str | None:  # noqa: FBT001 - as all writers are called
    """LT, ST, UT: one value, in which a backslash is a letter."""
    text = _ascii(value)
    if text is None:
        return None
    text = text.rstrip(PADDING)
    return encode_basestring(text) if text else ""


def _uids(value: bytes, _: bool) -> str | None:  # noqa: FBT001 - as all writers are called
    text = _ascii(value)
    if text is None:
        return None
    text = text.rstrip(PADDING)
    return ",".join(encode_basestring(one.strip()) for one in text.split("\\")) if text else ""


def _name(value: bytes, _: bool) -> str | None:  # noqa: FBT001 - as all writers are called
    """PN of one group; what has others goes the long way."""
    text = _ascii(value)
    if text is None or "=" in text or "\\" in text:
        return None
    text = text.rstrip(PADDING)
    return f'{{"Alphabetic":{encode_basestring(text)}}}' if text else ""


def _number_strings(pattern: re.Pattern[str], read: Callable[[str], float]) -> Callable[[bytes, bool], str | None]:
    def write(value: bytes, _: bool) -> str | None:  # noqa: FBT001 - as all writers are called
        text = _ascii(value)
        if text is None:
            return None
        text = text.rstrip(PADDING)
        if not text:
            return ""
        items = [item.strip(" ") for item in text.split("\\")]
        return ",".join(repr(read(item)) for item in items) if all(map(pattern.fullmatch, items)) else None

    return write


def _binary(code: str) -> Callable[[bytes, bool], str | None]:
    size = struct.calcsize(f"<{code}")

    def write(value: bytes, is_little_endian: bool) -> str | None:  # noqa: FBT001 - as all writers are called
        count, left = divmod(len(value), size)
        if left:
            return None
        numbers = struct.unpack(f"{'<' if is_little_endian else '>'}{count}{code}", value)
        return ",".join(map(repr, numbers)) if all(map(math.isfinite, numbers)) else None

    return write


_WRITERS: Mapping[str, Callable[[bytes, bool], str | None]] = {
    **dict.fromkeys(("AE", "AS", "CS", "DA", "DT", "TM"), _words),
    **dict.fromkeys(("SH", "LO"), _texts),
    **dict.fromkeys(("LT", "ST", "UT"), _text),
    "UI": _uids,
    "PN": _name,
    "IS": _number_strings(INTEGER, int),
    "DS": _number_strings(DECIMAL, float),
    **{vr: _binary(code) for vr, code in zip(("US", "SS", "UL", "SL", "FL", "FD"), "HhIifd", strict=True)},
}
