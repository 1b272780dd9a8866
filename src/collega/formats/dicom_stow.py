"""The messages of STOW-RS (PS3.18 10.5): many files in one body, and what is answered about each of them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from collega.errors import PeerError

ACCEPT = "application/dicom+json, application/dicom+xml;q=0.9"
PART = "application/dicom"
WARNING_REASON, FAILURE_REASON = "00081196", "00081197"
FAILED, STORED = "00081198", "00081199"
INSTANCE = "00081155"
ROOT = "NativeDicomModel"
# A document that declares entities can grow without end when it is read; no answer needs any.
FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY", b"\x00")


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """What a PACS says of one object: whether it has it, and the status that it gives for it (0: none)."""

    sop_instance_uid: str
    stored: bool
    reason: int


def part_head(boundary: str) -> bytes:
    """Write what stands before a file (RFC 2046, 5.1.1)."""
    return f"\r\n--{boundary}\r\nContent-Type: {PART}\r\n\r\n".encode("ascii")


def tail(boundary: str) -> bytes:
    """Write what stands behind the last file."""
    return f"\r\n--{boundary}--\r\n".encode("ascii")


def media_type(boundary: str) -> str:
    """Name the type of the whole body."""
    return f'multipart/related; type="{PART}"; boundary={boundary}'


def read_answer(content: bytes) -> Mapping[str, Word]:
    """Read the Store Instances Response (PS3.18 table 10.5.3-2) by SOP Instance UID, as JSON (F.2) or XML (PS3.19 A.1).

    Its first character tells which: not every PACS names the media type, above all of a refusal.

    Raises
    ------
    PeerError
        It is neither, or breaks off.
    """
    reader = _from_xml if content.lstrip()[:1] == b"<" else _from_json
    try:
        return {word.sop_instance_uid: word for word in reader(content) if word.sop_instance_uid}
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, ET.ParseError) as error:
        message = f"the list of what was stored cannot be read ({type(error).__name__})"
        raise PeerError(message) from None


def _from_json(content: bytes) -> Iterable[Word]:
    answer = json.loads(content)
    # The standard has one object; some wrap it into a list, as answers to queries are.
    for one in answer if isinstance(answer, list) else [answer]:
        for tag, stored in ((STORED, True), (FAILED, False)):
            for item in _values(one, tag):
                yield _word(str(_first(item, INSTANCE) or ""), _reason(item, stored=stored), stored=stored)


def _values(dataset: Mapping[str, Any], tag: str) -> list[Any]:
    found: list[Any] = dataset.get(tag, {}).get("Value") or []
    return found


def _first(dataset: Mapping[str, Any], tag: str) -> object:
    return next(iter(_values(dataset, tag)), None)


def _reason(item: Mapping[str, Any], *, stored: bool) -> object:
    return _first(item, WARNING_REASON if stored else FAILURE_REASON)


def _from_xml(content: bytes) -> Iterable[Word]:
    if any(word in content for word in FORBIDDEN):
        message = "a document that declares entities"
        raise ValueError(message)
    root = ET.fromstring(content)  # noqa: S314 - without entities there is nothing that could grow
    if _name(root) != ROOT:
        message = "another document"
        raise ValueError(message)
    for tag, stored in ((STORED, True), (FAILED, False)):
        for sequence in _elements(root, tag):
            for item in sequence:
                reason = _text(item, WARNING_REASON if stored else FAILURE_REASON)
                yield _word(_text(item, INSTANCE), reason, stored=stored)


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _elements(parent: ET.Element, tag: str) -> list[ET.Element]:
    return [one for one in parent if _name(one) == "DicomAttribute" and one.get("tag", "").upper() == tag]


def _text(item: ET.Element, tag: str) -> str:
    found = [value.text for one in _elements(item, tag) for value in one if _name(value) == "Value"]
    return str(next(iter(found), "") or "").strip()


def _word(uid: str, reason: object, *, stored: bool) -> Word:
    """Make a word; a number that is none is a number of no meaning, not a reason to read nothing."""
    text = str(reason if reason is not None else "")
    number = int(text) if text.isdecimal() else 0
    return Word(sop_instance_uid=uid.strip(), stored=stored, reason=number)
