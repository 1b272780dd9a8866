"""What collega has kept of what was sent: every object on disk and recorded, its pixels unchanged."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pydicom
from bench.slices import Batch

SAMPLED = 20
SECONDS_TO_RECORD = 60.0


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Number of objects, and the seconds after the sender's end at which all of them were recorded."""

    objects: int
    recorded_after_s: float = 0.0


def database(data: Path) -> psycopg.Connection:
    """Open the embedded database of a site."""
    return psycopg.connect(f"host={data / 'pg'} user=postgres dbname=postgres", autocommit=True)


def kept(data: Path, sent: Sequence[Batch]) -> Stored:
    """Wait until all is recorded, count what is on disk, and hold some of it against its source.

    Raises
    ------
    ValueError
        Where objects are missing or too many, or where pixels differ from those that were sent.
    """
    files = [file for batch in sent for file in batch.files]
    begin = time.monotonic()
    with database(data) as connection:
        recorded = _recorded(connection, len(files), begin + SECONDS_TO_RECORD)
        after = time.monotonic() - begin
        on_disk = sum(1 for _ in (data / "studies").rglob("*.dcm"))
        if not len(files) == recorded == on_disk:
            message = f"{len(files)} objects were sent, {recorded} are recorded, {on_disk} are on disk"
            raise ValueError(message)
        for file in random.Random(0).sample(files, min(SAMPLED, len(files))):  # noqa: S311 - which ones is no secret
            _compare(connection, data, file)
    return Stored(objects=recorded, recorded_after_s=after)


def _recorded(connection: psycopg.Connection, wanted: int, until: float) -> int:
    while True:
        row = connection.execute("SELECT count(*) FROM instance").fetchone()
        found = int(row[0]) if row else 0
        if found >= wanted or time.monotonic() > until:
            return found
        time.sleep(0.02)


def _compare(connection: psycopg.Connection, data: Path, file: Path) -> None:
    source = pydicom.dcmread(file)
    row = connection.execute(
        "SELECT path FROM instance WHERE sop_instance_uid = %s", (source.SOPInstanceUID,)
    ).fetchone()
    if row is None or pydicom.dcmread(data / row[0]).PixelData != source.PixelData:
        message = f"{source.SOPInstanceUID} is not kept as it was sent"
        raise ValueError(message)
