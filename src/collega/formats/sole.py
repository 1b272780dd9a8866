"""Moments as IHE SOLE logs them: a DICOM audit message (PS3.15 A.5.1) in a syslog line (RFC 5424).

Only the codes of the two steps of a post-processing could be held against the profile's registry; the others
are local until the site gives them (``timeline.sole_codes``).
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from xml.etree import ElementTree as ET

from collega.model.timeline import MomentKind, Placed, Timeline

PRIORITY = 85  # facility 10 (security), severity 5 (notice): ITI TF-2, 3.20.4.1.2.1
MESSAGE_ID = "DICOM+RFC3881"
STUDY_CODE = ("110180", "DCM", "Study Instance UID")
UNSAFE = dict.fromkeys((*range(33), 127), "_")
LONGEST_HOST = 255


class SoleCode(NamedTuple):
    """A coded event."""

    code: str
    system: str
    meaning: str


LOCAL = {kind: SoleCode(str(kind), "99COLLEGA", str(kind).replace("_", " ")) for kind in MomentKind}
VERIFIED = {
    MomentKind.STARTED: SoleCode("SOLE114", "SOLE", "Post-processing step started, e.g., CAD"),
    MomentKind.ENDED: SoleCode("SOLE115", "SOLE", "Post-processing step completed, e.g., CAD"),
}


def read_codes(texts: Iterable[str]) -> dict[MomentKind, SoleCode]:
    """Read codes of a site, each as ``moment=code|system|meaning``; `ValueError` for what is none."""
    codes = {}
    for text in texts:
        name, _, rest = text.partition("=")
        parts = [part.strip() for part in rest.split("|")]
        if name.strip() not in list(MomentKind) or len(parts) != len(SoleCode._fields) or not all(parts):
            message = f"moment=code|system|meaning, with a kind of moment, not {text!r}"
            raise ValueError(message)
        codes[MomentKind(name.strip())] = SoleCode(*parts)
    return codes


def sole_events(study: str, found: Timeline, codes: Iterable[str], site: str) -> Iterator[str]:
    """Write each moment of a study, by the clock that told it.

    Parameters
    ----------
    study : str
        UID of the study, or its pseudonym.
    codes : iterable of str
        Codes of the site, as `read_codes` takes them.
    site : str
        Audit source.
    """
    table = LOCAL | VERIFIED | read_codes(codes)
    for item in found.placed:
        yield _line(study, item, table[item.moment.kind], site)


def _line(study: str, item: Placed, code: SoleCode, site: str) -> str:
    host = (site.translate(UNSAFE).encode("ascii", "replace").decode() or "-")[:LONGEST_HOST]
    header = f"<{PRIORITY}>1 {_stamp(item.moment.at)} {host} collega - {MESSAGE_ID} -"
    return f"{header} {_message(study, item, code, site)}"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _message(study: str, item: Placed, code: SoleCode, site: str) -> str:
    moment = item.moment
    root = ET.Element("AuditMessage")
    event = ET.SubElement(
        root,
        "EventIdentification",
        {"EventActionCode": "E", "EventDateTime": _stamp(moment.at), "EventOutcomeIndicator": "0"},
    )
    _coded(event, "EventID", code)
    who = " ".join(part for part in (str(moment.clock.owner), moment.clock.name) if part)
    ET.SubElement(root, "ActiveParticipant", {"UserID": moment.app or who, "UserIsRequestor": "false"})
    ET.SubElement(root, "AuditSourceIdentification", {"AuditSourceID": site})
    # 2 is a system object, 3 a report or study (PS3.15 A.5.2).
    about = ET.SubElement(
        root,
        "ParticipantObjectIdentification",
        {"ParticipantObjectID": study, "ParticipantObjectTypeCode": "2", "ParticipantObjectTypeCodeRole": "3"},
    )
    _coded(about, "ParticipantObjectIDTypeCode", SoleCode(*STUDY_CODE))
    return ET.tostring(root, encoding="unicode")


def _coded(parent: ET.Element, name: str, code: SoleCode) -> None:
    values = {"csd-code": code.code, "codeSystemName": code.system, "originalText": code.meaning}
    ET.SubElement(parent, name, values)
