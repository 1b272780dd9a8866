"""What others put over the images of a study: presentation states and heatmaps, of apps and of whoever sent them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from collega.adapters.files.archive import FileArchive
from collega.adapters.postgres.dicomweb_views import HIDDEN
from collega.adapters.postgres.store import PostgresTransaction
from collega.formats.layer import Layer, Why
from collega.formats.layers import LAID_OVER, PICTURES, layers
from collega.model.ids import storage_key
from collega.model.job import Job
from collega.model.study import Instance
from collega.read.board import AppLine

MOST = 500  # objects of one study that are read for its page
# What came from elsewhere and may be given; what a box sent for a job is seen once it was delivered.
RECEIVED = f"""SELECT i.sop_instance_uid, i.series_instance_uid, i.path, i.removed_at FROM instance i
    WHERE i.study_key = %s AND i.role = 'derived' AND i.sop_class_uid = ANY(%s) AND NOT ({HIDDEN})
    ORDER BY i.received_at, i.sop_instance_uid LIMIT {MOST + 1}"""  # noqa: S608 - words of that module


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A file with something to lay over images; ``link`` opens it as it is, ``file`` is None where it was removed.

    ``why`` is given where nothing of it is read.
    """

    name: str
    file: Path | None
    link: str
    app: str = ""
    app_id: str = ""
    title: str = ""
    why: Why = Why.NONE


async def received(transaction: PostgresTransaction, archive: FileArchive, study_key: str, uid: str) -> list[Source]:
    """List what came with the study."""
    rows = await transaction.rows(RECEIVED, (study_key, list(LAID_OVER)))
    more = [Source(name="more", file=None, link="", why=Why.TOO_MUCH)] if len(rows) > MOST else []
    return more + [
        Source(
            name=storage_key(row["sop_instance_uid"]),
            file=None if row["removed_at"] else archive.path(row["path"]),
            link=f"/dicom-web/studies/{uid}/series/{row['series_instance_uid']}/instances/{row['sop_instance_uid']}/rendered",
        )
        for row in rows[:MOST]
    ]


def of_apps(
    lines: Iterable[AppLine], jobs: Mapping[str, Job], archive: FileArchive, uid: str, language: str
) -> list[Source]:
    """List what apps gave besides their findings, and readers may see."""
    return [
        Source(
            name=f"{line.app_id}-{number}",
            file=archive.path(f"runs/{line.job_key}/{jobs[line.job_key].attempt}/out") / kept.file,
            link=f"/studies/{quote(uid, safe='')}/apps/{quote(line.app_id, safe='')}/kept/{number}",
            app=line.name.in_language(language),
            app_id=line.app_id,
            title=kept.title or kept.kind,
        )
        for line in lines
        for number, kept in enumerate(line.kept)
        if kept.kind in PICTURES
    ]


async def drawn(
    sources: Sequence[Source], images: Mapping[str, Instance], archive: FileArchive, uid: str
) -> list[dict[str, Any]]:
    """Tell what there is to draw, and why the rest is not drawn."""

    def find(image: str) -> Path | None:
        known = images.get(image)
        return archive.path(known.path) if known is not None and known.removed_at is None else None

    made = [asyncio.to_thread(_layers, source, find) for source in sources]
    found = await asyncio.gather(*made)
    return [
        _told(source, layer, images, uid) for source, several in zip(sources, found, strict=True) for layer in several
    ]


def _layers(source: Source, find: Any) -> list[Layer]:  # noqa: ANN401 - as `formats.layers` has it
    if source.why:
        return [Layer(shape="graphics", why=source.why)]
    if source.file is None or not source.file.is_file() or source.file.is_symlink():
        return [Layer(shape="graphics", title=source.title)]
    return layers(source.file, find)


def _told(source: Source, layer: Layer, images: Mapping[str, Instance], uid: str) -> dict[str, Any]:
    known = images.get(layer.image)
    why: str = layer.why
    if not why:
        why = "unknown_image" if known is None and layer.image else ""
        why = "removed" if not layer.image or (known is not None and known.removed_at) else why
    told = {name: value for name, value in asdict(layer).items() if value or name == "why"}
    return {
        **told,
        "image": storage_key(layer.image) if layer.image and known is not None else "",
        "why": why,
        "name": layer.title or source.title,
        "app": source.app,
        "app_id": source.app_id,
        "finding": source.name,
        "link": source.link if layer.why is Why.OWN_PICTURE else "",
        "picture": f"/studies/{quote(uid, safe='')}/overlays/{source.name}/{layer.number}" if layer.number else "",
    }
