"""A line of the audit record as messages of DICOM (PS3.15 A.5): XML after its schema of A.5.1."""

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import groupby
from xml.etree import ElementTree as ET

from collega.formats import audit_codes as codes
from collega.model import audit_events as events
from collega.model.audit import AuditLine, Subject
from collega.model.audit_events import EVENTS, AuditKind

# What XML 1.0 cannot hold, and a name in a header may.
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ADDRESS = re.compile(r"[0-9a-fA-F.:]+")
# Records of an order (A.5.3.13), a patient (A.5.3.14), a procedure (A.5.3.15).
RECORDS = frozenset({events.ORDER_RECORD, events.PATIENT_RECORD, events.PROCEDURE_RECORD})
# These speak of one patient only (A.5.3.3, A.5.3.6 to A.5.3.8 too): of several there are several messages.
ONE_PATIENT = RECORDS | {
    events.BEGIN_TRANSFERRING,
    events.INSTANCES_ACCESSED,
    events.INSTANCES_TRANSFERRED,
    events.STUDY_DELETED,
}
# These name a patient and no study.
NO_STUDY = frozenset({events.ORDER_RECORD, events.PATIENT_RECORD})
LOG_URI = "urn:collega:audit"


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditSource:
    """Who reports: the name of this machine, the site, and our own AE title."""

    host: str
    site: str
    aet: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Party:
    user: str
    role: str = ""
    is_requestor: bool = False
    address: str = ""
    aet: str = ""
    name: str = ""


def messages(line: AuditLine, source: AuditSource) -> list[bytes]:
    """Write the messages of a line; none where it names no patient and its message must name one."""
    kind = EVENTS[line.event]
    if kind.message not in ONE_PATIENT:
        return [_message(line, kind, source, line.subjects)]
    of_patient = sorted(line.subjects, key=_patient)
    return [_message(line, kind, source, list(group)) for _, group in groupby(of_patient, _patient)]


def _patient(subject: Subject) -> tuple[str, str]:
    return subject.issuer, subject.patient_id or subject.study_instance_uid


def _message(line: AuditLine, kind: AuditKind, source: AuditSource, subjects: Sequence[Subject]) -> bytes:
    root = ET.Element("AuditMessage")
    event = _element(
        root,
        "EventIdentification",
        EventActionCode=kind.action,
        EventDateTime=line.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        EventOutcomeIndicator=str(int(line.outcome)),
    )
    _coded(event, "EventID", kind.message)
    if kind.type:
        _coded(event, "EventTypeCode", kind.type)
    _element(event, "EventOutcomeDescription").text = _text(_description(line, kind))
    for party in PARTIES[kind.message](line, kind, source):
        _participant(root, party)
    site = {"AuditEnterpriseSiteID": source.site} if source.site else {}
    reporter = _element(root, "AuditSourceIdentification", **site, AuditSourceID=source.host)
    _element(reporter, "AuditSourceTypeCode", **{"csd-code": "3" if line.source == "web" else "4"})
    OBJECTS.get(kind.message, _no_object)(root, line, kind)
    for subject in subjects:
        if subject.study_instance_uid and kind.message not in NO_STUDY:
            _study(root, subject)
    for _, group in groupby(sorted(subjects, key=_patient), _patient):
        _person(root, next(group))
    # Without a declaration and its line break: UTF-8 is what XML is in anyway.
    return ET.tostring(root, encoding="unicode").encode()


def _description(line: AuditLine, kind: AuditKind) -> str:
    why = line.payload.get("why") or line.payload.get("reason") or ""
    return f"{kind.words.en}: {why}" if why else kind.words.en


# --------------------------------------------------------------------------- who took part


def _self(line: AuditLine, source: AuditSource, role: str = "", *, asks: bool = False) -> _Party:
    return _Party(user=f"collega {line.source}@{source.host}", role=role, aet=source.aet, is_requestor=asks)


