"""The step ``run``: one attempt of one app on one study."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from collega.errors import PeerError
from collega.model.app import Manifest
from collega.model.box import Standing
from collega.model.inputs import JobInput, images_of_priors
from collega.model.job import Attempt, AttemptOutcome, Event, JobState, gather_step
from collega.model.policy import Policy
from collega.model.study import Instance, Priority, Study
from collega.model.threshold import in_force
from collega.ports.machine import AppRunner, Archive, Clock
from collega.ports.store import Store, Transaction
from collega.run.boxes import are_about_all, claimed_twice
from collega.run.close import LOST_LIMIT, close_attempt, hand_over
from collega.run.given import given, without
from collega.run.held import hold_stopped
from collega.run.inputs import image_name
from collega.run.runners import never_ran


async def run(  # noqa: PLR0913 - the ports of the step
    store: Store,
    archive: Archive,
    runner: AppRunner,
    clock: Clock,
    policy: Policy,
    catalogue: Mapping[str, Manifest],
    *,
    job_key: str,
) -> None:
    """Start an app and record how it ended: answered, to be tried again, or failed for good."""
    async with store.transaction() as transaction:
        if await hold_stopped(transaction, clock, job_key) or await _is_to_gather(transaction, catalogue, job_key):
            return
        job = await transaction.start_attempt(job_key, clock.now())
        gathered = await transaction.inputs_of(job_key)
        study = await transaction.study(job.study_key)
        failures = await transaction.failures(job.key)
        unreached = sum(item.outcome is AttemptOutcome.UNREACHABLE for item in failures)
        changes = await transaction.threshold_changes(job.app_id, job.app_version)
        instances = await transaction.instances(job.study_key)
        answers = [item for item in await transaction.answers_of(job_key) if item.standing is Standing.OPEN]
        payload: dict[str, object] = {"app": job.app_id, "attempt": job.attempt}
        await transaction.add_event(
            Event(kind="started", at=clock.now(), study_key=job.study_key, job_key=job.key, payload=payload)
        )
    manifest = catalogue.get(job.app_id)
    if manifest is None or manifest.version != job.app_version or study is None:
        detail = f"version {job.app_version} of {job.app_id} is not installed here"
        attempt = never_ran(AttemptOutcome.REFUSED, detail)
    elif twice := claimed_twice(catalogue, manifest):
        attempt = never_ran(AttemptOutcome.REFUSED, f"another app claims answers from {', '.join(twice)}")
    elif job.attempt - unreached > manifest.run.attempts + LOST_LIMIT:
        attempt = never_ran(AttemptOutcome.LOST, "each attempt ended with its worker")
    elif gone := [item for item in instances if item.removed_at and item.header.sop_instance_uid in job.inputs]:
        detail = f"{len(gone)} of {len(job.inputs)} images were removed by rule; send the whole study again"
        attempt = never_ran(AttemptOutcome.IMAGES_REMOVED, detail)
    else:
        chosen = {item.header.sop_instance_uid: item for item in instances}
        images = [chosen[uid] for uid in job.inputs]
        folder = archive.job_folder(job.key, job.attempt)
        judged = manifest.held_against(in_force(changes, job.thresholds))
        await asyncio.to_thread(lay_out, archive, folder, study, images, judged, gathered)
        # A worker that died after it had sent everything could not say so; the answer of the box does.
        # Whether it took the priors is not known then: where there are any, it is asked again.
        has_all = not images_of_priors(gathered) and await asyncio.to_thread(
            are_about_all, archive, answers, job.inputs
        )
        if answers and not has_all:
            await _set_aside(store, job.key)
        attempt = never_ran(AttemptOutcome.HANDED_OVER, "") if has_all else await start(runner, manifest, folder)
    async with store.transaction() as transaction:
        if attempt.outcome is AttemptOutcome.HANDED_OVER and manifest is not None:
            left = without(manifest, gathered, lambda place: archive.path(place).exists(), attempt)
            if left is not None:
                await transaction.change_input(job, left)
            await hand_over(transaction, clock, job, manifest)
        else:
            await close_attempt(transaction, clock, policy, job, attempt, manifest)


async def _set_aside(store: Store, job_key: str) -> None:
    """Count no answer that may be to a part of the images: a worker that died while it sent left its box with those."""
    async with store.transaction() as transaction:
        await transaction.take_answers(job_key)


async def start(runner: AppRunner, manifest: Manifest, folder: Path) -> Attempt:
    """Let the runner work in the folder of an attempt; that nobody is there is an account too."""
    try:
        return await runner.run(manifest, folder / "in", folder / "out")
    except PeerError as error:
        return never_ran(AttemptOutcome.UNREACHABLE, str(error))


async def _is_to_gather(transaction: Transaction, catalogue: Mapping[str, Manifest], job_key: str) -> bool:
    """Order what an app asks for elsewhere, where it is not there yet: a job that begins again begins there."""
    job = await transaction.job(job_key)
    manifest = catalogue.get(job.app_id) if job else None
    if job is None or manifest is None or manifest.inputs is None or job.app_version != manifest.version:
        return False
    if job.state is not JobState.QUEUED or await transaction.inputs_of(job_key):
        return False
    study = await transaction.study(job.study_key)
    await transaction.add_step(gather_step(job_key, study.priority if study else Priority.UNKNOWN))
    return True


def lay_out(  # noqa: PLR0913 - what one attempt is given
    archive: Archive,
    folder: Path,
    study: Study,
    images: Sequence[Instance],
    manifest: Manifest,
    gathered: Sequence[JobInput] = (),
) -> None:
    """Fill the input folder of an attempt."""
    inputs, outputs = folder / "in", folder / "out"
    (inputs / "dicom").mkdir(parents=True)
    outputs.mkdir()
    for number, item in enumerate(images, 1):
        archive.give(item.path, inputs / image_name(number))
    all_of_it = given(study, images, manifest, gathered, lambda place: archive.path(place).exists())
    for kept, file in all_of_it.files:
        (inputs / file).parent.mkdir(parents=True, exist_ok=True)
        archive.give(kept, inputs / file)
    (inputs / "study.json").write_text(json.dumps(all_of_it.told, indent=1), encoding="utf-8")
