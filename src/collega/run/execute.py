"""The step ``run``: one attempt of one app on one study."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from collega.model.app import Manifest
from collega.model.box import BoxAnswer, Standing
from collega.model.inputs import JobInput, images_of_priors
from collega.model.job import Attempt, AttemptOutcome, Event, Job, JobState, gather_step
from collega.model.policy import Policy
from collega.model.study import Instance, Priority, Study
from collega.model.threshold import ThresholdChange, in_force
from collega.outside.gate import OBJECTS_INSIDE, Held, objection_to
from collega.ports.machine import AppRunner, Archive, Clock
from collega.ports.store import Store, Transaction
from collega.run.boxes import are_about_all, claimed_twice
from collega.run.close import LOST_LIMIT, close_attempt, hand_over
from collega.run.given import given, without
from collega.run.held import hold_stopped
from collega.run.inputs import image_name
from collega.run.outside import Outward, hold, is_outside, send_out
from collega.run.runners import never_ran, start


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ports:
    """What an attempt works with."""

    store: Store
    archive: Archive
    runner: AppRunner
    clock: Clock
    outward: Outward | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Begun:
    """An attempt that has begun, and all that is known of it then; ``objects``: its patient does not want it."""

    job: Job
    study: Study | None
    gathered: Sequence[JobInput]
    unreached: int
    changes: Sequence[ThresholdChange]
    instances: Sequence[Instance]
    answers: Sequence[BoxAnswer]
    objects: bool

    @property
    def gone(self) -> int:
        """Images that were removed by rule."""
        return sum(bool(item.removed_at) for item in self.instances if item.header.sop_instance_uid in self.job.inputs)


async def run(  # noqa: PLR0913 - the ports of the step
    store: Store,
    archive: Archive,
    runner: AppRunner,
    clock: Clock,
    policy: Policy,
    catalogue: Mapping[str, Manifest],
    *,
    job_key: str,
    outward: Outward | None = None,
) -> None:
    """Start an app and record how it ended: answered, to be tried again, or failed for good."""
    async with store.transaction() as transaction:
        if await hold_stopped(transaction, clock, job_key) or await _is_to_gather(transaction, catalogue, job_key):
            return
        begun = await _begin(transaction, clock, policy, job_key)
    job, study, manifest = begun.job, begun.study, catalogue.get(begun.job.app_id)
    if manifest is None or manifest.version != job.app_version or study is None:
        detail = f"version {job.app_version} of {job.app_id} is not installed here"
        attempt = never_ran(AttemptOutcome.REFUSED, detail)
    elif twice := claimed_twice(catalogue, manifest):
        attempt = never_ran(AttemptOutcome.REFUSED, f"another app claims answers from {', '.join(twice)}")
    elif job.attempt - begun.unreached > manifest.run.attempts + LOST_LIMIT:
        attempt = never_ran(AttemptOutcome.LOST, "each attempt ended with its worker")
    elif begun.gone:
        detail = f"{begun.gone} of {len(job.inputs)} images were removed by rule; send the whole study again"
        attempt = never_ran(AttemptOutcome.IMAGES_REMOVED, detail)
    else:
        ports = _Ports(store=store, archive=archive, runner=runner, clock=clock, outward=outward)
        attempt = await _attempt(ports, begun, study, manifest)
    async with store.transaction() as transaction:
        if attempt.outcome is AttemptOutcome.HANDED_OVER and manifest is not None:
            left = without(manifest, begun.gathered, lambda place: archive.path(place).exists(), attempt)
            if left is not None:
                await transaction.change_input(job, left)
            await hand_over(transaction, clock, job, manifest)
        else:
            await close_attempt(transaction, clock, policy, job, attempt, manifest)


async def _begin(transaction: Transaction, clock: Clock, policy: Policy, job_key: str) -> _Begun:
    job = await transaction.start_attempt(job_key, clock.now())
    study = await transaction.study(job.study_key)
    failures = await transaction.failures(job.key)
    begun = _Begun(
        job=job,
        study=study,
        gathered=await transaction.inputs_of(job_key),
        unreached=sum(item.outcome is AttemptOutcome.UNREACHABLE for item in failures),
        changes=await transaction.threshold_changes(job.app_id, job.app_version),
        instances=await transaction.instances(job.study_key),
        answers=[item for item in await transaction.answers_of(job_key) if item.standing is Standing.OPEN],
        objects=bool(study and policy.objections_stop_inside and await objection_to(transaction, study)),
    )
    payload: dict[str, object] = {"app": job.app_id, "attempt": job.attempt}
    await transaction.add_event(
        Event(kind="started", at=clock.now(), study_key=job.study_key, job_key=job.key, payload=payload)
    )
    return begun


async def _attempt(ports: _Ports, begun: _Begun, study: Study, manifest: Manifest) -> Attempt:
    """Lay out what the app gets, and let it work: here, or outside the house."""
    job, archive = begun.job, ports.archive
    chosen = {item.header.sop_instance_uid: item for item in begun.instances}
    images = [chosen[uid] for uid in job.inputs]
    folder = archive.job_folder(job.key, job.attempt)
    judged = manifest.held_against(in_force(begun.changes, job.thresholds))
    await asyncio.to_thread(lay_out, archive, folder, study, images, judged, begun.gathered)
    # A worker that died after it had sent everything could not say so; the answer of the box does.
    # Whether it took the priors is not known then: where there are any, it is asked again.
    has_all = not images_of_priors(begun.gathered) and await asyncio.to_thread(
        are_about_all, archive, begun.answers, job.inputs
    )
    if has_all:
        return never_ran(AttemptOutcome.HANDED_OVER, "")
    if begun.answers:
        await _set_aside(ports.store, job.key)
    if begun.objects:
        return hold(folder, manifest, study, Held(code="objection", text=OBJECTS_INSIDE))
    if is_outside(manifest):
        return await send_out(ports.store, ports.runner, ports.clock, ports.outward, manifest, job, study, folder)
    return await start(ports.runner, manifest, folder)


async def _set_aside(store: Store, job_key: str) -> None:
    """Count no answer that may be to a part of the images: a worker that died while it sent left its box with those."""
    async with store.transaction() as transaction:
        await transaction.take_answers(job_key)


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
