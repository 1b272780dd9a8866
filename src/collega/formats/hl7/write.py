"""Messages of ours (HL7 version 2.5.1): header and patient, fields by their numbers, texts escaped, bytes by MSH-18."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from collega.formats.hl7.message import CHARSETS, Separators, escaped
from collega.model.code import Code
from collega.model.outgoing import Destination
from collega.model.study import Patient

MARKS = Separators()
VERSION = "2.5.1"
APPLICATION = "COLLEGA"
# A field as it stands on the wire, by its number in the segment.
Fields = Mapping[int, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """What a message of ours is named by: MSH-10, and when it was made, in the local time of the site."""

    destination: Destination
    control_id: str
    at: datetime


def text(value: str) -> str:
    """Write a text: no separator is left in it, and no control character, which would end a segment or a block."""
    kept = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in value)
    return escaped(" ".join(kept.split()), MARKS)


def composite(*parts: str) -> str:
    """Join components, each a text."""
    return MARKS.component.join(map(text, parts)).rstrip(MARKS.component)


def coded(code: Code, meaning: str = "") -> str:
    """Write a coded value (CE, CWE); ``meaning`` in the reader's language."""
    return composite(code.value, meaning or code.meaning, code.scheme)


def moment(at: datetime) -> str:
    """Write a moment with its zone (TS)."""
    return at.strftime("%Y%m%d%H%M%S%z")


def segment(name: str, fields: Fields) -> str:
    """Put fields in their places; those without a value are empty."""
    last = max(fields, default=0)
    return MARKS.field.join([name, *(fields.get(number, "") for number in range(1, last + 1))]).rstrip(MARKS.field)


def header(envelope: Envelope, kind: tuple[str, str, str]) -> str:
    """Write MSH."""
    to = envelope.destination
    marks = f"{MARKS.component}{MARKS.repetition}{MARKS.escape}{MARKS.subcomponent}"
    fields = {
        # MSH-1 is the separator itself: numbers are one less from here on.
        1: marks,
        2: text(APPLICATION),
        3: text(to.sender),
        4: text(to.application),
        5: text(to.facility),
        6: moment(envelope.at),
        8: composite(*kind),
        9: text(envelope.control_id),
        10: "P",
        11: VERSION,
        17: to.charset,
    }
    return segment("MSH", fields)


def patient(said: Patient) -> str:
    """Write PID; a name in DICOM (PS3.5 PN) has prefix and suffix the other way round than one in HL7 (XPN)."""
    family, given, middle, prefix, suffix, *_ = [*said.name.split("=")[0].split("^"), "", "", "", "", ""]
    fields = {
        1: "1",
        3: composite(said.patient_id, "", "", said.issuer, "PI"),
        # PID-5 must be there: a name that nobody knows is of the type U (table 0200).
        5: composite(family, given, middle, suffix, prefix) or composite("", "", "", "", "", "", "U"),
        7: text(said.birth_date),
        8: text(said.sex),
    }
    return segment("PID", fields)


def encoded(envelope: Envelope, segments: Sequence[str]) -> bytes:
    """Encode as MSH-18 says; a letter that the set lacks loses its mark, and one without a mark becomes a question."""
    codec = CHARSETS.get(envelope.destination.charset, "utf-8")
    whole = "".join(f"{line}\r" for line in segments)
    return b"".join(_letter(letter, codec) for letter in whole) if codec != "utf-8" else whole.encode(codec, "replace")


def _letter(letter: str, codec: str) -> bytes:
    try:
        return letter.encode(codec)
    except UnicodeEncodeError:
        plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
        return text(plain).encode("ascii") or b"?"
