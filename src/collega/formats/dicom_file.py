"""The beginning of a file: preamble and file meta information (PS3.10 7.1)."""

import struct
from functools import lru_cache

from collega.model.ids import IMPLEMENTATION_CLASS_UID
from collega.model.transfer import Transfer

PREAMBLE = bytes(128) + b"DICM"
IMPLEMENTATION_VERSION = "COLLEGA"
LONGEST_UID = 128  # twice what PS3.5 9.1 allows: odd UIDs are kept as they are


def file_prefix(transfer: Transfer) -> bytes:
    """Encode what stands before the data set of a received object."""
    before, after = _around(transfer.sop_class_uid, transfer.transfer_syntax_uid, transfer.source[:16])
    uid = _ui(0x0003, transfer.sop_instance_uid)
    length = len(before) + len(uid) + len(after)
    return PREAMBLE + struct.pack("<HH2sHI", 0x0002, 0x0000, b"UL", 4, length) + before + uid + after


@lru_cache(maxsize=64)  # a sender has few kinds of objects, and many of each
def _around(sop_class_uid: str, transfer_syntax_uid: str, source: str) -> tuple[bytes, bytes]:
    """Encode what stands before and after the UID of the object."""
    version = struct.pack("<HH2sHI2s", 0x0002, 0x0001, b"OB", 0, 2, b"\0\1")
    after = [
        _ui(0x0010, transfer_syntax_uid),
        _ui(0x0012, IMPLEMENTATION_CLASS_UID),
        _element(0x0013, b"SH", IMPLEMENTATION_VERSION, " "),
        _element(0x0016, b"AE", source, " "),
    ]
    return version + _ui(0x0002, sop_class_uid), b"".join(after)


def _ui(number: int, uid: str) -> bytes:
    return _element(number, b"UI", uid[:LONGEST_UID], "\0")


def _element(number: int, vr: bytes, text: str, pad: str) -> bytes:
    value = (text + pad * (len(text) % 2)).encode("ascii", "replace")
    return struct.pack("<HH2sH", 0x0002, number, vr, len(value)) + value
