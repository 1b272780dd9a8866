"""The audit record as commands and pages ask for it."""

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from collega import __version__
from collega.adapters.files.heads import heads_file, read_heads
from collega.adapters.postgres.audit import chain_reader
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
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


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditPages:
    """What pages ask of the record, each in a transaction of its own."""

    store: PostgresStore

    async def record(self, entry: AuditEntry) -> None:
        """Log."""
        await _log_entry(self.store, entry)

    async def lines(self, *, patient: str, actor: str, since: datetime | None, limit: int) -> list[dict[str, Any]]:
        """List lines, the latest first, and log that they were read."""
        async with self.store.transaction() as transaction:
            return await read_audit(transaction, patient=patient, actor=actor, since=since, limit=limit)


@contextlib.asynccontextmanager
async def logged_life(store: PostgresStore, settings: Settings) -> AsyncIterator[None]:
    """Log that a part of collega starts, with the rules that are in force then, and that it stops in good order."""
    payload: dict[str, object] = {
        "version": __version__,
        "retention": settings.retention.model_dump(),
        "pid": os.getpid(),
    }
    await _log_entry(store, AuditEntry(event="started", payload=payload))
    yield
    await _log_entry(store, AuditEntry(event="stopped", payload={"pid": os.getpid()}))


async def _log_entry(store: PostgresStore, entry: AuditEntry) -> None:
    async with store.transaction() as transaction:
        await transaction.add_audit(entry)


def zone(settings: Settings) -> ZoneInfo:
    """Give the zone in which people write a moment."""
    return ZoneInfo(settings.site.timezone)


def told(line: AuditLine) -> dict[str, Any]:
    """Give a line as JSON has it."""
    return {**asdict(line), "outcome": int(line.outcome), "subjects": [asdict(one) for one in line.subjects]}
