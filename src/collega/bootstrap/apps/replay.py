"""One app on one stored study, as the line would run it, for a comparison: nothing of it is delivered."""

import asyncio
import shutil
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collega.adapters.files.archive import FileArchive
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.errors import QuarantineError, TransientError
from collega.model.app import Manifest, Stage
from collega.model.comparison import Item, ItemState, Said
from collega.model.finding import Finding, Status
from collega.model.inputs import JobInput
from collega.model.job import Attempt, AttemptOutcome
from collega.model.study import Instance, Study
from collega.normalise.asked import Asked
from collega.normalise.conclude import read_answer
from collega.ports.machine import AppRunner
from collega.route.match import Guards, match
from collega.run.execute import lay_out
from collega.run.runners import never_ran, start

STATES = {
    Status.ANALYSED: ItemState.ANALYSED,
    Status.NOT_SUITABLE: ItemState.NOT_SUITABLE,
    Status.FAILED: ItemState.FAILED,
}
# Trying again changes nothing.
FINAL = frozenset(
    {AttemptOutcome.ANSWERED, AttemptOutcome.REFUSED, AttemptOutcome.HANDED_OVER, AttemptOutcome.IMAGES_REMOVED}
)
LONGEST = 400
ELSEWHERE = "its answer comes by another way, for which a comparison does not wait"


@dataclass(frozen=True, kw_only=True, slots=True)
class Replay:
    """What a run needs; ``folder`` is the comparison's own, on the disk of the studies and hidden from apps."""

    store: PostgresStore
    archive: FileArchive
    runner: AppRunner
    folder: Path

    async def run(self, item: Item, manifest: Manifest) -> Item:
        """Run an app on a study, and give the item with what came of it."""
        async with self.store.transaction() as transaction:
            study = await transaction.study_by_uid(item.study_instance_uid)
            instances = await transaction.instances(study.key) if study else []
            others = await _others(transaction, study, manifest) if study else ()
        if study is None:
            return replace(item, state=ItemState.NEVER_RECEIVED, reason="no such study was received")
        # What guards the line from old studies and high bills does not hold a comparison back.
        free = replace(manifest, daily_cap=None, max_study_age_days=None)
        guards = Guards(now=datetime.now(UTC), max_study_age=None, jobs_today=0)
        found = match(study, instances, free, Stage.SHADOW, guards)
        images = [one for one in instances if one.header.sop_instance_uid in found.inputs]
        if not images:
            return replace(item, state=ItemState.NOT_ACCEPTED, reason="; ".join(found.reasons)[:LONGEST])
        if gone := sum(one.removed_at is not None for one in images):
            return _removed(item, gone, len(images))
        return await self._tried(item, Given(study=study, images=images, manifest=manifest, others=others))

    async def _tried(self, item: Item, given: "Given") -> Item:
        place = self.folder / f"{given.study.key}-{item.side}"
        seconds, attempt = 0.0, never_ran(AttemptOutcome.REFUSED, "never tried")
        try:
            for _ in range(given.manifest.run.attempts):
                attempt = await self._attempt(place, given)
                seconds += attempt.wall_s
                if attempt.outcome in FINAL:
                    break
            judged = await asyncio.to_thread(self._judged, item, attempt, given, place / "out")
        finally:
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
        return replace(judged, seconds=seconds)

    async def _attempt(self, place: Path, given: "Given") -> Attempt:
        shutil.rmtree(place, ignore_errors=True)
        try:
            await _whole(
                asyncio.to_thread(lay_out, self.archive, place, given.study, given.images, given.manifest, given.others)
            )
        except FileNotFoundError:  # retention was faster
            return never_ran(AttemptOutcome.IMAGES_REMOVED, "images were removed by rule")
        try:
            return await start(self.runner, given.manifest, place)
        except TransientError as error:
            return never_ran(AttemptOutcome.LOST, str(error))

    def _judged(self, item: Item, attempt: Attempt, given: "Given", folder: Path) -> Item:
        """Read and check an answer as the line does."""
        if attempt.outcome is AttemptOutcome.IMAGES_REMOVED:
            return _removed(item, len(given.images), len(given.images))
        if attempt.outcome is not AttemptOutcome.ANSWERED:
            detail = ELSEWHERE if attempt.outcome is AttemptOutcome.HANDED_OVER else attempt.detail
            return replace(item, state=ItemState.FAILED, reason=f"{attempt.outcome}: {detail}"[:LONGEST])
        inputs = {one.header.sop_instance_uid: one for one in given.images}
        files = {uid: self.archive.path(one.path) for uid, one in inputs.items()}
        asked = Asked(study=given.study, manifest=given.manifest, inputs=inputs, files=files)
        try:
            result = read_answer(folder, asked).result
        except QuarantineError as error:
            return replace(item, state=ItemState.FAILED, reason=f"{error.code}: {error}"[:LONGEST])
        return replace(
            item,
            state=STATES[result.status],
            reason=result.reason.en if result.reason else "",
            findings=tuple(_said(finding, given.manifest) for finding in result.findings),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What an app is given of a study; ``others`` are priors and records that the line has gathered for it."""

    study: Study
    images: Sequence[Instance]
    manifest: Manifest
    others: Sequence[JobInput]


async def _whole(laying_out: Coroutine[Any, Any, None]) -> None:
    """Await what a thread does to its end, also when cancelled: else it would write where all was cleared away."""
    task = asyncio.create_task(laying_out)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


async def _others(transaction: PostgresTransaction, study: Study, manifest: Manifest) -> Sequence[JobInput]:
    """Take what the line has gathered for the app; where it has not, the app is told that nothing is there."""
    if manifest.inputs is None:
        return ()
    jobs = [job for job in await transaction.jobs_of(study.key) if job.app_id == manifest.id]
    return await transaction.inputs_of(jobs[-1].key) if jobs else ()


def _removed(item: Item, gone: int, images: int) -> Item:
    return replace(item, state=ItemState.IMAGES_REMOVED, reason=f"{gone} of {images} images were removed by rule")


def _said(finding: Finding, manifest: Manifest) -> Said:
    spec = next(one for one in manifest.findings if one.id == finding.id)
    return Said(
        code=finding.code,
        site=finding.site,
        name=spec.name,
        evaluation=finding.evaluation,
        score_percent=finding.score.presence_percent,
    )
