"""The quick view of a site: which images a study has, one frame of them, and where apps point."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from collega.adapters.files.archive import FileArchive
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.reading.board import BoardContext, Part, app_lines, is_seen
from collega.bootstrap.reading.overlaid import drawn, of_apps, received
from collega.bootstrap.trusted import trusted
from collega.errors import InputError
from collega.formats.heat_layers import heat_picture
from collega.formats.outline import EDGES_FILE
from collega.formats.quick_image import FrameHeader, read_frame
from collega.model.code import Text
from collega.model.finding import AppResult, Region
from collega.model.ids import storage_key
from collega.model.job import Job
from collega.model.study import Instance, Role
from collega.read.board import AppLine

NOT_HERE = Text(
    en="the image is no longer here: it was removed by rule; open the study in the PACS",
    nl="het beeld is hier niet meer: het is volgens een regel verwijderd; open het onderzoek in het PACS",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class QuickDesk:
    """What the quick view asks of the site.

    Parameters
    ----------
    store : PostgresStore
    archive : FileArchive
    context : BoardContext
    """

    store: PostgresStore
    archive: FileArchive
    context: BoardContext

    async def images(self, study_instance_uid: str) -> list[dict[str, Any]] | None:
        """List the series with images, each with its images in the order of their planes; None without the study."""
        async with self.store.transaction() as transaction:
            study = await transaction.study_by_uid(study_instance_uid)
            if study is None:
                return None
            found = [one for one in await transaction.instances(study.key) if one.header.role is Role.IMAGE]
        found.sort(key=lambda one: (_series_number(one), one.header.series_instance_uid))
        return [_series(list(group)) for _, group in groupby(found, lambda one: one.header.series_instance_uid)]

    async def frame(self, study_instance_uid: str, key: str, number: int) -> tuple[FrameHeader, bytes] | None:
        """Give one frame, counted from 1; None where there is no such image.

        Raises
        ------
        InputError
            It cannot be shown here.
        """
        async with self.store.transaction() as transaction:
            rows = await transaction.rows(
                """SELECT i.path, i.removed_at, i.sop_instance_uid FROM instance i JOIN study s USING (study_key)
                    WHERE s.study_instance_uid = %s AND i.role = 'image'""",
                (study_instance_uid,),
            )
        row = next((row for row in rows if storage_key(row["sop_instance_uid"]) == key), None)
        if row is None:
            return None
        if row["removed_at"] is not None:
            raise InputError(NOT_HERE.en, nl=NOT_HERE.nl)
        return await asyncio.to_thread(read_frame, self.archive.path(row["path"]), number)

    async def overlays(self, study_instance_uid: str, language: str) -> list[dict[str, Any]] | None:
        """List what apps point at; what cannot be drawn is named with the reason. None without the study."""
        async with self.store.transaction() as transaction:
            study = await transaction.study_by_uid(study_instance_uid)
            if study is None:
                return None
            heard = await self._heard(transaction, study.key)
            jobs = {job.key: job for job in await transaction.jobs_of(study.key)}
            images = {one.header.sop_instance_uid: one for one in await transaction.instances(study.key)}
            seen = [line for line in heard if line.findings]
            results = {line.job_key: await transaction.result_of(line.job_key) for line in seen}
            laid = await received(transaction, self.archive, study.key, study_instance_uid)
        made = [self._of_app(line, jobs[line.job_key], results[line.job_key], images, language) for line in seen]
        laid = [*of_apps(heard, jobs, self.archive, study_instance_uid, language), *laid]
        over = drawn(laid, images, self.archive, study_instance_uid)
        return [item for items in await asyncio.gather(*made, over) for item in items]

    async def picture(self, study_instance_uid: str, source: str, number: int) -> bytes | None:
        """Give one frame of a heatmap; None where a reader is shown none of that name.

        Raises
        ------
        InputError
            It cannot be drawn.
        """
        async with self.store.transaction() as transaction:
            study = await transaction.study_by_uid(study_instance_uid)
            if study is None:
                return None
            heard = await self._heard(transaction, study.key)
            jobs = {job.key: job for job in await transaction.jobs_of(study.key)}
            laid = await received(transaction, self.archive, study.key, study_instance_uid)
        laid += of_apps(heard, jobs, self.archive, study_instance_uid, "en")
        file = next((one.file for one in laid if one.name == source), None)
        if file is None or file.is_symlink():
            return None
        return await asyncio.to_thread(heat_picture, file, number)

    async def _heard(self, transaction: PostgresTransaction, study_key: str) -> list[AppLine]:
        trust = await trusted(transaction, self.context.catalogue, self.context.default_stage)
        lines = await app_lines(transaction, [study_key], trust, self.context, Part(limit=1))
        return [line for line in lines.get(study_key, ()) if is_seen(line)]

    async def _of_app(
        self,
        line: AppLine,
        job: Job,
        result: AppResult | None,
        images: Mapping[str, Instance],
        language: str,
    ) -> list[dict[str, Any]]:
        edges = await asyncio.to_thread(_kept_edges, self.archive.path(f"runs/{job.key}/{EDGES_FILE}"))
        masked = {segment.finding_id for segment in result.segments} if result else frozenset()
        found: list[dict[str, Any]] = []
        for name, finding in line.findings:
            given = {
                "app": line.name.in_language(language),
                "app_id": line.app_id,
                "finding": finding.id,
                "name": name.in_language(language),
            }
            found += [{**given, **_drawn(region, images)} for region in finding.regions]
            mine = [one for one in edges if one["finding"] == finding.id]
            mask = {**given, "shape": "mask", "frame": 1}
            found += [{**mask, "edge": one["edge"], **_place(one["image"], images)} for one in mine]
            if finding.id in masked and not mine:
                found.append({**mask, "image": "", "why": "removed"})
        return found


def _kept_edges(file: Path) -> list[dict[str, Any]]:
    """Read the edges of masks; none where the rule of retention has taken them."""
    try:
        return list(json.loads(file.read_bytes()))
    except FileNotFoundError:
        return []


def _drawn(region: Region, images: Mapping[str, Instance]) -> dict[str, Any]:
    shape = {"shape": region.kind.value, "points": region.points, "frame": region.frame}
    return {**shape, **_place(region.image, images)}


def _place(uid: str, images: Mapping[str, Instance]) -> dict[str, Any]:
    known = images.get(uid)
    if known is None:
        return {"image": "", "why": "unknown_image"}
    return {"image": storage_key(uid), "why": "removed" if known.removed_at else ""}


def _series(found: Sequence[Instance]) -> dict[str, Any]:
    first = found[0].header.attributes
    return {
        "key": storage_key(found[0].header.series_instance_uid),
        "number": _series_number(found[0]),
        "description": str(first.get("series_description") or first.get("view_position") or ""),
        "modality": str(first.get("modality") or ""),
        "images": [
            {
                "key": storage_key(one.header.sop_instance_uid),
                "uid": one.header.sop_instance_uid,
                "frames": int(_number(one, "frames") or 1),
                "is_here": one.removed_at is None,
            }
            for one in _in_order(found)
        ],
    }


def _in_order(found: Iterable[Instance]) -> list[Instance]:
    """Put planes in order along their normal (PS3.3 C.7.6.2.1.1) where all say where they lie, else by number."""
    found = list(found)
    places = [_along_normal(one) for one in found]
    if all(place is not None for place in places):
        order = sorted(range(len(found)), key=lambda at: (places[at], at))
        return [found[at] for at in order]
    return sorted(found, key=lambda one: (_number(one, "instance_number") or 0, one.received_at))


def _along_normal(one: Instance) -> float | None:
    position, orientation = (one.header.attributes.get(name) for name in ("image_position", "image_orientation"))
    if not isinstance(position, tuple) or not isinstance(orientation, tuple):
        return None
    # In plain numbers: arrays for each of a thousand planes took half of the time of the list.
    try:
        (a, b, c, d, e, f), (x, y, z) = map(float, orientation), map(float, position)
    except (TypeError, ValueError):
        return None
    return (b * f - c * e) * x + (c * d - a * f) * y + (a * e - b * d) * z


def _number(one: Instance, name: str) -> float | None:
    value = one.header.attributes.get(name)
    return float(value) if isinstance(value, int | float) else None


def _series_number(one: Instance) -> int:
    return int(_number(one, "series_number") or 0)
