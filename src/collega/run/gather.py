"""The step ``gather``: what an app asks for besides the images of a study is brought together before it runs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from collega.errors import PeerError
from collega.model.app import Manifest
from collega.model.inputs import (
    GeneticsWanted,
    JobInput,
    PriorsWanted,
    ReportsWanted,
    ValueWanted,
    Why,
)
from collega.model.job import Event, Job, JobState, gather_step, run_step
from collega.model.policy import Policy
from collega.model.study import Study
from collega.ports.inputs import PriorSource, Records
from collega.ports.machine import Archive, Clock
from collega.ports.store import Store, Transaction
from collega.run.choose import DAYS_PER_MONTH, genetics_of, reports_of, value_of
from collega.run.given import Wanted, wanted_of
from collega.run.input_words import sentence
from collega.run.patience import Patience
from collega.run.priors import Looking, look_back

# A system that gives no answer is asked again after so long, while time is left.
AGAIN = timedelta(seconds=5)
# Closes a job whose app cannot do without what is missing.
GoWithout: TypeAlias = Callable[[Transaction, Clock, Job, Study, Sequence[JobInput]], Awaitable[None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """Where a site lets apps ask; None where there is no connection.

    ``threads`` are for these calls alone: systems that hang keep no other work of this process waiting.
    """

    priors: PriorSource | None = None
    records: Records | None = None
    threads: Executor | None = None


NO_SOURCES = Sources()


async def gather(  # noqa: PLR0913 - the ports of the step
    store: Store,
    archive: Archive,
    clock: Clock,
    policy: Policy,
    catalogue: Mapping[str, Manifest],
    sources: Sources,
    go_without: GoWithout,
    *,
    job_key: str,
    until: str = "",
) -> None:
    """Ask, record what came and what is missing, and order the run, or close the job where it cannot be done.

    Parameters
    ----------
    go_without : callable
        Closes a job whose app cannot do without what is missing.
    until : str
        Moment (ISO 8601) after which nothing more is waited for; empty at the first try.
    """
    async with store.transaction() as transaction:
        job = await transaction.job(job_key)
        study = await transaction.study(job.study_key) if job else None
        if job is None or study is None or job.state is not JobState.QUEUED:
            return
        manifest = catalogue.get(job.app_id)
        if manifest is None or manifest.inputs is None or manifest.version != job.app_version:
            await transaction.add_step(run_step(job_key, study.priority))
            return
        spec, now = manifest.inputs, clock.now()
        end = datetime.fromisoformat(until) if until else now + policy.inputs.wait
        names = [name for name, _ in wanted_of(spec)]
        if study.patient.patient_id:
            await transaction.note_asked(job, now, {"inputs": names})
    patience = Patience(clock, end, sources.threads)
    looking = Looking(store=store, archive=archive, clock=clock, rules=policy.inputs, job=job, study=study)
    gathered = await asyncio.gather(
        *(_one(sources, looking, patience, name, wanted) for name, wanted in wanted_of(spec))
    )
    async with store.transaction() as transaction:
        if any(item.why is Why.NO_ANSWER for item in gathered) and clock.now() + AGAIN < end:
            await transaction.add_step(gather_step(job_key, study.priority, clock.now() + AGAIN, end.isoformat()))
            return
        await _close(transaction, clock, job, study, gathered, go_without)


async def _one(sources: Sources, looking: Looking, patience: Patience, name: str, wanted: Wanted) -> JobInput:
    """Ask for one input; whatever goes wrong, there is an answer to record."""
    asked_at = looking.clock.now()
    detail = ""
    try:
        answer, why, detail = await _ask(sources, looking, patience, wanted)
    except PeerError as error:
        answer, why, detail = (), Why.NO_ANSWER, str(error)
    return JobInput(
        name=name,
        required=wanted.required,
        asked_at=asked_at,
        answer=answer,
        why=why,
        text=sentence(why, wanted) if why else None,
        detail=detail,
    )


async def _ask(
    sources: Sources, looking: Looking, patience: Patience, wanted: Wanted
) -> tuple[tuple[Mapping[str, object], ...], Why | None, str]:
    if not looking.study.patient.patient_id:
        return (), Why.NO_NUMBER, ""
    if isinstance(wanted, PriorsWanted):
        if sources.priors is None:
            return (), Why.NOT_CONNECTED, ""
        return await look_back(looking, sources.priors, patience, wanted)
    if sources.records is None:
        return (), Why.NOT_CONNECTED, ""
    return await _look_up(sources.records, looking, patience, wanted)


async def _look_up(
    records: Records, looking: Looking, patience: Patience, wanted: ReportsWanted | ValueWanted | GeneticsWanted
) -> tuple[tuple[Mapping[str, object], ...], Why | None, str]:
    study, now = looking.study, looking.clock.now()
    at = study.study_at or now
    if isinstance(wanted, ReportsWanted):
        since = at - timedelta(days=wanted.within_months * DAYS_PER_MONTH)
        reports = await patience.ask(records.reports, study.patient, since)
        return (*reports_of(reports, wanted.most, study, now), reports.detail)
    if isinstance(wanted, ValueWanted):
        since = at - timedelta(days=wanted.within_days)
        values = await patience.ask(records.observations, study.patient, wanted.codes, since)
        return (*value_of(values, wanted, study, now), values.detail)
    results = await patience.ask(records.observations, study.patient, wanted.codes, None)
    return (*genetics_of(results, wanted, now), results.detail)


async def _close(  # noqa: PLR0913 - one job, one account
    transaction: Transaction,
    clock: Clock,
    job: Job,
    study: Study,
    gathered: Sequence[JobInput],
    go_without: GoWithout,
) -> None:
    now = clock.now()
    await transaction.add_inputs(job, gathered)
    payload: dict[str, object] = {
        "app": job.app_id,
        "came": [item.name for item in gathered if item.answer],
        "missing": {item.name: item.why for item in gathered if item.why},
    }
    await transaction.add_event(
        Event(kind="gathered", at=now, study_key=job.study_key, job_key=job.key, payload=payload)
    )
    lacking = [item for item in gathered if item.forbids]
    if lacking:
        await go_without(transaction, clock, job, study, lacking)
    else:
        await transaction.add_step(run_step(job.key, study.priority))
