"""Command sets (PS3.7 6.3.1 and E): always implicit VR little endian."""

import struct
from dataclasses import dataclass

ELEMENT = struct.Struct("<HHI")
US = struct.Struct("<H")
C_STORE_RQ, C_ECHO_RQ, N_EVENT_REPORT_RQ = 0x0001, 0x0030, 0x0100
RESPONSE = 0x8000
NO_DATA_SET = 0x0101
MOST_COMMAND_BYTES = 64 * 1024
# Elements of group 0000 by element number (PS3.7 E.1).
AFFECTED_CLASS, REQUESTED_CLASS, FIELD, MESSAGE_ID = 0x0002, 0x0003, 0x0100, 0x0110
ANSWERED_ID, DATA_SET_TYPE, STATUS, ERROR_COMMENT, ERROR_ID = 0x0120, 0x0800, 0x0900, 0x0902, 0x0903
AFFECTED_INSTANCE, REQUESTED_INSTANCE = 0x1000, 0x1001
EVENT_TYPE, ACTION_TYPE = 0x1002, 0x1008


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A request as its command set states it; ``number`` is the event or action type."""

    field: int
    message_id: int
    sop_class_uid: str
    sop_instance_uid: str
    has_data_set: bool
    number: int | None


def read_command(encoded: bytes) -> Command:
    """Read a command set.

    Raises
    ------
    ValueError
        It is none: a length lies, or what identifies a message is missing.
    """
    values: dict[int, bytes] = {}
    place, end = 0, len(encoded)
    while place < end:
        if end - place < ELEMENT.size:
            message = "a command element without its header"
            raise ValueError(message)
        group, element, length = ELEMENT.unpack_from(encoded, place)
        place += ELEMENT.size
        if group or length > end - place:
            message = f"a command set with element ({group:04x},{element:04x}) of {length} bytes"
            raise ValueError(message)
        values[element] = encoded[place : place + length]
        place += length
    kind, message_id = _number(values, FIELD), _number(values, MESSAGE_ID)
    if kind is None or (message_id is None and not kind & RESPONSE):
        message = "a command set without Command Field or Message ID"
        raise ValueError(message)
    number = _number(values, EVENT_TYPE)
    return Command(
        field=kind,
        message_id=message_id or 0,
        sop_class_uid=_uid(values.get(AFFECTED_CLASS) or values.get(REQUESTED_CLASS)),
        sop_instance_uid=_uid(values.get(AFFECTED_INSTANCE) or values.get(REQUESTED_INSTANCE)),
        has_data_set=_number(values, DATA_SET_TYPE) not in {None, NO_DATA_SET},
        number=_number(values, ACTION_TYPE) if number is None else number,
    )


def response(  # noqa: PLR0913 - the elements of a response
    request: Command,
    status: int,
    *,
    comment: str = "",
    error_id: int | None = None,
    instance: str = "",
    data_set: bool = False,
) -> bytes:
    """Encode the command set of a response, elements in the order of their tags.

    ``instance`` is what was created, where the request leaves its UID to us.
    """
    elements = [
        (AFFECTED_CLASS, _padded(request.sop_class_uid, b"\0")),
        (FIELD, US.pack(request.field | RESPONSE)),
        (ANSWERED_ID, US.pack(request.message_id)),
        (DATA_SET_TYPE, US.pack(0x0001 if data_set else NO_DATA_SET)),
        (STATUS, US.pack(status)),
        (ERROR_COMMENT, _padded(comment[:64], b" ")),
        (ERROR_ID, b"" if error_id is None else US.pack(error_id)),
        (AFFECTED_INSTANCE, _padded(instance or request.sop_instance_uid, b"\0")),
    ]
    if request.number is not None:
        which = EVENT_TYPE if request.field == N_EVENT_REPORT_RQ else ACTION_TYPE
        elements.append((which, US.pack(request.number)))
    body = b"".join([ELEMENT.pack(0, key, len(value)) + value for key, value in elements if value])
    return ELEMENT.pack(0, 0, 4) + struct.pack("<I", len(body)) + body


def _number(values: dict[int, bytes], element: int) -> int | None:
    value = values.get(element, b"")
    return int.from_bytes(value, "little") if len(value) == US.size else None


def _uid(value: bytes | None) -> str:
    return (value or b"").decode("ascii", "replace").strip(" \0")


def _padded(text: str, pad: bytes) -> bytes:
    value = text.encode("ascii", "replace")
    return value + pad * (len(value) % 2)