def _actor(line: AuditLine, role: str = "") -> _Party:
    return _Party(user=line.actor, name=line.responsible, role=role, is_requestor=True, address=line.address)


def _other(line: AuditLine, role: str) -> _Party:
    """Give the node at the other end: of a transfer, of a question."""
    return _Party(user=str(line.payload.get("peer") or line.actor), role=role, address=str(line.payload.get("at", "")))


def _application(line: AuditLine, _kind: AuditKind, source: AuditSource) -> list[_Party]:
    return [_self(line, source, codes.APPLICATION)]


def _person_and_process(line: AuditLine, _kind: AuditKind, source: AuditSource) -> list[_Party]:
    return [_actor(line), _self(line, source)]


def _transfer(line: AuditLine, kind: AuditKind, source: AuditSource) -> list[_Party]:
    if kind.comes_in:
        sender = _Party(user=line.actor, role=codes.SOURCE, is_requestor=True, address=line.address, aet=line.actor)
        return [sender, _self(line, source, codes.DESTINATION)]
    return [_self(line, source, codes.SOURCE, asks=True), _other(line, codes.DESTINATION)]


def _question(line: AuditLine, _kind: AuditKind, source: AuditSource) -> list[_Party]:
    asking = _self(line, source, codes.SOURCE, asks=True)
    answering = _other(line, codes.DESTINATION)
    known = line.payload.get("peer")
    app = [] if line.actor in {"collega", known} else [_Party(user=line.actor)]
    return [asking, answering if known else _Party(user="unknown", role=codes.DESTINATION), *app]


def _media(line: AuditLine, kind: AuditKind, source: AuditSource) -> list[_Party]:
    goes_out = kind.message == events.EXPORT
    role, media = (codes.SOURCE, codes.DESTINATION_MEDIA) if goes_out else (codes.DESTINATION, codes.SOURCE_MEDIA)
    place = _Party(user=str(line.payload.get("place") or "a file"), role=media)
    return [_actor(line, role), _self(line, source, role), place]


def _alert(line: AuditLine, kind: AuditKind, source: AuditSource) -> list[_Party]:
    if kind.type == events.NODE_AUTHENTICATION:
        node = _Party(user=line.actor or line.address, address=line.address, aet=line.actor)
        return [_self(line, source, asks=True), node]
    return [_actor(line), _self(line, source)]


PARTIES: Mapping[str, Callable[[AuditLine, AuditKind, AuditSource], list[_Party]]] = {
    events.APPLICATION_ACTIVITY: _application,
    events.AUDIT_LOG_USED: _person_and_process,
    events.BEGIN_TRANSFERRING: _transfer,
    events.INSTANCES_ACCESSED: _person_and_process,
    **dict.fromkeys(RECORDS, _person_and_process),
    events.INSTANCES_TRANSFERRED: _transfer,
    events.STUDY_DELETED: _person_and_process,
    events.EXPORT: _media,
    events.IMPORT: _media,
    events.QUERY: _question,
    events.SECURITY_ALERT: _alert,
    events.USER_AUTHENTICATION: _person_and_process,
}


# --------------------------------------------------------------------------- what it was done to


def _no_object(_root: ET.Element, _line: AuditLine, _kind: AuditKind) -> None:
    """Name studies and patients alone."""


def _the_log(root: ET.Element, line: AuditLine, _kind: AuditKind) -> None:
    thing = _thing(root, LOG_URI, "2", "13", codes.URI)
    _element(thing, "ParticipantObjectName").text = "Security Audit Log"
    _detail(thing, "payload", json.dumps(line.payload, ensure_ascii=False))


def _the_question(root: ET.Element, line: AuditLine, _kind: AuditKind) -> None:
    thing = _thing(root, line.event, "2", "24", codes.SEARCH_CRITERIA)
    _element(thing, "ParticipantObjectQuery").text = _encoded(json.dumps(line.payload, ensure_ascii=False))


