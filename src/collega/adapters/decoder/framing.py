"""What a decoder is told and answers: a length, JSON, and then the bytes that it names."""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

LENGTH = struct.Struct(">I")
MOST_HEAD = 16 << 20


def message(head: Mapping[str, Any], parts: Sequence[bytes] = ()) -> bytes:
    """Write a message; the head names the sizes of its parts."""
    text = json.dumps({**head, "sizes": [len(part) for part in parts]}).encode()
    return b"".join((LENGTH.pack(len(text)), text, *parts))


def head_of(text: bytes) -> dict[str, Any]:
    """Read the head of a message."""
    found: dict[str, Any] = json.loads(text)
    return found
