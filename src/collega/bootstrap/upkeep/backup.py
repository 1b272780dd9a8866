"""A backup of a site while it works: one moment of the database, and the files that its rows name."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collega import __version__
from collega.adapters.bundle import BundleReader, BundleWriter
from collega.adapters.files.heads import heads_file
from collega.adapters.postgres.dump import Snapshot, snapshot
from collega.bootstrap.asker import command_line
from collega.bootstrap.leave.leaving import KEY_FILE
from collega.bootstrap.site import opened_store
from collega.bootstrap.upkeep.keeping import nothing_removed
from collega.config import Settings
from collega.errors import InputError
from collega.model.audit import AuditEntry
from collega.model.job import Event

DUMP, SETTINGS, FILES, SECRETS = "database.dump", "settings.json", "files/", "files/secrets"
Progress = Callable[[int], None]


async def make_backup(
    settings: Settings, url: str, target: Path, previous: Path | None, progress: Progress
) -> dict[str, Any]:
    """Write a backup and return its manifest.

    Raises
    ------
    TransientError
        No room, or the target cannot be written: nothing is left of this backup.
    InputError
        The target is there already, or a file that a row names is missing in the data folder.
    """
    earlier = BundleReader(previous) if previous else None
    async with opened_store(settings, url, command_line) as store, nothing_removed(store):
        made = await asyncio.to_thread(_make, settings, url, target, earlier, progress)
        async with store.transaction() as transaction:
            payload: dict[str, object] = {"files": made["files"], "bytes": made["bytes"], "holds": made["holds"]}
            await transaction.add_event(Event(kind="backup_made", at=datetime.now(UTC), payload=payload))
            await transaction.add_audit(AuditEntry(event="backup made", payload={**payload, "place": str(target)}))
        return made


def _make(
    settings: Settings, url: str, target: Path, earlier: BundleReader | None, progress: Progress
) -> dict[str, Any]:
    began = datetime.now(UTC)
    # Before the moment of the database: its chain reaches at least so far.
    kept = heads_file(settings.data)
    heads = kept.read_bytes() if kept.is_file() else b""
    with BundleWriter(target, earlier, progress) as writer, snapshot(url) as moment:
        # Answers first: the steps that use them remove them, which nothing holds off.
        answers = [answer for answer in moment.answers if _add_answer(writer, settings.data, answer)]
        try:
            moment.write(writer.scratch)
            writer.add(DUMP, writer.scratch)
        finally:
            writer.scratch.unlink(missing_ok=True)
        _add_files(writer, settings.data, moment)
        if heads:
            writer.add_bytes(FILES + str(kept.relative_to(settings.data)), heads)
        shown = settings.model_copy(update={"database": settings.database.model_copy(update={"url": ""})})
        writer.add_bytes(SETTINGS, shown.model_dump_json(indent=1).encode())
        return writer.finish(
            {
                "collega": __version__,
                "created_at": began.isoformat(timespec="seconds"),
                "schema": list(moment.schema),
                "holds": moment.counts,
                "answers": answers,
                # A copy of the database with the keys beside it would be no pseudonyms at all.
                "left_out": [KEY_FILE.as_posix()],
            }
        )


def _add_answer(writer: BundleWriter, data: Path, answer: str) -> bool:
    """Copy what an app has answered; false where the step that uses it was quicker."""
    try:
        for path in _files_below(data / answer):
            writer.add(FILES + str(path.relative_to(data)), path)
    except FileNotFoundError:
        return False
    return (data / answer).is_dir()


def _add_files(writer: BundleWriter, data: Path, moment: Snapshot) -> None:
    for name in moment.files:
        if not (data / name).is_file():
            message = f"{data / name}: a row of the database names this file, and it is missing; see `collega studies`"
            raise InputError(message)
        writer.add(FILES + name, data / name)
    for path in (one for one in _files_below(data / "secrets") if one.name != KEY_FILE.name):
        writer.add(FILES + str(path.relative_to(data)), path)


def _files_below(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def verify_backup(place: Path, progress: Progress) -> dict[str, Any]:
    """Hold every file of a backup against its checksum, and return its manifest."""
    reader = BundleReader(place)
    reader.verify(progress)
    return reader.manifest
