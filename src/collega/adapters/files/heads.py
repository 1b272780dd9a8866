"""Heads of the audit chain, written beside the database: a file that only grows."""

import fcntl
import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from collega.model.audit_chain import Head

FOLDER, FILE = "audit", "heads.jsonl"
# As this file writes it, and as an audit message carries it: a repository's own log can be read too.
WRITTEN = re.compile(rb'number"?[=:]\s?"?(\d{1,18})"?,?\s"?hash"?[=:]\s?"([0-9a-f]{64})"')


def heads_file(data: Path) -> Path:
    """Name the file of a site."""
    return data / FOLDER / FILE


def add_head(data: Path, head: Head, at: datetime) -> bool:
    """Append a head, so that it outlives a loss of power; not where one that is no earlier stands there."""
    file = heads_file(data)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    line = json.dumps({"at": at.isoformat(), "number": head.number, "hash": head.hash.hex()})
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # several workers may share the folder
        last = last_head(data)
        if last is not None and last.number >= head.number:
            return False
        os.write(descriptor, line.encode() + b"\n")
        os.fsync(descriptor)
        return True
    finally:
        os.close(descriptor)


def last_head(data: Path) -> Head | None:
    """Read the head that was written last; None where there is none."""
    file = heads_file(data)
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - 4096))
        found = WRITTEN.findall(stream.read())
    return Head(number=int(found[-1][0]), hash=bytes.fromhex(found[-1][1].decode())) if found else None


def read_heads(file: Path) -> Iterator[Head]:
    """Give the heads that stand in a file now, in its order; what is written later is left out."""
    size = file.stat().st_size
    return _heads(file, size)


def _heads(file: Path, size: int) -> Iterator[Head]:
    with file.open("rb") as stream:
        for line in stream:
            size -= len(line)
            if size < 0:
                return
            for number, digest in WRITTEN.findall(line):
                yield Head(number=int(number), hash=bytes.fromhex(digest.decode()))
