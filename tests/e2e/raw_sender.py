"""A sender that says exactly the bytes that it is told to (PS3.8 9.3, PS3.7 9.3.1, 6.3)."""

import socket
import ssl
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Self

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, ImplicitVRLittleEndian
from pynetdicom import build_context
from pynetdicom.dsutils import decode, encode
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import A_ASSOCIATE, ImplementationClassUIDNotification, MaximumLengthNotification

HEADER = struct.Struct(">BxI")
PDV_HEADER = struct.Struct(">IBB")
ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA, RELEASE_RQ, RELEASE_RP, ABORT = 0x02, 0x03, 0x04, 0x05, 0x06, 0x07
COMMAND, LAST = 0x01, 0x02
NO_DATA_SET, DATA_SET = 0x0101, 0x0001
VERIFICATION = "1.2.840.10008.1.1"
SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One object as it goes over the wire: its data set alone, and what the command says of it."""

    sop_class: str
    uid: str
    study: str
    syntax: str
    data_set: bytes


def sent(path: Path) -> Sent:
    """Read a file as a sender does: everything after its file meta information."""
    whole = path.read_bytes()
    file = BytesIO(whole)
    dataset = dcmread(file)
    meta = dataset.file_meta
    # Preamble, DICM, and the group length element (12 bytes) that says how long the rest of it is.
    start = 128 + 4 + 12 + int(meta.FileMetaInformationGroupLength)
    return Sent(
        sop_class=str(dataset.SOPClassUID),
        uid=str(dataset.SOPInstanceUID),
        study=str(dataset.StudyInstanceUID),
        syntax=str(meta.TransferSyntaxUID),
        data_set=whole[start:],
    )


def converted(path: Path, syntax: str) -> Sent:
    """Give an object as a sender does that converts it to the plain syntax that was agreed upon."""
    one = sent(path)
    if syntax == one.syntax:
        return one
    dataset = dcmread(path)
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    file = BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return replace(one, syntax=syntax, data_set=data_set_of(file.getvalue()))


def data_set_of(content: bytes) -> bytes:
    """Give the bytes of a file after its file meta information."""
    (length,) = struct.unpack("<I", content[140:144])
    return content[144 + length :]


def associate_request(
    contexts: Mapping[int, tuple[str, Sequence[str]]],
    *,
    called: str = "COLLEGA",
    calling: str = "RAW",
    most_bytes: int = 16384,
) -> bytes:
    """Encode an A-ASSOCIATE-RQ: context identifier to abstract syntax and transfer syntaxes."""
    asked = A_ASSOCIATE()
    asked.application_context_name = UID("1.2.840.10008.3.1.1.1")
    asked.calling_ae_title, asked.called_ae_title = calling, called
    proposed = []
    for number, (abstract, transfers) in contexts.items():
        context = build_context(abstract, list[str | UID](transfers))
        context.context_id = number
        proposed.append(context)
    asked.presentation_context_definition_list = proposed
    length = MaximumLengthNotification()
    length.maximum_length_received = most_bytes
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = UID("1.2.826.0.1.3680043.10.999.2")
    asked.user_information = [length, implementation]
    pdu = A_ASSOCIATE_RQ()
    pdu.from_primitive(asked)
    encoded: bytes = pdu.encode()
    return encoded


def command(field: int, *, data: int, sop_class: str, uid: str = "", message: int = 1) -> bytes:
    """Encode a command set: implicit VR little endian, its group length first (PS3.7 6.3.1)."""
    dataset = Dataset()
    dataset.AffectedSOPClassUID, dataset.CommandField, dataset.MessageID = sop_class, field, message
    dataset.CommandDataSetType = data
    if uid:
        dataset.AffectedSOPInstanceUID, dataset.Priority = uid, 0
    body = encode(dataset, is_implicit_vr=True, is_little_endian=True)
    assert body is not None
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def store_command(one: Sent, message: int = 1) -> bytes:
    """C-STORE-RQ (PS3.7 9.3.1.1)."""
    return command(0x0001, data=DATA_SET, sop_class=one.sop_class, uid=one.uid, message=message)


def echo_command(message: int = 1) -> bytes:
    """C-ECHO-RQ (PS3.7 9.3.5.1)."""
    return command(0x0030, data=NO_DATA_SET, sop_class=VERIFICATION, message=message)


def pdv(context: int, control: int, fragment: bytes, length: int | None = None) -> bytes:
    """One presentation data value; ``length`` lies about it."""
    return PDV_HEADER.pack(len(fragment) + 2 if length is None else length, context, control) + fragment


def pdu(content: bytes, kind: int = P_DATA, length: int | None = None) -> bytes:
    """One protocol data unit; ``length`` lies about it."""
    return HEADER.pack(kind, len(content) if length is None else length) + content


def message(context: int, commands: bytes, data_set: bytes = b"", size: int = 16372) -> Iterator[bytes]:
    """Cut a message into PDUs with one fragment of ``size`` bytes each."""
    yield from _pieces(context, COMMAND, commands, size)
    if data_set:
        yield from _pieces(context, 0, data_set, size)


def _pieces(context: int, control: int, content: bytes, size: int) -> Iterator[bytes]:
    for place in range(0, len(content), size):
        last = LAST if place + size >= len(content) else 0
        yield pdu(pdv(context, control | last, content[place : place + size]))


class RawSender:
    """One connection."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        line = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.line = context.wrap_socket(line, server_hostname="127.0.0.1") if context else line

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.line.close()

    def say(self, *parts: bytes) -> None:
        """Send bytes; a peer that has hung up meanwhile is no error here."""
        try:
            self.line.sendall(b"".join(parts))
        except (BrokenPipeError, ConnectionResetError):
            return

    def hear(self) -> tuple[int, bytes]:
        """Wait for one PDU: type and content; (0, b"") at the end of the connection."""
        head = self._exactly(HEADER.size)
        if len(head) < HEADER.size:
            return 0, b""
        kind, length = HEADER.unpack(head)
        return kind, self._exactly(length)

    def status(self) -> int | None:
        """Wait for the answer to a message; None where the association ends instead."""
        kind, content = self.hear()
        if kind != P_DATA:
            return None
        answer = decode(BytesIO(content[PDV_HEADER.size :]), is_implicit_vr=True, is_little_endian=True)
        return int(answer.Status)

    def is_over(self) -> bool:
        """Wait for the peer to end it, by an abort or by hanging up."""
        while True:
            kind, _ = self.hear()
            if kind in {0, ABORT}:
                return True
            if kind == RELEASE_RP:
                return False

    def associate(self, *objects: Sent, calling: str = "RAW") -> dict[int, bool]:
        """Ask for a context per object (1, 3, 5, ...) and one more for verification; which were accepted."""
        contexts = {2 * place + 1: (one.sop_class, [one.syntax]) for place, one in enumerate(objects)}
        contexts[2 * len(objects) + 1] = (VERIFICATION, [str(ImplicitVRLittleEndian)])
        return self.ask(associate_request(contexts, calling=calling))

    def ask(self, request: bytes) -> dict[int, bool]:
        """Send a request and say which contexts were accepted; none where it was rejected."""
        self.say(request)
        kind, content = self.hear()
        if kind != ASSOCIATE_AC:
            return {}
        answer = A_ASSOCIATE_AC()
        answer.decode(pdu(content, kind))
        return {int(item.context_id or 0): item.result == 0 for item in answer.presentation_context}

    def store(self, one: Sent, context: int = 1, size: int = 16372) -> int | None:
        """Send one object and wait for its status."""
        self.say(*message(context, store_command(one), one.data_set, size))
        return self.status()

    def echo(self, context: int) -> int | None:
        """C-ECHO."""
        self.say(*message(context, echo_command()))
        return self.status()

    def release(self) -> bool:
        """End it well."""
        self.say(pdu(bytes(4), RELEASE_RQ))
        return self.hear()[0] == RELEASE_RP

    def reset(self) -> None:
        """Hang up as a machine that loses power does not, and one that is unplugged may: with a TCP reset."""
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.line.close()

    def _exactly(self, count: int) -> bytes:
        content = b""
        while len(content) < count:
            try:
                part = self.line.recv(count - len(content))
            except ConnectionResetError:
                return b""
            if not part:
                return b""
            content += part
        return content


@contextmanager
def association(port: int, *objects: Sent, calling: str = "RAW") -> Iterator[RawSender]:
    """Hold an association in which each of the objects has its context: 1, 3, 5, ..."""
    with RawSender(port) as sender:
        accepted = sender.associate(*objects, calling=calling)
        assert all(accepted.values()), accepted
        assert accepted
        yield sender
