"""A backup becomes a site again: files beside their place first, the database next, names last.

Nothing stands in the data folder until all of it is there; a restore that is cut off is begun again
from its start, and `serve` refuses the folder meanwhile.
"""

import asyncio
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collega import __version__
from collega.adapters.bundle import BundleReader
from collega.adapters.postgres.dump import check_rows, check_target, read_dump
from collega.adapters.postgres.embedded import EmbeddedPostgres, prepare_data
from collega.adapters.postgres.migrate import known_schema, migrate
from collega.adapters.postgres.rewind import rewind
from collega.bootstrap.asker import command_line
from collega.bootstrap.rights import let_pass
from collega.bootstrap.site import UNFINISHED, opened_store
from collega.bootstrap.upkeep.backup import DUMP, FILES, SECRETS, SETTINGS
from collega.config import Settings
from collega.errors import ConfigurationError, InputError
from collega.model.audit import AuditEntry
from collega.model.job import Event

Progress = Callable[[int], None]
# Made by whoever opens the folder, and by a file system of its own: nothing of a site.
NOTHING = {"pg.lock", "pg.holders", "pg.out", "lost+found", UNFINISHED}


def restore(settings: Settings, place: Path, progress: Progress, *, set_aside: bool) -> dict[str, Any]:
    """Restore a backup into the data folder and the database of these settings.

    Raises
    ------
    ConfigurationError
        The data folder or the database is not empty, or the backup is of a newer collega.
    InputError
        The backup is not whole, or not as it was written.
    """
    reader = BundleReader(place)
    unknown = set(reader.manifest["schema"]) - known_schema()
    if unknown:
        version = reader.manifest["collega"]
        message = f"{place}: made by a newer collega, {version} (it has {', '.join(sorted(unknown))}); install that"
        raise ConfigurationError(message)
    url = settings.database.url
    if url:
        check_target(url)
    kept = _make_way(settings.data, set_aside=set_aside)
    staged = settings.data / UNFINISHED
    shutil.rmtree(staged, ignore_errors=True)
    _write_files(reader, staged, progress)
    queued = _fill(settings, staged, reader)
    os.sync()
    for path in sorted(staged.iterdir()):
        _move(path, settings.data / path.name)
    staged.rmdir()
    told: dict[str, Any] = {"data": str(settings.data), "made_at": reader.manifest["created_at"], "set_aside": kept}
    return {**told, "holds": reader.manifest["holds"], "queued_again": queued}


def _make_way(data: Path, *, set_aside: bool) -> str | None:
    """Refuse a folder that holds anything, or put what it holds aside."""
    data.mkdir(parents=True, exist_ok=True)
    found = [path for path in data.iterdir() if path.name not in NOTHING]
    if not any(path.is_file() or any(below.is_file() for below in path.rglob("*")) for path in found):
        return None
    if not set_aside:
        message = f"data: {data} is not empty; restore into an empty folder, or say --set-aside to keep what it holds"
        raise ConfigurationError(message)
    if EmbeddedPostgres(data).is_running:
        message = f"data: collega runs on {data}; stop it first"
        raise ConfigurationError(message)
    aside = data / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    aside.mkdir(mode=0o700)
    for path in found:
        if not path.name.startswith("before-restore-"):
            path.rename(aside / path.name)
    return str(aside)


def _write_files(reader: BundleReader, staged: Path, progress: Progress) -> None:
    prepare_data(staged)
    for name in reader.checksums:
        if name == SETTINGS:  # for people to read; what is in force here stands in collega.toml
            reader.copy(name, None, progress)
            continue
        target = staged / (name.removeprefix(FILES) if name.startswith(FILES) else name)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Readable for the account of an app, to which it is linked; the folders above are closed to others.
        with target.open("wb") as file:
            os.fchmod(file.fileno(), 0o644 if name.startswith(FILES) and not name.startswith(SECRETS) else 0o600)
            reader.copy(name, file, progress)


def _fill(settings: Settings, staged: Path, reader: BundleReader) -> int:
    """Bring the database back, to this version, and hold the files against it; how many jobs begin again."""
    dump = staged / DUMP
    if settings.database.url:
        return _fill_server(settings, settings.database.url, staged, reader)
    server = EmbeddedPostgres(staged)
    let_pass([staged, server.programs])
    try:
        queued = _fill_server(settings, server.start(), staged, reader)
    finally:
        server.stop()
    for path in (dump, *(staged / name for name in ("pg.lock", "pg.holders", "pg.out"))):
        path.unlink(missing_ok=True)
    return queued


def _fill_server(settings: Settings, url: str, staged: Path, reader: BundleReader) -> int:
    read_dump(url, staged / DUMP)
    migrate(url)
    missing = [name for name in check_rows(url) if not (staged / name).is_file()]
    if missing:
        message = f"{reader.place}: {len(missing)} files that its database names are not in it, {missing[0]} first"
        raise InputError(message)
    (staged / DUMP).unlink()
    return asyncio.run(_begin_again(settings, url, reader))


async def _begin_again(settings: Settings, url: str, reader: BundleReader) -> int:
    with_answer = {answer.split("/")[1] for answer in reader.manifest["answers"]}
    async with opened_store(settings, url, command_line) as store, store.transaction() as transaction:
        queued = await rewind(transaction, with_answer)
        payload: dict[str, object] = {
            "made_at": reader.manifest["created_at"],
            "made_by": reader.manifest["collega"],
            "restored_by": __version__,
            "queued_again": queued,
        }
        await transaction.add_event(Event(kind="backup_restored", at=datetime.now(UTC), payload=payload))
        await transaction.add_audit(
            AuditEntry(event="backup restored", payload={**payload, "place": str(reader.place)})
        )
    return queued


def _move(source: Path, target: Path) -> None:
    """Bring a staged file or folder to its place, which may be a file system of its own."""
    if target.is_dir() and source.is_dir():
        for path in sorted(source.iterdir()):
            _move(path, target / path.name)
        source.rmdir()
        return
    shutil.move(source, target)
