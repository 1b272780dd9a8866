"""The beginning of a file: preamble and file meta information (PS3.10 7.1)."""

import struct

from collega.model.ids import IMPLEMENTATION_CLASS_UID
from collega.model.transfer import Transfer

PREAMBLE = bytes(128) + b"DICM"
IMPLEMENTATION_VERSION = "COLLEGA"
LONGEST_UID = 128  # twice what PS3.5 9.1 allows: odd UIDs are kept as they are


def file_prefix(transfer: Transfer) -> bytes:
    """Encode what stands before the data set of a received object."""
    elements = [
        _ui(0x0002, transfer.sop_class_uid),
        _ui(0x0003, transfer.sop_instance_uid),
        _ui(0x0010, transfer.transfer_syntax_uid),
        _ui(0x0012, IMPLEMENTATION_CLASS_UID),
        _element(0x0013, b"SH", IMPLEMENTATION_VERSION, " "),
        _element(0x0016, b"AE", transfer.source[:16], " "),
    ]
    version = struct.pack("<HH2sHI2s", 0x0002, 0x0001, b"OB", 0, 2, b"\0\1")
    body = version + b"".join(elements)
    return PREAMBLE + struct.pack("<HH2sHI", 0x0002, 0x0000, b"UL", 4, len(body)) + body


def _ui(number: int, uid: str) -> bytes:
    return _element(number, b"UI", uid[:LONGEST_UID], "\0")


def _element(number: int, vr: bytes, text: str, pad: str) -> bytes:
    value = (text + pad * (len(text) % 2)).encode("ascii", "replace")
    return struct.pack("<HH2sH", 0x0002, number, vr, len(value)) + value
