"""The steps ``plan`` and ``page``: a result becomes objects on their way, a study its status page."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from pydicom.dataset import Dataset

from collega.deliver import words
from collega.deliver.build import (
    Built,
    Context,
    build_page,
    build_rejection,
    build_result,
    job_context,
    read_masks,
    read_sources,
    says_the_same,
)
from collega.deliver.forward import Foreign, hold_against, send_on
from collega.deliver.heard import as_it_answered, said_to_pacs
from collega.deliver.messages import Word, tell_of
from collega.deliver.table import KEPT_UNTIL_ASKED, UNCHANGED, Channel, Say, narrowed, reaches
from collega.errors import FencedError
from collega.formats.outline import EDGES_FILE, edges_of
from collega.model.app import Manifest, Stage
from collega.model.delivery import Delivery, DeliveryState, ResultObject
from collega.model.finding import AppResult, Status
from collega.model.job import FINAL_JOB_STATES, SETTLED_JOB_STATES, UP_TO_A_READER, Event, Job, JobState, NextStep
from collega.model.label import label_step
from collega.model.outage import Outage, Part
from collega.model.policy import Policy
from collega.model.result import NoAnswer, ObjectKind, StatusLine
from collega.model.runtime import Way
from collega.model.study import Role, Study, StudyState
from collega.ports.machine import Archive, Clock
from collega.ports.store import Store, Transaction

PAGE_APP = "collega"
TOLD = frozenset({JobState.DONE, JobState.READY, JobState.OFFERED})
NOT_WAITED_FOR = FINAL_JOB_STATES | UP_TO_A_READER
TO_PLAN = frozenset({JobState.NORMALISED, JobState.ASKED})
ARRIVED = frozenset({DeliveryState.ACCEPTED, DeliveryState.COMMITTED, DeliveryState.VISIBLE})


async def plan(  # noqa: PLR0913 - the ports of the step
    store: Store,
    archive: Archive,
    clock: Clock,
    policy: Policy,
    catalogue: Mapping[str, Manifest],
    *,
    job_key: str,
) -> None:
    """Build what the table of delivery asks for, keep it, and order its delivery.

    The word of an app on demand is kept ready instead, until a reader has asked for it.
    """
    async with store.transaction() as transaction:
        job = await transaction.job(job_key)
        if job is None or job.state not in TO_PLAN:
            return
        manifest = catalogue.get(job.app_id)
        if _is_kept(job, manifest):
            await _keep_ready(transaction, job, clock.now())
            return
        study = await transaction.study(job.study_key)
        result = await transaction.result_of(job_key)
        instances = await transaction.instances(job.study_key)
        earlier = await standing(transaction, job.study_key)
        stage = await transaction.stage_of(job.app_id, job.app_version)
        said = await said_to_pacs(transaction, job, manifest)
    built: list[Built] = []
    foreign: Sequence[Foreign] = ()
    if study and result and manifest and policy.pacs and said:
        manifest = as_it_answered(manifest, job)
        slot = 1 + sorted(catalogue).index(manifest.id)
        # Images go only after every job has ended: one that is gone was gone before this job, which has failed for it.
        used = [item for item in instances if item.header.sop_instance_uid in job.inputs and not item.removed_at]
        paths = [archive.path(item.path) for item in used]
        frame = partial(job_context, study, job, manifest, policy, at=clock.now(), slot=slot)
        built = await asyncio.to_thread(_build, archive, frame, paths, result, manifest, job, earlier, said)
        if ObjectKind.FORWARDED in said.objects:
            foreign = await hold_against(store, archive, policy, study, job, manifest, result)
    async with store.transaction() as transaction:
        now = clock.now()
        locked = await transaction.study(job.study_key, lock=True)
        await transaction.move_job(job, after=JobState.DONE, at=now)
        for item in built:
            await transaction.add_object(item.record, policy.pacs.name if policy.pacs else "", now)
        kinds = [item.record.kind for item in built]
        kinds += await send_on(transaction, policy, study, job, foreign, now) if study else ()
        payload: dict[str, object] = {"app": job.app_id, "stage": stage, "objects": kinds}
        await transaction.add_event(
            Event(kind="planned", at=now, study_key=job.study_key, job_key=job.key, payload=payload)
        )
        if kinds:
            await transaction.add_step(deliver_now(policy))
        if locked and result and manifest:
            word = Word(
                study=locked,
                job=job,
                manifest=as_it_answered(manifest, job),
                result=result,
                report_uid=_report_uid([item.record for item in built]),
                at=now,
            )
            await tell_of(transaction, policy, word)
        await _order_page(transaction, locked)
        if await transaction.labels_of(job.study_key):
            await transaction.add_step(label_step(job.study_key))
    if result and result.status is not Status.FAILED:
        await asyncio.to_thread(_leave, archive, job, result)


def _leave(archive: Archive, job: Job, result: AppResult) -> None:
    """Leave what readers are still shown of an answer: what its maker wrote besides, and the edges of its masks."""
    edges = edges_of(result.segments, archive.path(f"runs/{job.key}/{job.attempt}/out"))
    if not result.attachments:
        archive.drop_job_folder(job.key)
    if edges:
        archive.keep(f"runs/{job.key}/{EDGES_FILE}", edges)


def _is_kept(job: Job, manifest: Manifest | None) -> bool:
    """Whether an answer is one of those that wait until a reader asks."""
    is_on_demand = manifest is not None and manifest.use.way is Way.ON_DEMAND
    return is_on_demand and job.state is JobState.NORMALISED and job.outcome in KEPT_UNTIL_ASKED


async def _keep_ready(transaction: Transaction, job: Job, now: datetime) -> None:
    locked = await transaction.study(job.study_key, lock=True)
    await transaction.move_job(job, after=JobState.READY, at=now)
    payload: dict[str, object] = {"app": job.app_id}
    await transaction.add_event(Event(kind="ready", at=now, study_key=job.study_key, job_key=job.key, payload=payload))
    await _order_page(transaction, locked)


async def _order_page(transaction: Transaction, study: Study | None) -> None:
    """Order the page of a study for which nothing more is under way.

    While a study is coming in, other apps have not had their turn: routing orders the page then.
    """
    if study is None or study.state is not StudyState.ROUTED:
        return
    out = await _unavailable(transaction)
    jobs = await transaction.jobs_of(study.key)
    if all(job.state in SETTLED_JOB_STATES or job.app_id in out for job in jobs):
        arguments: dict[str, str | int] = {"study_key": study.key, "revision": study.revision}
        await transaction.add_step(NextStep(step="page", arguments=arguments))


async def page(  # noqa: PLR0913 - the ports of the step
    store: Store,
    archive: Archive,
    clock: Clock,
    policy: Policy,
    catalogue: Mapping[str, Manifest],
    *,
    study_key: str,
    revision: int,
) -> None:
    """Build the one page that says of every live app how it ended."""
    async with store.transaction() as transaction:
        study = await transaction.study(study_key)
        if study is None or study.revision != revision or policy.pacs is None:
            return
        told = [
            (job, result, said)
            for job in await transaction.jobs_of(study_key)
            if job.state in TOLD and (said := await said_to_pacs(transaction, job, catalogue.get(job.app_id)))
            # An app's own screen has given nothing yet; every other one has a result, or is not told of.
            if (result := await transaction.result_of(job.key)) or said.outcome is NoAnswer.OWN_SCREEN
        ]
        out = await _unavailable(transaction)
        waiting = [
            (job, out[job.app_id])
            for job in await _open_jobs(transaction, study_key)
            if job.app_id in out and job.app_id in catalogue and await _is_expected(transaction, job)
        ]
        images = [item for item in await transaction.instances(study_key) if item.header.role is Role.IMAGE]
        instances = [item for item in images if not item.removed_at]
        earlier = (await standing(transaction, study_key)).get((PAGE_APP, ObjectKind.STATUS_PAGE))
        built_before = [item for item in await transaction.objects_of(study_key) if item.kind is ObjectKind.STATUS_PAGE]
    if not (told or waiting) or not instances:  # images go only after everything was delivered
        return
    now = clock.now()
    lines = [_line(job, result, said, catalogue[job.app_id]) for job, result, said in told]
    lines += [words.unavailable_line(catalogue[job.app_id], outage, policy.zone, now) for job, outage in waiting]
    context = Context(
        study=study,
        sources=await asyncio.to_thread(read_sources, [archive.path(instances[0].path)]),
        policy=policy,
        at=now,
        app_id=PAGE_APP,
        version="",
        # No key of a row: a site that was restored gives its jobs other keys, and must build the same page.
        configuration=_digest(
            [_told(job, said) for job, _, said in told]
            + [
                (job.app_id, job.input_digest, outage.down_since.isoformat(), NoAnswer.UNAVAILABLE)
                for job, outage in waiting
            ]
        ),
        slot=0,
    )
    if built_before and says_the_same(context, built_before[-1]):
        return
    heard = [
        (job, narrowed(result, said, catalogue[job.app_id]))
        for job, result, said in told
        if result and said.outcome is not NoAnswer.NOT_ASKED
    ]
    shared = words.shared_findings(heard, waiting, catalogue)
    built = await asyncio.to_thread(build_page, context, lines, shared, earlier)
    await asyncio.to_thread(archive.keep_result, built.record.path, built.content)
    async with store.transaction() as transaction:
        await _withdraw_pages(transaction, study_key, clock.now())
        await transaction.add_object(built.record, policy.pacs.name, clock.now())
        await transaction.add_step(deliver_now(policy))


def _line(job: Job, result: AppResult | None, said: Say, manifest: Manifest) -> StatusLine:
    if result is None or said.outcome is NoAnswer.NOT_ASKED:
        return words.waiting_line(manifest, said.outcome, job.app_version)
    looked_for = words.summary(result, manifest)
    return words.status_line(narrowed(result, said, manifest), manifest, job.updated_at, said.outcome, looked_for)


def _told(job: Job, said: Say) -> tuple[str | int, ...]:
    """Give what a line of the page is made of; rights count only where something is left out."""
    parts = (job.app_id, job.input_digest, job.attempt, said.outcome)
    return parts if said.is_whole else (*parts, said.absences, said.places)


async def _withdraw_pages(transaction: Transaction, study_key: str, at: datetime) -> None:
    """Hold back earlier pages that no PACS has yet: two pages must not stand side by side."""
    for item in await transaction.deliveries_of(study_key):
        if item.object.kind is ObjectKind.STATUS_PAGE and item.state is DeliveryState.PLANNED:
            with contextlib.suppress(FencedError):  # it is being sent at this moment
                await transaction.set_delivery(
                    item, state=DeliveryState.WITHDRAWN, at=at, next_at=None, detail="a later page takes its place"
                )


def deliver_now(policy: Policy) -> NextStep:
    """Order the delivery of all that is due.

    Not dropped where one waits already: that one may be taken up just before this transaction ends.
    """
    name = policy.pacs.name if policy.pacs else ""
    return NextStep(step="deliver", arguments={"pacs": name}, lock=f"deliver {name}")


async def _open_jobs(transaction: Transaction, study_key: str) -> Sequence[Job]:
    return [job for job in await transaction.jobs_of(study_key) if job.state not in NOT_WAITED_FOR]


async def _unavailable(transaction: Transaction) -> Mapping[str, Outage]:
    """Apps that were declared unavailable and do not seem to be back, by id."""
    return {
        outage.subject.name: outage
        for outage in await transaction.open_outages()
        if outage.subject.part is Part.APP and outage.noticed_at and not outage.up_since
    }


async def _is_expected(transaction: Transaction, job: Job) -> bool:
    """Whether readers look for this app's answer: it is live, or was stopped while the study waited."""
    stage = await transaction.stage_of(job.app_id, job.app_version)
    return reaches(stage, Channel.PACS) or stage is Stage.SUSPENDED


