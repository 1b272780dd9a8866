"""Audit messages after PS3.15 A.5, each event that is logged: against the schema, against a second list of codes."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.sr.codedict import codes as pydicom_codes
from tests.unit.formats.audit_schema import A53, faults

from collega.formats.audit_codes import MEANINGS
from collega.formats.audit_message import ONE_PATIENT, AuditSource, messages
from collega.formats.syslog import framed
from collega.model.audit import AuditLine, AuditOutcome, Subject
from collega.model.audit_events import EVENTS

# A machine that does other things meanwhile is no fault of the chain or of a message.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
AT = datetime(2026, 11, 28, 8, 30, 0, 123456, tzinfo=UTC)
SOURCE = AuditSource(host="ai.hospital.example", site="Hospital", aet="COLLEGA")
ONE = Subject(
    study_instance_uid="1.2.3", accession_number="A1", patient_id="7", issuer="HOSP", patient_name="Jansen^Piet"
)
TWO = Subject(study_instance_uid="1.2.4", accession_number="", patient_id="8", issuer="", patient_name="")


def line(event: str, *subjects: Subject, **values: object) -> AuditLine:
    known = {
        "number": 5,
        "hash": "ab" * 32,
        "at": AT,
        "event": event,
        "actor": "10.0.0.7",
        "address": "10.0.0.7",
        "responsible": "dr. X",
        "source": "web",
        "outcome": AuditOutcome.SUCCESS,
        "payload": {"peer": "PACS", "at": "10.0.0.1", "place": "/backup/1", "why": "een 'reden'"},
        "subjects": subjects,
    }
    return AuditLine(**{**known, **values})  # type: ignore[arg-type]


@pytest.mark.shows("R59")
@pytest.mark.parametrize("event", list(EVENTS))
def test_each_event_is_a_message_of_the_standard(event: str) -> None:
    written = messages(line(event, ONE), SOURCE)
    assert [faults(content) for content in written] == [[]]


@pytest.mark.shows("R59")
@pytest.mark.parametrize("event", list(EVENTS))
def test_of_two_patients_each_has_a_message_where_the_standard_says_so(event: str) -> None:
    written = messages(line(event, ONE, TWO), SOURCE)
    assert len(written) == (2 if EVENTS[event].message in ONE_PATIENT else 1)
    assert not [fault for content in written for fault in faults(content)]


def test_two_studies_of_one_patient_are_one_message() -> None:
    other = Subject(
        study_instance_uid="1.2.9", accession_number="A2", patient_id="7", issuer="HOSP", patient_name="Jansen^Piet"
    )
    (content,) = messages(line("board viewed", ONE, other), SOURCE)
    root = ET.fromstring(content)  # noqa: S314 - our own message
    assert [thing.get("ParticipantObjectID") for thing in root.iter("ParticipantObjectIdentification")] == [
        "1.2.3",
        "1.2.9",
        "7^^^HOSP",
    ]


@pytest.mark.shows("R59")
def test_an_order_of_a_patient_without_a_study_is_a_message() -> None:
    alone = Subject(patient_id="9", issuer="HOSP", patient_name="Bakker^Ans")
    (content,) = messages(line("order created", alone, actor="RIS ZKH"), SOURCE)
    root = ET.fromstring(content)  # noqa: S314 - our own message
    assert faults(content) == []
    assert [thing.get("ParticipantObjectID") for thing in root.iter("ParticipantObjectIdentification")] == ["9^^^HOSP"]
    assert next(root.iter("ActiveParticipant")).get("UserID") == "RIS ZKH"


@pytest.mark.shows("R59")
def test_a_step_names_its_studies_before_they_are_here() -> None:
    alone = Subject(patient_id="9", issuer="", patient_name="")
    for subject, uids in ((alone, ["1.2.8", "1.2.9"]), (ONE, ["1.2.3", "1.2.9"])):
        payload = {"study_instance_uids": uids}
        (content,) = messages(line("procedure step begun", subject, actor="CT1", payload=payload), SOURCE)
        root = ET.fromstring(content)  # noqa: S314 - our own message
        things = [thing.get("ParticipantObjectID") for thing in root.iter("ParticipantObjectIdentification")]
        assert (faults(content), {*uids} <= {*things}, len(things)) == ([], True, 3)


def test_a_list_without_a_patient_is_no_view_of_one() -> None:
    assert messages(line("board viewed"), SOURCE) == []


@pytest.mark.shows("R59")
def test_the_codes_are_those_of_pydicom() -> None:
    known = {code: (meaning, pydicom_codes.DCM) for code, meaning in MEANINGS.items()}
    for code, (meaning, collection) in known.items():
        matching = [getattr(collection, name) for name in collection.dir() if getattr(collection, name).value == code]
        assert [found.meaning for found in matching] == [meaning]


def test_every_message_of_the_standard_that_is_used_is_in_the_second_list() -> None:
    assert {kind.message for kind in EVENTS.values()} <= A53.keys()


@UNHURRIED
@given(st.text(max_size=20), st.text(max_size=20))
def test_whatever_stands_in_a_header_gives_readable_xml(name: str, number: str) -> None:
    odd = Subject(study_instance_uid="1.2", accession_number=name, patient_id=number, issuer=name, patient_name=name)
    for content in messages(line("study viewed", odd, actor=name, payload={"why": name}), SOURCE):
        assert faults(content) == []
        assert b"\n" not in content


@pytest.mark.shows("R59")
def test_a_frame_begins_with_its_length_and_carries_the_chain() -> None:
    content = "<AuditMessage é/>".encode()
    frame = framed(content, host="ai hospital", at=AT, number=5, digest="ab" * 32)
    length, rest = frame.split(b" ", 1)
    assert int(length) == len(rest)
    head = b'<85>1 2026-11-28T08:30:00.123Z ai-hospital collega - DICOM+RFC3881 [chain@32473 number="5" hash="'
    assert rest.startswith(head)
    assert rest.endswith(b"\xef\xbb\xbf" + content)
