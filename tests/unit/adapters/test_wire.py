"""Protocol data units and command sets: any bytes are read right, or refused clearly."""

import socket
import struct
import threading
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pynetdicom.dsutils import decode

from collega.adapters.dimse import commands, wire
from collega.adapters.dimse.commands import Command, read_command
from collega.adapters.dimse.wire import ConnectionEndedError, ProtocolBreakError, Wire, p_data, pdvs

pytestmark = pytest.mark.shows("R31")


def received(stream: bytes, pieces: list[int], most: int = 4096) -> tuple[list[tuple[int, bytes]], str]:
    """Read a stream that comes in pieces; what came, and how it ended."""
    ours, theirs = socket.socketpair()

    def send() -> None:
        place = 0
        for size in [*pieces, len(stream)]:
            theirs.sendall(stream[place : place + size])
            place += size
        theirs.close()

    sender = threading.Thread(target=send)
    sender.start()
    found: list[tuple[int, bytes]] = []
    line = Wire(ours, most)
    try:
        while True:
            kind, content = line.next_pdu()
            found.append((kind, bytes(content)))
    except (ConnectionEndedError, ProtocolBreakError) as error:
        return found, type(error).__name__
    finally:
        ours.close()
        sender.join()


@given(
    units=st.lists(st.tuples(st.integers(4, 7), st.binary(max_size=3000)), max_size=12),
    pieces=st.lists(st.integers(1, 2000), max_size=30),
)
@settings(max_examples=60, deadline=None)
def test_units_come_out_as_they_went_in(units: list[tuple[int, bytes]], pieces: list[int]) -> None:
    stream = b"".join(struct.pack(">BxI", kind, len(content)) + content for kind, content in units)
    assert received(stream, pieces) == (units, "ConnectionEndedError")


def test_a_unit_longer_than_agreed_is_refused_before_it_is_read() -> None:
    found, end = received(struct.pack(">BxI", 4, 4097), [])
    assert (found, end) == ([], "ProtocolBreakError")


def test_a_silent_peer_is_given_up() -> None:
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 50_000))
    with pytest.raises(ConnectionEndedError, match="idle"):
        Wire(ours, 4096).next_pdu()
    ours.close()
    theirs.close()


@given(parts=st.lists(st.tuples(st.integers(1, 255), st.integers(0, 3), st.binary(max_size=50)), max_size=10))
def test_values_of_a_unit_come_out_as_they_went_in(parts: list[tuple[int, int, bytes]]) -> None:
    content = b"".join(p_data(*part)[6:] for part in parts)
    assert [(context, control, bytes(data)) for context, control, data in pdvs(memoryview(content))] == parts


@given(content=st.binary(max_size=60))
def test_any_unit_is_values_or_a_break(content: bytes) -> None:
    try:
        total = sum(6 + len(data) for _, _, data in pdvs(memoryview(content)))
    except ProtocolBreakError:
        return
    assert total == len(content)


@given(encoded=st.binary(max_size=80))
def test_any_command_set_is_a_command_or_an_error(encoded: bytes) -> None:
    try:
        command = read_command(encoded)
    except ValueError:
        return
    assert isinstance(command, Command)


@pytest.mark.parametrize("status", [0x0000, 0xA700, 0xC000])
@pytest.mark.parametrize("comment", ["", "out of storage, try again later", "x" * 100])
def test_a_response_is_what_pynetdicom_reads(status: int, comment: str) -> None:
    request = Command(
        field=commands.C_STORE_RQ,
        message_id=7,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        sop_instance_uid="1.2.345",
        has_data_set=True,
        number=None,
    )
    encoded = commands.response(request, status, comment=comment)
    read = decode(BytesIO(encoded), True, True)  # noqa: FBT003 - implicit VR, little endian
    assert read.CommandGroupLength == len(encoded) - 12
    assert (read.CommandField, read.MessageIDBeingRespondedTo, read.Status) == (0x8001, 7, status)
    assert (read.AffectedSOPInstanceUID, read.CommandDataSetType) == ("1.2.345", 0x0101)
    assert read.get("ErrorComment", "") == comment[:64]
    assert [element.tag for element in read] == sorted(element.tag for element in read)


def test_an_abort_names_the_provider_as_its_source() -> None:
    assert wire.abort(wire.AbortReason.UNEXPECTED)[-2:] == b"\x02\x02"
