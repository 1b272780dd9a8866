"""Answers to STOW-RS are read as JSON and as XML, whatever their media type; what is no list is none."""

import json
from email import message_from_binary_file
from io import BytesIO

import pytest

from collega.errors import PeerError
from collega.formats.dicom_stow import Word, media_type, part_head, read_answer, tail

pytestmark = pytest.mark.shows("R31", "R59")
UID, OTHER = "1.2.3", "1.2.4"


def word(uid: str, reason: int = 0, *, stored: bool = True) -> Word:
    return Word(sop_instance_uid=uid, stored=stored, reason=reason)


def item(uid: str, tag: str = "", reason: object = 0) -> dict[str, object]:
    said: dict[str, object] = {"00081155": {"vr": "UI", "Value": [uid]}}
    return said | ({tag: {"vr": "US", "Value": [reason]}} if tag else {})


ANSWER = {
    "00081199": {"vr": "SQ", "Value": [item(UID, "00081196", 0xB000)]},
    "00081198": {"vr": "SQ", "Value": [item(OTHER, "00081197", 0xA900)]},
}
XML = f"""<?xml version="1.0"?>
<NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM">
<DicomAttribute tag="00081199" vr="SQ"><Item number="1"><DicomAttribute tag="00081155" vr="UI"><Value number="1">{UID}
</Value></DicomAttribute><DicomAttribute tag="00081196" vr="US"><Value number="1">45056</Value></DicomAttribute></Item>
</DicomAttribute><DicomAttribute tag="00081198" vr="SQ"><Item number="1"><DicomAttribute tag="00081155" vr="UI">
<Value number="1">{OTHER}</Value></DicomAttribute><DicomAttribute tag="00081197" vr="US"><Value number="1">43264</Value>
</DicomAttribute></Item></DicomAttribute></NativeDicomModel>"""
WORDS = {UID: word(UID, 0xB000), OTHER: word(OTHER, 0xA900, stored=False)}


@pytest.mark.parametrize(
    "content",
    [json.dumps(ANSWER), json.dumps([ANSWER]), XML, "\n " + XML.partition("?>")[2]],
    ids=["JSON", "a list of one", "XML", "XML without a head"],
)
def test_each_form_of_a_list_is_read(content: str) -> None:
    assert read_answer(content.encode()) == WORDS


def test_a_reason_that_is_no_number_is_none() -> None:
    failed = {"00081198": {"vr": "SQ", "Value": [item(UID, "00081197", "A900"), item(OTHER)]}}
    said = read_answer(json.dumps(failed).encode())
    assert said == {UID: word(UID, stored=False), OTHER: word(OTHER, stored=False)}


@pytest.mark.parametrize("content", ["{}", '{"00081199": {"vr": "SQ"}}', "<NativeDicomModel/>"])
def test_a_list_of_nothing_is_read_as_that(content: str) -> None:
    assert read_answer(content.encode()) == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"OK",
        b'{"00081199": {"Value": [',
        b'{"00081199": 7}',
        b'{"00081199": {"Value": [7]}}',
        b"7",
        b"<NativeDicomModel>",
        b"<html><body>1.2.3</body></html>",
        b"[" * 100_000,
        XML.encode("utf-16"),
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><NativeDicomModel>&b;</NativeDicomModel>',
    ],
)
def test_what_is_no_list_is_an_error(content: bytes) -> None:
    with pytest.raises(PeerError, match="list of what was stored"):
        read_answer(content)


def test_a_body_is_what_a_reader_of_mail_takes_apart() -> None:
    files = [b"first\r\n--b", b"\x00second\r\n"]
    whole = b"".join(part_head("bound") + file for file in files) + tail("bound")
    head = f"Content-Type: {media_type('bound')}\r\n\r\n".encode()
    parts = message_from_binary_file(BytesIO(head + whole)).get_payload()
    assert [getattr(part, "get_content_type", str)() for part in parts] == ["application/dicom"] * 2
