"""The audit record as commands and pages ask for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.files.heads import heads_file, read_heads
from collega.adapters.postgres.audit import chain_reader
from collega.adapters.postgres.store import PostgresTransaction
from collega.config import Settings
from collega.errors import InputError
from collega.model.audit import AuditEntry, AuditLine
from collega.model.audit_chain import ChainCheck, Fault, Link, inserted

MOST_TOLD = 1000
PROGRESS_EVERY = 5000
Progress = Callable[[int, int], None]


def check_chain(settings: Settings, url: str, further: Sequence[Path], progress: Progress) -> dict[str, Any]:
    """Compute the chain anew and hold it against what stands there, and against the heads outside.

    Raises
    ------
    InputError
        A file with heads cannot be read.
    """
    own = heads_file(settings.data)
    # The heads first: one that is written meanwhile is not yet in the moment that is read.
    try:
        tracks = [read_heads(own) if own.is_file() else iter(()), *map(read_heads, further)]
    except OSError as error:
        message = f"{error.filename}: {error.strerror}"
        raise InputError(message) from None
    check = ChainCheck(*tracks)
    faults: list[Fault] = []
    count = 0
    with chain_reader(url) as reader:
        links = _counted(reader.links(), reader.length(), progress)
        for fault in chain(check.walk(links), map(inserted, reader.unchained())):
            count += 1
            if len(faults) < MOST_TOLD:
                faults.append(fault)
    return {
        "lines": check.lines,
        "last": check.last.number,
        "hash": check.last.hash.hex(),
        "heads": check.heads,
        "faults": count,
        "wrong": [{**asdict(fault), "wrong": str(fault.wrong)} for fault in faults],
    }


def _counted(links: Iterator[Link], length: int, progress: Progress) -> Iterator[Link]:
    for place, link in enumerate(links, 1):
        if place % PROGRESS_EVERY == 0:
            progress(place, length)
        yield link
    progress(length, length)


async def read_audit(
    transaction: PostgresTransaction, *, patient: str, actor: str, since: datetime | None, limit: int
) -> list[dict[str, Any]]:
    """List lines of the record, the latest first; that it was read is a line too."""
    found = await transaction.audit_lines(patient=patient, actor=actor, since=since, limit=limit)
    asked = {"patient": patient, "actor": actor, "since": since.isoformat() if since else "", "lines": len(found)}
    await transaction.add_audit(AuditEntry(event="audit record read", payload=asked))
    return [told(line) for line in found]


async def note_check(transaction: PostgresTransaction, account: Mapping[str, Any]) -> None:
    """Log that the chain was checked, and what was found."""
    payload = {name: account[name] for name in ("lines", "heads", "faults")}
    await transaction.add_audit(AuditEntry(event="audit record read", payload=payload))


def zone(settings: Settings) -> ZoneInfo:
    """Give the zone in which people write a moment."""
    return ZoneInfo(settings.site.timezone)


def told(line: AuditLine) -> dict[str, Any]:
    """Give a line as JSON has it."""
    return {**asdict(line), "outcome": int(line.outcome), "subjects": [asdict(one) for one in line.subjects]}
