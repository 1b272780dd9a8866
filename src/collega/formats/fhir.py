"""FHIR R4 resources as a server of records answers them: Bundle, Patient, Observation, DiagnosticReport, Condition."""

import base64
import binascii
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from collega.model.code import Code
from collega.model.inputs import Observed, Reported
from collega.model.reference import Followed, TruthWord

Resource: TypeAlias = Mapping[str, Any]

# Coding schemes by their DICOM name (PS3.16 table 8-1) and by their address in FHIR.
SYSTEMS: Mapping[str, str] = {"LN": "http://loinc.org", "SCT": "http://snomed.info/sct"}
SCHEMES: Mapping[str, str] = {system: scheme for scheme, system in SYSTEMS.items()}
UCUM = "http://unitsofmeasure.org"
LONGEST_MEANING = 64
MOST_CHARACTERS = 100_000
FULL_DATE = 10
Keys: TypeAlias = frozenset[tuple[str, str]]
# Status of what counts (R4 ObservationStatus, DiagnosticReportStatus).
ENDED = frozenset({"final", "amended", "corrected", "appended"})
# R4 ConditionVerificationStatus; one that was entered in error says nothing.
VERIFIED: Mapping[str, TruthWord] = {
    "confirmed": TruthWord.PRESENT,
    "refuted": TruthWord.ABSENT,
    "unconfirmed": TruthWord.UNCERTAIN,
    "provisional": TruthWord.UNCERTAIN,
    "differential": TruthWord.UNCERTAIN,
}
# v3 ObservationInterpretation, and SNOMED CT: positive, negative, present, absent, detected, not detected.
ANSWERS: Mapping[str, TruthWord] = {
    **dict.fromkeys(("POS", "DET", "10828004", "52101004", "260373001"), TruthWord.PRESENT),
    **dict.fromkeys(("NEG", "ND", "260385009", "2667000", "260415000"), TruthWord.ABSENT),
}


def token(system: str, value: str) -> str:
    """Write a search token (R4 3.1.1.4.10), with what has a meaning there escaped (3.1.1.4.4)."""
    return f"{_escaped(system)}|{_escaped(value)}"


def code_tokens(codes: Sequence[Code]) -> str:
    """Write a search for any of some codes."""
    return ",".join(token(SYSTEMS[code.scheme], code.value) for code in codes)


def resources(bundle: object, kind: str) -> list[Resource]:
    """Give the resources of a kind that a bundle holds; a report of the server about its search is none of them."""
    entries = _list(bundle, "entry")
    found = [entry.get("resource") for entry in entries if isinstance(entry, Mapping)]
    return [item for item in found if isinstance(item, Mapping) and item.get("resourceType") == kind]


def next_page(bundle: object) -> str:
    """Give the address of the next page; empty where this is the last."""
    links = [link for link in _list(bundle, "link") if isinstance(link, Mapping) and link.get("relation") == "next"]
    return str(links[0].get("url") or "") if links else ""


def has_identifier(patient: Resource, system: str, value: str) -> bool:
    """Tell whether a patient is known under a number."""
    numbers = [item for item in _list(patient, "identifier") if isinstance(item, Mapping)]
    return any((item.get("system"), item.get("value")) == (system, value) for item in numbers)


def is_about(resource: Resource, patient_id: str) -> bool:
    """Tell whether a resource names a patient of this server as its subject."""
    subject = resource.get("subject")
    reference = str(subject.get("reference") or "") if isinstance(subject, Mapping) else ""
    return reference.split("/_history/")[0].split("/")[-2:] == ["Patient", patient_id]


def observed(resource: Resource, zone: ZoneInfo) -> Iterator[Observed]:
    """Read an Observation, once for each code that it is known under; nothing where it says not when.

    The value is read as valueQuantity, else as words: valueCodeableConcept, valueString, valueInteger,
    valueBoolean. One with a dataAbsentReason has none.
    """
    at = _moment_of(resource, zone)
    if at is None:
        return
    value, unit, comparator = _quantity(resource)
    parts = tuple(
        (code, _words(part))
        for part in _list(resource, "component")
        if isinstance(part, Mapping)
        for code in _codes(part.get("code"))
    )
    for code in _codes(resource.get("code")):
        yield Observed(
            code=code,
            at=at,
            status=str(resource.get("status") or ""),
            value=value,
            unit=unit,
            comparator=comparator,
            words=_words(resource),
            parts=parts,
        )


def reported(resource: Resource, zone: ZoneInfo) -> Reported | None:
    """Read a DiagnosticReport: its presented text, else its conclusion; None where it says not when."""
    at = _moment_of(resource, zone)
    if at is None:
        return None
    texts = [_presented(form) for form in _list(resource, "presentedForm") if isinstance(form, Mapping)]
    text = next((text for text in texts if text), "") or str(resource.get("conclusion") or "")
    return Reported(at=at, status=str(resource.get("status") or ""), text=text[:MOST_CHARACTERS].strip())


def followed(resource: Resource, codes: Sequence[Code], zone: ZoneInfo) -> Followed | None:
    """Read what a record says of what these codes mean; None where it says nothing of it, or not when.

    A Condition is there, unless it is refuted, and uncertain before it is confirmed. A DiagnosticReport says what it
    concludes. An Observation must say yes or no, by its value or its interpretation.
    """
    read = FOLLOWED.get(str(resource.get("resourceType")))
    word = read(resource, frozenset((code.scheme, code.value) for code in codes)) if read is not None else None
    at = _moment_of(resource, zone) or _noted(resource, zone)
    return Followed(at=at, word=word) if word is not None and at is not None else None