def _the_step(root: ET.Element, line: AuditLine, _kind: AuditKind) -> None:
    """Name the studies of a step that are not here yet."""
    known = {subject.study_instance_uid for subject in line.subjects}
    for uid in line.payload.get("study_instance_uids", ()):
        if uid not in known:
            _study(root, Subject(study_instance_uid=uid))


def _the_subject(root: ET.Element, line: AuditLine, kind: AuditKind) -> None:
    if kind.type == events.NODE_AUTHENTICATION:
        thing = _thing(root, line.address or line.actor, "2", "13", codes.NODE)
    else:
        thing = _thing(root, f"urn:collega:{line.event.replace(' ', '-')}", "2", "13", codes.URI)
    _element(thing, "ParticipantObjectName").text = _text(str(line.payload.get("app_id") or line.event))
    _detail(thing, "Alert Description", json.dumps(line.payload, ensure_ascii=False))


OBJECTS: Mapping[str, Callable[[ET.Element, AuditLine, AuditKind], None]] = {
    events.AUDIT_LOG_USED: _the_log,
    events.PROCEDURE_RECORD: _the_step,
    events.QUERY: _the_question,
    events.SECURITY_ALERT: _the_subject,
}


def _study(root: ET.Element, subject: Subject) -> None:
    thing = _thing(root, subject.study_instance_uid, "2", "3", codes.STUDY_UID)
    _element(thing, "ParticipantObjectName").text = "study"
    if subject.accession_number:
        described = _element(thing, "ParticipantObjectDescription")
        _element(described, "Accession", Number=subject.accession_number)


def _person(root: ET.Element, subject: Subject) -> None:
    number = f"{subject.patient_id}^^^{subject.issuer}" if subject.issuer else subject.patient_id
    thing = _thing(root, _text(number) or "unknown", "1", "1", codes.PATIENT_NUMBER)
    _element(thing, "ParticipantObjectName").text = _text(subject.patient_name) or "unknown"


# --------------------------------------------------------------------------- elements


def _thing(root: ET.Element, name: str, kind: str, role: str, code: str) -> ET.Element:
    attributes = {"ParticipantObjectTypeCode": kind, "ParticipantObjectTypeCodeRole": role}
    thing = _element(root, "ParticipantObjectIdentification", ParticipantObjectID=name, **attributes)
    _coded(thing, "ParticipantObjectIDTypeCode", code)
    return thing


def _participant(root: ET.Element, party: _Party) -> None:
    known = {
        "AlternativeUserID": f"AETITLES={party.aet}" if party.aet else "",
        "UserName": party.name,
        "NetworkAccessPointID": party.address,
        "NetworkAccessPointTypeCode": ("2" if ADDRESS.fullmatch(party.address) else "1") if party.address else "",
    }
    element = _element(
        root,
        "ActiveParticipant",
        UserID=party.user,
        UserIsRequestor=str(party.is_requestor).lower(),
        **{name: value for name, value in known.items() if value},
    )
    if party.role:
        _coded(element, "RoleIDCode", party.role)


def _coded(parent: ET.Element, tag: str, code: str) -> None:
    is_ours = code in codes.MEANINGS
    meaning = codes.MEANINGS[code] if is_ours else codes.RFC_MEANINGS[code]
    system = codes.DCM if is_ours else codes.RFC
    _element(parent, tag, **{"csd-code": code, "codeSystemName": system, "originalText": meaning})


def _detail(parent: ET.Element, name: str, value: str) -> None:
    _element(parent, "ParticipantObjectDetail", type=name, value=_encoded(value))


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _element(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, tag, {name: _text(value) for name, value in attributes.items()})


def _text(value: str) -> str:
    """Write a value as a token of XML Schema: what cannot stand in XML is replaced, white space is one space."""
    return " ".join(UNWRITABLE.sub("?", value).split())
