"""The steps ``route`` and ``start_early``: a study, or an app's part of it, becomes jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from collega.model.app import Manifest
from collega.model.ids import storage_key
from collega.model.job import SETTLED_JOB_STATES, AttemptOutcome, Event, Job, JobState, NextStep, gather_step, run_step
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
    own = [job for job in await transaction.jobs_of(study.key) if job.app_id == manifest.id]
    guards = Guards(
        now=now,
        max_study_age=policy.max_study_age,
        # The cap counts studies: what this one has had already does not stop it.
        jobs_today=await transaction.jobs_since(manifest.id, midnight) - sum(job.created_at >= midnight for job in own),
        is_prior=await transaction.is_prior(study.study_instance_uid, now),
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
        wanted: list[Wanted] = []
        for manifest in catalogue.values():
            found = await decide(transaction, study, instances, manifest, policy, now)
            decisions[manifest.id] = "; ".join(found.reasons)
            one = _wanted(manifest, found, instances, earlier)
            if one is not None:
                wanted.append(one)
        if any(job.revision == revision for one in wanted for job in one.superseded):
            study = await _revise(transaction, study, now)
        for one in wanted:
            await _order(transaction, study, one, now)
        if earlier and all(job.state in SETTLED_JOB_STATES for job in await transaction.jobs_of(study_key)):
            # No job will end after this one: the page of the earlier revision has left the word to this one.
            page: dict[str, str | int] = {"study_key": study_key, "revision": study.revision}
            await transaction.add_step(NextStep(step="page", arguments=page))
        payload: dict[str, object] = {"revision": study.revision, "decisions": decisions}
        await transaction.add_event(Event(kind="routed", at=now, study_key=study_key, payload=payload))


async def start_early(  # noqa: PLR0913 - the ports of the step
    store: Store,
    clock: Clock,
    policy: Policy,
    catalogue: Mapping[str, Manifest],
    *,
    study_key: str,
    revision: int,
    app_id: str,
    series: str,
) -> None:
    """Give an app its own series while others of the study are still coming in.

    Once in a revision: what comes later is for `route`. ``series`` holds the storage keys of the
    series that are all here, with spaces between them; images of others may be incomplete.
    """
    async with store.transaction() as transaction:
        study = await transaction.study(study_key, lock=True)
        manifest = catalogue.get(app_id)
        if study is None or manifest is None or (study.revision, study.state) != (revision, StudyState.RECEIVING):
            return
        earlier = await transaction.jobs_of(study_key)
        if any((job.app_id, job.revision) == (app_id, revision) for job in earlier):
            return
        keys = set(series.split())
        instances = [
            item
            for item in await transaction.instances(study_key)
            if storage_key(item.header.series_instance_uid) in keys
        ]
        now = clock.now()
        found = await decide(transaction, study, instances, manifest, policy, now)
        wanted = _wanted(manifest, found, instances, earlier)
        if wanted is not None:
            await _order(transaction, study, wanted, now)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A job to be done, and those of the same app whose input it takes the place of."""

    manifest: Manifest
    inputs: tuple[str, ...]
    digest: str
    superseded: tuple[Job, ...]


def _wanted(manifest: Manifest, found: Match, instances: Sequence[Instance], earlier: Sequence[Job]) -> Wanted | None:
    """Say what is to be done for an app: nothing where it is not to run, or has this input already."""
    if not found.accepted:
        return None
    digest = input_digest(found, instances, manifest)
    same = tuple(job for job in earlier if job.app_id == manifest.id)
    if any(job.input_digest == digest and _still_stands(job) for job in same):
        return None
    return Wanted(manifest=manifest, inputs=found.inputs, digest=digest, superseded=same)


async def _order(transaction: Transaction, study: Study, wanted: Wanted, now: datetime) -> None:
    for job in wanted.superseded:
        await transaction.supersede(job.key, now)
    job = await transaction.add_job(study, wanted.manifest, wanted.inputs, wanted.digest, now)
    payload: dict[str, object] = {"app": wanted.manifest.id}
    await transaction.add_event(Event(kind="queued", at=now, study_key=study.key, job_key=job.key, payload=payload))
    begin = gather_step if wanted.manifest.inputs else run_step
    await transaction.add_step(begin(job.key, study.priority))


async def _revise(transaction: Transaction, study: Study, now: datetime) -> Study:
    """Begin a revision of its own for an app that started early and now gets more.

    UIDs of results are made of study, revision and app: two inputs must not share one.
    """
    raised = await transaction.raise_revision(study)
    payload: dict[str, object] = {"revision": raised.revision}
    await transaction.add_event(Event(kind="revised", at=now, study_key=study.key, payload=payload))
    return raised


def _still_stands(job: Job) -> bool:
    """Tell whether a job of the same input need not be done again."""
    return job.state is not JobState.SUPERSEDED and job.reason_code != AttemptOutcome.IMAGES_REMOVED