async def say_again(
    store: Store, clock: Clock, policy: Policy, catalogue: Mapping[str, Manifest], *, study_key: str
) -> None:
    """Have what was told of a study by messages told under the numbers that it has now."""
    async with store.transaction() as transaction:
        study = await transaction.study(study_key, lock=True)
        objects = await standing(transaction, study_key)
        for job in await transaction.jobs_of(study_key) if study and policy.destinations else ():
            manifest, result = catalogue.get(job.app_id), await transaction.result_of(job.key)
            if job.state is JobState.DONE and manifest and result and study:
                report = objects.get((job.app_id, ObjectKind.FINDINGS_SR))
                word = Word(
                    study=study,
                    job=job,
                    manifest=as_it_answered(manifest, job),
                    result=result,
                    report_uid=_report_uid([report] if report else []),
                    at=clock.now(),
                )
                await tell_of(transaction, policy, word, again=True)


def _report_uid(objects: Sequence[ResultObject]) -> str:
    """Name the structured report that stands in the PACS for an answer; empty where there is none."""
    made = (item.reference.sop_instance_uid for item in objects if item.kind is ObjectKind.FINDINGS_SR)
    return next(made, "")


async def standing(transaction: Transaction, study_key: str) -> dict[tuple[str, ObjectKind], ResultObject]:
    """Latest object per app and kind that a PACS has taken: what a new one replaces."""
    deliveries: Sequence[Delivery] = await transaction.deliveries_of(study_key)
    arrived = [delivery.object for delivery in deliveries if delivery.state in ARRIVED]
    return {(item.app_id, item.kind): item for item in sorted(arrived, key=lambda found: found.revision)}


