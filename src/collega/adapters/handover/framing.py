"""What is said over the socket between web role and receiver: a kind, a length, and so many bytes."""

import json
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import IntEnum
from pathlib import Path

from collega.model.transfer import Answer, Transfer

HEADER = struct.Struct(">BI")
MOST_BYTES = 4 << 20
NAME = "handover.sock"


class Kind(IntEnum):
    """Kinds of message; all but the answer come from the web role."""

    BEGIN = 1
    DATA = 2
    END = 3
    DROP = 4
    RELEASE = 5
    ANSWER = 6


def frame(kind: Kind, content: bytes = b"") -> bytes:
    """Write a message."""
    return HEADER.pack(kind, len(content)) + content


def begin(transfer: Transfer) -> bytes:
    """Announce an object."""
    return frame(Kind.BEGIN, json.dumps(asdict(transfer)).encode())


def read_begin(content: bytes | memoryview) -> Transfer:
    """Read what announces an object."""
    return Transfer(**json.loads(bytes(content)))


def answer(given: Answer) -> bytes:
    """Write what the receiver has decided."""
    return frame(Kind.ANSWER, json.dumps(asdict(given)).encode())


def read_answer(content: bytes) -> Answer:
    """Read what the receiver has decided."""
    return Answer(**json.loads(content))


@contextmanager
def short_path(folder: Path) -> Iterator[str]:
    """Name the socket by the descriptor of its folder: the path of a socket has at most 107 bytes."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{NAME}"
    finally:
        os.close(handle)
