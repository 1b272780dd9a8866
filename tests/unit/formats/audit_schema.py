"""The schema of audit messages, written from PS3.15 A.5.1, and what A.5.3 asks of each message."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

Check = Callable[[str], bool]
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def token(value: str) -> bool:
    return value == " ".join(value.split())


def text(_value: str) -> bool:
    return True


def one_of(*values: str) -> Check:
    return frozenset(values).__contains__


def upto(number: int) -> Check:
    return one_of(*map(str, range(1, number + 1)))


def base64_binary(value: str) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        return False
    return True


@dataclass(frozen=True)
class Element:
    """Attributes (a name that ends in ? is optional), and children in their order with least and most."""

    attributes: Mapping[str, Check]
    children: Sequence[tuple[str, int, int]] = ()
    content: Check | None = None


MANY = 10**6
CODED = {"csd-code": token, "codeSystemName": token, "displayName?": token, "originalText": token}
BOOLEAN = one_of("true", "false", "1", "0")
SCHEMA: Mapping[str, Element] = {
    "AuditMessage": Element(
        {},
        [
            ("EventIdentification", 1, 1),
            ("ActiveParticipant", 1, MANY),
            ("AuditSourceIdentification", 1, 1),
            ("ParticipantObjectIdentification", 0, MANY),
        ],
    ),
    "EventIdentification": Element(
        {
            "EventActionCode?": one_of("C", "R", "U", "D", "E"),
            "EventDateTime": lambda value: DATE_TIME.fullmatch(value) is not None,
            "EventOutcomeIndicator": one_of("0", "4", "8", "12"),
        },
        [("EventID", 1, 1), ("EventTypeCode", 0, MANY), ("EventOutcomeDescription", 0, 1)],
    ),
    "EventID": Element(CODED),
    "EventTypeCode": Element(CODED),
    "EventOutcomeDescription": Element({}, content=text),
    "AuditSourceIdentification": Element(
        {"AuditEnterpriseSiteID?": token, "AuditSourceID": token}, [("AuditSourceTypeCode", 0, MANY)]
    ),
    "AuditSourceTypeCode": Element({"csd-code": upto(9)}),
    "ActiveParticipant": Element(
        {
            "UserID": text,
            "AlternativeUserID?": text,
            "UserName?": text,
            "UserIsRequestor": BOOLEAN,
            "NetworkAccessPointID?": token,
            "NetworkAccessPointTypeCode?": upto(5),
        },
        [("RoleIDCode", 0, MANY), ("MediaIdentifier", 0, 1)],
    ),
    "RoleIDCode": Element(CODED),
    "ParticipantObjectIdentification": Element(
        {
            "ParticipantObjectID": token,
            "ParticipantObjectTypeCode?": upto(4),
            "ParticipantObjectTypeCodeRole?": upto(26),
            "ParticipantObjectDataLifeCycle?": upto(15),
            "ParticipantObjectSensitivity?": token,
        },
        [
            ("ParticipantObjectIDTypeCode", 1, 1),
            ("ParticipantObjectName", 0, 1),
            ("ParticipantObjectQuery", 0, 1),
            ("ParticipantObjectDetail", 0, MANY),
            ("ParticipantObjectDescription", 0, MANY),
        ],
    ),
    "ParticipantObjectIDTypeCode": Element(CODED),
    "ParticipantObjectName": Element({}, content=token),
    "ParticipantObjectQuery": Element({}, content=base64_binary),
    "ParticipantObjectDetail": Element({"type": token, "value": base64_binary}),
    "ParticipantObjectDescription": Element({}, [("MPPS", 0, MANY), ("Accession", 0, MANY), ("SOPClass", 0, MANY)]),
    "Accession": Element({"Number": token}),
}
STUDY, PATIENT = ("2", "3", "110180"), ("1", "1", "2")
LOG, SEARCH = ("2", "13", "12"), ("2", "24", "10")
# Code -> actions, types of event, roles that must be there, objects (type, role, kind of identifier) that must.
# An empty set of types asks for none.
A53: Mapping[str, tuple[str, set[str], set[str], set[tuple[str, str, str]]]] = {
    "110100": ("E", {"110120", "110121"}, {"110150"}, set()),
    "110101": ("R", set(), set(), {LOG}),
    "110102": ("E", set(), {"110153", "110152"}, {STUDY, PATIENT}),
    "110103": ("CRUD", set(), set(), {STUDY, PATIENT}),
    "110104": ("CRU", set(), {"110153", "110152"}, {STUDY, PATIENT}),
    "110105": ("D", set(), set(), {STUDY, PATIENT}),
    "110106": ("R", set(), {"110153", "110154"}, set()),
    "110107": ("C", set(), {"110152", "110155"}, set()),
    "110109": ("CRUD", set(), set(), {PATIENT}),
    "110110": ("CRUD", set(), set(), {PATIENT}),
    "110111": ("CRUD", set(), set(), {PATIENT}),
    "110112": ("E", set(), {"110153", "110152"}, {SEARCH}),
    "110113": ("E", {f"1101{number}" for number in range(26, 39)}, set(), set()),
    "110114": ("E", {"110122", "110123"}, set(), set()),
}
ONE_PATIENT = {"110102", "110103", "110104", "110105", "110109", "110110", "110111"}
# These list no study among what they may name (tables A.5.3.13-1 and A.5.3.14-1).
NO_STUDY = {"110109", "110110"}


def faults(content: bytes) -> list[str]:
    """Name what the schema and A.5.3 do not allow in a message."""
    root = ET.fromstring(content)  # noqa: S314 - our own message
    if root.tag != "AuditMessage":
        return [f"the root is {root.tag}"]
    return [*_element(root), *_message(root)]


def _element(element: ET.Element) -> list[str]:
    rule = SCHEMA.get(element.tag)
    if rule is None:
        return [f"{element.tag} is unknown"]
    return [
        *_attributes(element, rule),
        *_children(element, rule),
        *(fault for child in element for fault in _element(child)),
    ]


def _attributes(element: ET.Element, rule: Element) -> list[str]:
    checks = {name.rstrip("?"): check for name, check in rule.attributes.items()}
    needed = {name for name in rule.attributes if not name.endswith("?")}
    found = [f"{element.tag}@{name} is missing" for name in needed - element.attrib.keys()]
    for name, value in element.attrib.items():
        if name not in checks or not checks[name](value):
            found.append(f"{element.tag}@{name}={value!r}")
    if element.text and (rule.content is None or not rule.content(element.text)):
        found.append(f"{element.tag} holds {element.text!r}")
    return found


def _children(element: ET.Element, rule: Element) -> list[str]:
    order = [name for name, _, _ in rule.children]
    tags = [child.tag for child in element]
    places = [order.index(tag) for tag in tags if tag in order]
    counted = [name for name, least, most in rule.children if not least <= tags.count(name) <= most]
    return [
        *(f"{tag} in {element.tag}" for tag in tags if tag not in order),
        *(f"{name} in {element.tag}: {tags.count(name)} times" for name in counted),
        *([f"children of {element.tag} are out of order"] if places != sorted(places) else []),
    ]


def code(element: ET.Element | None) -> str:
    return element.get("csd-code", "") if element is not None else ""


def _message(root: ET.Element) -> list[str]:
    event = root.find("EventIdentification")
    assert event is not None
    which = code(event.find("EventID"))
    if which not in A53:
        return [f"{which} is no message of A.5.3"]
    actions, types, roles, objects = A53[which]
    found = []
    if event.get("EventActionCode", "") not in actions:
        found.append(f"{which} with action {event.get('EventActionCode')}")
    if types and code(event.find("EventTypeCode")) not in types:
        found.append(f"{which} with type {code(event.find('EventTypeCode'))}")
    played = {code(role) for role in root.iter("RoleIDCode")}
    found += [f"{which} without role {role}" for role in roles - played]
    things = [
        (
            thing.get("ParticipantObjectTypeCode", ""),
            thing.get("ParticipantObjectTypeCodeRole", ""),
            code(thing.find("ParticipantObjectIDTypeCode")),
        )
        for thing in root.iter("ParticipantObjectIdentification")
    ]
    found += [f"{which} without object {wanted}" for wanted in objects - set(things)]
    if which in ONE_PATIENT and things.count(PATIENT) != 1:
        found.append(f"{which} speaks of {things.count(PATIENT)} patients")
    if which in NO_STUDY and STUDY in things:
        found.append(f"{which} names a study")
    asking = [party for party in root.iter("ActiveParticipant") if party.get("UserIsRequestor") == "true"]
    if len(asking) > 1:
        found.append(f"{len(asking)} requestors")
    return found
