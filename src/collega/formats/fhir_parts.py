"""Parts that several FHIR R4 resources of ours are made of: codes, identifiers, references, moments."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from collega.formats.dicom_codes import PRIVATE_SCHEME
from collega.formats.fhir import SYSTEMS, UCUM
from collega.model.code import Code, Text
from collega.model.ids import stable_uid
from collega.model.study import Patient

Part: TypeAlias = dict[str, Any]

# Our own codes: an address that no other can have, since nobody owns a name for it.
OWN_SYSTEM = f"urn:oid:{stable_uid('fhir code system')}"
# Coding schemes by their DICOM name, as PS3.16 table 8-1 and HL7 give their addresses.
ADDRESSES: Mapping[str, str] = {
    **SYSTEMS,
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "RADLEX": "http://radlex.org",
    "UCUM": UCUM,
    PRIVATE_SCHEME: OWN_SYSTEM,
}
ACCESSION_TYPE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}]}
NUMBER_TYPE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
DICOM_UID = "urn:dicom:uid"
ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
ABSENT_SYSTEM = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """What a site calls things in FHIR: language of its sentences, systems of its numbers; empty where it has none.

    ``patient_system`` is for numbers of ``issuer``, and for those without an issuer.
    """

    language: str
    patient_system: str = ""
    issuer: str = ""
    accession_system: str = ""

    def system_of(self, issuer: str) -> str:
        """Give the system of the numbers of an issuer; empty where there is none."""
        return self.patient_system if issuer in {"", self.issuer} else ""


def pruned(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Leave out what is empty: FHIR knows no empty text, list or object."""
    # The plain types first: a page has thousands of values, and to ask whether one is any Mapping takes longest.
    if isinstance(value, str):
        return text(value)
    if type(value) is dict or isinstance(value, Mapping):
        return {name: made for name, item in value.items() if not _is_empty(made := pruned(item))}
    if isinstance(value, list | tuple):
        return [made for item in value if not _is_empty(made := pruned(item))]
    return value


def _is_empty(value: object) -> bool:
    return value is None or (not value and isinstance(value, str | list | dict))


def text(said: str) -> str:
    """Write a text without signs that FHIR does not take, such as those that a header smuggles in."""
    if said.isprintable():
        return said.strip()
    return "".join(sign if sign.isprintable() or sign in "\n\t" else " " for sign in said).strip()


def instant(moment: datetime | None) -> str | None:
    """Write a moment to the millisecond, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def coding(code: Code) -> Part:
    """Write a code; a scheme without an address in FHIR stays without, since its meaning is private to its maker."""
    return {"system": ADDRESSES.get(code.scheme), "code": _token(code.value), "display": code.meaning}


def _token(value: str) -> str:
    return " ".join(text(value).split())


def concept(code: Code, words: str = "") -> Part:
    """Write a concept."""
    return {"coding": [coding(code)], "text": words or code.meaning}


def own(value: str, words: Text, language: str) -> Part:
    """Write a concept of ours."""
    display, code = words.in_language(language), _token(value.replace("_", "-"))
    return {"coding": [{"system": OWN_SYSTEM, "code": code, "display": display}], "text": display}


def reference(kind: str, key: str) -> Part:
    """Write a reference to a resource of this server."""
    return {"reference": f"{kind}/{key}"}


def accession(number: str, frame: Frame) -> Part:
    """Write an accession number."""
    return {"type": ACCESSION_TYPE, "system": frame.accession_system, "value": number} if text(number) else {}


def order(number: str, frame: Frame) -> list[Part]:
    """Name the order that something was done for; all that is known of it is its number."""
    found = accession(number, frame)
    return [{"type": "ServiceRequest", "identifier": found}] if found else []


def quantity(value: float, unit: str) -> Part:
    """Write a number with its UCUM unit as a value; what is no number is said to be none."""
    if not math.isfinite(value):
        return {"dataAbsentReason": {"coding": [{"system": ABSENT_SYSTEM, "code": "not-a-number"}]}}
    return {"valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit}}


def patient(key: str, person: Patient, changed_at: datetime, frame: Frame) -> Part:
    """Write a Patient."""
    number = {
        "type": NUMBER_TYPE,
        "system": frame.system_of(person.issuer),
        "value": person.patient_id,
        "assigner": {"display": person.issuer},
    }
    return resource(
        "Patient",
        key,
        changed_at,
        identifier=[number] if text(person.patient_id) else [],
        name=[_name(person.name)],
        gender={"M": "male", "F": "female", "O": "other"}.get(person.sex, ""),
        birthDate=_date(person.birth_date),
    )


def resource(kind: str, key: str, changed_at: datetime | None, **content: Any) -> Part:  # noqa: ANN401 - any JSON
    """Write a resource without what is empty in it."""
    made: Part = pruned(
        {"resourceType": kind, "id": key, "meta": {"lastUpdated": instant(changed_at)}, **content},
    )
    return made


def _name(said: str) -> Part:
    """Read a person's name (PS3.5 6.2.1): the first of its groups that says anything."""
    group = next((item for item in said.split("=") if item.strip("^ ")), "")
    parts = [part.strip() for part in (*group.split("^"), "", "", "", "", "")][:5]
    family, given, middle, prefix, suffix = parts
    spoken = " ".join(filter(None, (prefix, given, middle, family, suffix)))
    return {
        "text": spoken,
        "family": family,
        "given": [*given.split(), *middle.split()],
        "prefix": [prefix],
        "suffix": [suffix],
    }


def _date(said: str) -> str:
    try:
        return datetime.strptime(said, "%Y%m%d").date().isoformat()  # noqa: DTZ007 - a date only
    except ValueError:
        return ""
