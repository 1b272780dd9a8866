"""The step ``route``: a complete study becomes jobs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time

from collega.model.app import Manifest
from collega.model.job import FINAL_JOB_STATES, AttemptOutcome, Event, Job, JobState, NextStep
from collega.model.policy import Policy
from collega.model.study import Instance, Study, StudyState
from collega.ports.machine import Clock
from collega.ports.store import Store, Transaction
from collega.route.match import Guards, Match, input_digest, match


async def decide(  # noqa: PLR0913 - a study, an app, and the moment
    transaction: Transaction,
    study: Study,
    instances: Sequence[Instance],
    manifest: Manifest,
    policy: Policy,
    now: datetime,
) -> Match:
    """Hold a study against one app as things stand now."""
    midnight = datetime.combine(now.astimezone(policy.zone).date(), time(), policy.zone).astimezone(UTC)
    guards = Guards(
        now=now,
        max_study_age=policy.max_study_age,
        jobs_today=await transaction.jobs_since(manifest.id, midnight),
    )
    stage = await transaction.stage_of(manifest.id, manifest.version)
    return match(study, instances, manifest, stage, guards)


async def route(  # noqa: PLR0913 - the ports of the step
    store: Store,
    clock: Clock,
    policy: Policy,
    catalogue: Mapping[str, Manifest],
    *,
    study_key: str,
    revision: int,
) -> None:
    """Give a complete study to the apps that accept it.

    An app whose input is the same as in an earlier revision keeps its job and its result; where
    the input has changed, the earlier job is put aside.
    """
    async with store.transaction() as transaction:
        study = await transaction.close_study(
            study_key, revision=revision, before=StudyState.COMPLETE, after=StudyState.ROUTED
        )
        instances = await transaction.instances(study_key)
        earlier = await transaction.jobs_of(study_key)
        now = clock.now()
        decisions: dict[str, object] = {}
        for manifest in catalogue.values():
            found = await decide(transaction, study, instances, manifest, policy, now)
            decisions[manifest.id] = "; ".join(found.reasons)
            if not found.accepted:
                continue
            digest = input_digest(found, instances, manifest)
            same = [job for job in earlier if job.app_id == manifest.id]
            if any(job.input_digest == digest and _still_stands(job) for job in same):
                continue
            for job in same:
                await transaction.supersede(job.key, now)
            job = await transaction.add_job(study, manifest, found.inputs, digest, now)
            await transaction.add_event(
                Event(kind="queued", at=now, study_key=study_key, job_key=job.key, payload={"app": manifest.id})
            )
            await transaction.add_step(NextStep(step="run", arguments={"job_key": job.key}))
        if earlier and all(job.state in FINAL_JOB_STATES for job in await transaction.jobs_of(study_key)):
            # No job will end after this one: the page of the earlier revision has left the word to this one.
            page: dict[str, str | int] = {"study_key": study_key, "revision": revision}
            await transaction.add_step(NextStep(step="page", arguments=page))
        await transaction.add_event(
            Event(kind="routed", at=now, study_key=study_key, payload={"revision": revision, "decisions": decisions})
        )


def _still_stands(job: Job) -> bool:
    """Tell whether a job of the same input need not be done again."""
    return job.state is not JobState.SUPERSEDED and job.reason_code != AttemptOutcome.IMAGES_REMOVED