def _build(  # noqa: PLR0913 - what the objects of one job are made of
    archive: Archive,
    frame: Callable[[Sequence[Dataset]], Context],
    paths: Sequence[Path],
    result: AppResult,
    manifest: Manifest,
    job: Job,
    earlier: Mapping[tuple[str, ObjectKind], ResultObject],
    said: Say,
) -> list[Built]:
    result = narrowed(result, said, manifest)
    context = frame(read_sources(paths))
    folder = archive.path(f"runs/{job.key}/{job.attempt}/out")
    if job.state is JobState.ASKED:
        # It may have been kept so long that the rule of retention has taken its masks: the report remains.
        there = tuple(item for item in result.segments if (folder / item.file).exists())
        result = replace(result, segments=there)
    masks = read_masks(result, folder)
    notes = context.policy.pacs is not None and context.policy.pacs.rejection_notes
    built = []
    for kind in [item for item in said.objects if item not in UNCHANGED] if result.findings else ():
        before = earlier.get((manifest.id, kind))
        item = build_result(context, result, manifest, kind, masks, before)
        if item is not None:
            built.append(item)
        if item is not None and before is not None and notes:
            built.append(build_rejection(context, before, words.replaces(before.created_at, context.policy.zone)))
    for item in built:
        archive.keep_result(item.record.path, item.content)
    return built


def _digest(parts: object) -> str:
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=8).hexdigest()