def _noted(resource: Resource, zone: ZoneInfo) -> datetime | None:
    """Say when a Condition began, else when it was written down (R4 Condition.onset[x], .recordedDate)."""
    said = (resource.get("onsetDateTime"), resource.get("recordedDate"))
    return next((at for text in said if text and (at := moment(str(text), zone)) is not None), None)


def _of_condition(resource: Resource, wanted: Keys) -> TruthWord | None:
    if not _keys(resource.get("code")) & wanted:
        return None
    status = next(iter(_plain_codes(resource.get("verificationStatus"))), "confirmed")
    return VERIFIED.get(status)


def _of_report(resource: Resource, wanted: Keys) -> TruthWord | None:
    concluded = any(_keys(concept) & wanted for concept in _list(resource, "conclusionCode"))
    return TruthWord.PRESENT if concluded and resource.get("status") in ENDED else None


def _of_observation(resource: Resource, wanted: Keys) -> TruthWord | None:
    if not _keys(resource.get("code")) & wanted or resource.get("status") not in ENDED:
        return None
    value = resource.get("valueBoolean")
    if isinstance(value, bool):
        return TruthWord.PRESENT if value else TruthWord.ABSENT
    concepts = [resource.get("valueCodeableConcept"), *_list(resource, "interpretation")]
    said = {ANSWERS[code] for concept in concepts for code in _plain_codes(concept) if code in ANSWERS}
    return next(iter(said)) if len(said) == 1 else None


def _keys(concept: object) -> Keys:
    return frozenset((code.scheme, code.value) for code in _codes(concept))


def _plain_codes(concept: object) -> list[str]:
    codings = [item for item in _list(concept, "coding") if isinstance(item, Mapping)]
    return [str(item.get("code") or "") for item in codings]


FOLLOWED: Mapping[str, Callable[[Resource, Keys], TruthWord | None]] = {
    "Condition": _of_condition,
    "DiagnosticReport": _of_report,
    "Observation": _of_observation,
}


def _presented(form: Mapping[str, Any]) -> str:
    """Read an attachment that carries plain text; whatever else it is, it is left."""
    if not str(form.get("contentType") or "").lower().startswith("text/plain"):
        return ""
    try:
        return base64.b64decode(str(form.get("data") or ""), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _quantity(resource: Resource) -> tuple[float | None, str, str]:
    quantity = resource.get("valueQuantity")
    if not isinstance(quantity, Mapping) or isinstance(quantity.get("value"), bool):
        return None, "", ""
    value = _finite(quantity.get("value"))
    # A coded unit is meant; the text beside it is for people.
    coded = str(quantity.get("code") or "") if quantity.get("system") == UCUM else ""
    unit = coded or str(quantity.get("unit") or "")
    return value, unit, str(quantity.get("comparator") or "")


def _finite(value: object) -> float | None:
    """Give a number; None for what no measurement can be, such as NaN, which JSON as written may hold."""
    try:
        number = float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _words(resource: Resource) -> str:
    concept = resource.get("valueCodeableConcept")
    if isinstance(concept, Mapping):
        codings = [item for item in _list(concept, "coding") if isinstance(item, Mapping)]
        said = [str(item.get("display") or item.get("code") or "") for item in codings]
        return str(concept.get("text") or next(filter(None, said), ""))[:MOST_CHARACTERS]
    for key in ("valueString", "valueInteger", "valueBoolean"):
        if key in resource:
            return str(resource[key])[:MOST_CHARACTERS]
    return ""


def _codes(concept: object) -> list[Code]:
    codings = [item for item in _list(concept, "coding") if isinstance(item, Mapping) and item.get("code")]
    return [
        Code(
            scheme=SCHEMES[str(item.get("system"))],
            value=str(item["code"]),
            meaning=str(item.get("display") or item["code"])[:LONGEST_MEANING],
        )
        for item in codings
        if str(item.get("system")) in SCHEMES
    ]


def _moment_of(resource: Resource, zone: ZoneInfo) -> datetime | None:
    """Say when it was so: effective, else issued (R4 Observation.effective[x], .issued)."""
    period = resource.get("effectivePeriod")
    ends = (period.get("end"), period.get("start")) if isinstance(period, Mapping) else ()
    said = (resource.get("effectiveDateTime"), resource.get("effectiveInstant"), *ends, resource.get("issued"))
    return next((at for text in said if text and (at := moment(str(text), zone)) is not None), None)


def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """Read a dateTime (R4 2.24.0.1) in UTC: a day begins at midnight of the site, a month is no moment."""
    try:
        if len(text) == FULL_DATE:
            return datetime.combine(date.fromisoformat(text), time(), zone).astimezone(UTC)
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _list(holder: object, key: str) -> list[Any]:
    value = holder.get(key) if isinstance(holder, Mapping) else None
    return value if isinstance(value, list) else []


def _escaped(text: str) -> str:
    for sign in ("\\", "$", ",", "|"):
        text = text.replace(sign, f"\\{sign}")
    return text
