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
NUMBERS = frozenset({FIELD, MESSAGE_ID, ANSWERED_ID, DATA_SET_TYPE, STATUS, EVENT_TYPE, ACTION_TYPE})


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
    place = 0
    while place < len(encoded):
        if len(encoded) - place < ELEMENT.size:
            message = "a command element without its header"
            raise ValueError(message)
        group, element, length = ELEMENT.unpack_from(encoded, place)
        place += ELEMENT.size
        if group != 0 or length > len(encoded) - place:
            message = f"a command set with element ({group:04x},{element:04x}) of {length} bytes"
            raise ValueError(message)
        values[element] = encoded[place : place + length]
        place += length
    numbers = {key: US.unpack(value)[0] for key, value in values.items() if key in NUMBERS and len(value) == US.size}
    if FIELD not in numbers or (MESSAGE_ID not in numbers and not numbers[FIELD] & RESPONSE):
        message = "a command set without Command Field or Message ID"
        raise ValueError(message)
    return Command(
        field=numbers[FIELD],
        message_id=numbers.get(MESSAGE_ID, 0),
        sop_class_uid=_uid(values.get(AFFECTED_CLASS) or values.get(REQUESTED_CLASS)),
        sop_instance_uid=_uid(values.get(AFFECTED_INSTANCE) or values.get(REQUESTED_INSTANCE)),
        has_data_set=numbers.get(DATA_SET_TYPE, NO_DATA_SET) != NO_DATA_SET,
        number=numbers.get(EVENT_TYPE, numbers.get(ACTION_TYPE)),
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
    said = instance or request.sop_instance_uid
    elements = {
        AFFECTED_CLASS: _padded(request.sop_class_uid, b"\0"),
        FIELD: US.pack(request.field | RESPONSE),
        ANSWERED_ID: US.pack(request.message_id),
        DATA_SET_TYPE: US.pack(0x0001 if data_set else NO_DATA_SET),
        STATUS: US.pack(status),
        ERROR_COMMENT: _padded(comment[:64], b" "),
        ERROR_ID: b"" if error_id is None else US.pack(error_id),
        AFFECTED_INSTANCE: _padded(said, b"\0"),
    }
    if request.number is not None:
        elements[EVENT_TYPE if request.field == N_EVENT_REPORT_RQ else ACTION_TYPE] = US.pack(request.number)
    body = b"".join(ELEMENT.pack(0, key, len(value)) + value for key, value in sorted(elements.items()) if value)
    return ELEMENT.pack(0, 0, 4) + struct.pack("<I", len(body)) + body


def _uid(value: bytes | None) -> str:
    return (value or b"").decode("ascii", "replace").strip(" \0")


def _padded(text: str, pad: bytes) -> bytes:
    value = text.encode("ascii", "replace")
    return value + pad * (len(value) % 2)
