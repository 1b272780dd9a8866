"""The step ``normalise``: what an attempt left behind becomes a result, or a failure with its reason."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from collega.errors import QuarantineError
from collega.model.app import Manifest
from collega.model.code import Text
from collega.model.finding import AppResult, Status
from collega.model.inputs import JobInput, images_of_priors
from collega.model.job import AttemptOutcome, Event, Job, JobState, NextStep
from collega.model.study import Study
from collega.model.threshold import in_force
from collega.normalise.answered import check_answered, read_answered
from collega.normalise.asked import Asked
from collega.normalise.checks import check
from collega.normalise.outputs import read_result
from collega.normalise.vendor import Reading, is_vendors, read_vendor
from collega.normalise.verdicts import verdicts
from collega.outside.identify import refuse_what_is_apart
from collega.ports.machine import Archive, Clock
from collega.ports.store import Store, Transaction

# Why there is no answer -> what a clinician reads.
REASONS: Mapping[str, Text] = {
    AttemptOutcome.CRASHED: Text(en="the app stopped with an error", nl="de app stopte met een fout"),
    AttemptOutcome.TIMED_OUT: Text(en="the app took too long", nl="de app deed er te lang over"),
    AttemptOutcome.OUT_OF_MEMORY: Text(en="the app ran out of memory", nl="de app had te weinig geheugen"),
    AttemptOutcome.TOO_MUCH_OUTPUT: Text(en="the app wrote too much", nl="de app schreef te veel"),
    AttemptOutcome.REFUSED: Text(en="the app could not be started", nl="de app kon niet worden gestart"),
    AttemptOutcome.LOST: Text(en="the run was interrupted", nl="de analyse werd onderbroken"),
    AttemptOutcome.IMAGES_REMOVED: Text(
        en="images were removed by the site's rule, send the whole study again",
        nl="beelden zijn volgens de bewaarregel verwijderd, stuur het hele onderzoek opnieuw",
    ),
    AttemptOutcome.UNREACHABLE: Text(en="the app could not be reached", nl="de app was niet bereikbaar"),
    "internal-error": Text(en="an internal error of collega", nl="een interne fout van collega"),
}
INPUT_MISSING = "input-missing"
# What stands before the reason where an app has run without an input, or with a part of it.
WITHOUT = Text(en="ran without: {text}", nl="zonder gegevens: {text}")
PARTLY = Text(en="with a part of it: {text}", nl="met een deel ervan: {text}")
QUARANTINED = Text(en="the app's answer was not usable", nl="het antwoord van de app was niet bruikbaar")


async def normalise(
    store: Store, archive: Archive, clock: Clock, catalogue: Mapping[str, Manifest], *, job_key: str
) -> None:
    """Turn the outputs of the last attempt into a result; a failure is a result too, never silence."""
    async with store.transaction() as transaction:
        job = await transaction.job(job_key)
        attempt = await transaction.last_attempt(job_key)
        study = await transaction.study(job.study_key) if job else None
        instances = await transaction.instances(job.study_key) if job else []
        changes = await transaction.threshold_changes(job.app_id, job.app_version) if job else []
        gathered = await transaction.inputs_of(job.key) if job else ()
    if job is None or attempt is None or study is None or job.state is not JobState.RAN:
        return
    manifest = catalogue.get(job.app_id)
    if attempt.outcome is not AttemptOutcome.ANSWERED or manifest is None:
        # Answered, but the app has been removed since: nothing is known to hold its answer against.
        code = AttemptOutcome.REFUSED if attempt.outcome is AttemptOutcome.ANSWERED else attempt.outcome
        result = failed(job, study, code, REASONS[code])
        await _close(store, clock, job, result, detail=attempt.detail)
        return
    try:
        stored = {item.header.sop_instance_uid: item for item in instances}
        inputs = {uid: stored[uid] for uid in job.inputs}
        folder = archive.path(f"runs/{job.key}/{job.attempt}/out")
        files = {uid: archive.path(item.path) for uid, item in inputs.items()}
        given = manifest.held_against(in_force(changes, job.thresholds))
        asked = Asked(study=study, manifest=given, inputs=inputs, files=files, priors=images_of_priors(gathered))
        reading = await asyncio.to_thread(read_answer, folder, asked)
    except QuarantineError as error:
        result = failed(job, study, error.code, QUARANTINED)
        await _close(store, clock, job, result, detail=str(error), apart=error.code)
        return
    reason = reading.result.reason
    await _close(store, clock, job, reading.result, detail=reason.en if reason else "", unread=reading.unread)


def read_answer(folder: Path, asked: Asked) -> Reading:
    """Read and check what an attempt left in ``folder``, an answer in our schema or a vendor's, and judge it by rules.

    Raises
    ------
    QuarantineError
        Its code says what is wrong with it.
    """
    refuse_what_is_apart(folder)
    check_answered(read_answered(folder), asked.study, asked.inputs, asked.priors)
    manifest = asked.manifest
    reading = read_vendor(folder, asked) if is_vendors(folder) else Reading(result=read_result(folder, manifest))
    check(reading.result, asked.study, asked.inputs, manifest, folder)
    return replace(reading, result=replace(reading.result, verdicts=verdicts(reading.result, manifest)))


def failed(job: Job, study: Study, code: str, reason: Text) -> AppResult:
    """Make the result of a job that has none."""
    return AppResult(
        app_id=job.app_id,
        app_version=job.app_version,
        study_instance_uid=study.study_instance_uid,
        status=Status.FAILED,
        reason_code=code,
        reason=reason,
    )


async def _close(  # noqa: PLR0913 - one result, one account
    store: Store,
    clock: Clock,
    job: Job,
    result: AppResult,
    *,
    detail: str,
    apart: str | None = None,
    unread: Sequence[str] = (),
) -> None:
    async with store.transaction() as transaction:
        if apart:
            await transaction.quarantine(
                kind="result",
                code=apart,
                text=detail,
                at=clock.now(),
                study_instance_uid=result.study_instance_uid,
                job_key=job.key,
                path=f"runs/{job.key}/{job.attempt}",
                source=job.app_id,
            )
        await conclude(transaction, clock, job, result, detail=detail, unread=unread)


async def go_without(
    transaction: Transaction, clock: Clock, job: Job, study: Study, lacking: Sequence[JobInput]
) -> None:
    """End the job of an app that cannot do without what is missing: it does not run, and the page says why."""
    texts = [item.text for item in lacking if item.text is not None]
    result = AppResult(
        app_id=job.app_id,
        app_version=job.app_version,
        study_instance_uid=study.study_instance_uid,
        status=Status.NOT_SUITABLE,
        reason_code=INPUT_MISSING,
        reason=Text(en="; ".join(text.en for text in texts), nl="; ".join(text.nl for text in texts)),
    )
    await conclude(transaction, clock, job, result, detail=result.reason.en if result.reason else "")


async def _with_notes(transaction: Transaction, job: Job, result: AppResult) -> AppResult:
    """Say with an answer what the app did without: a reader must not think that it knew."""
    gathered = await transaction.inputs_of(job.key) if result.status is Status.ANALYSED else ()
    notes = [
        Text(en=frame.en.format(text=item.text.en), nl=frame.nl.format(text=item.text.nl))
        for item in gathered
        if item.text is not None
        for frame in (PARTLY if item.answer else WITHOUT,)
    ]
    return replace(result, notes=(*result.notes, *notes)) if notes else result


async def conclude(  # noqa: PLR0913 - one result, one account
    transaction: Transaction, clock: Clock, job: Job, result: AppResult, *, detail: str, unread: Sequence[str] = ()
) -> None:
    """Record a result and order what follows from it."""
    now = clock.now()
    result = await _with_notes(transaction, job, result)
    await transaction.move_job(
        job,
        after=JobState.NORMALISED,
        at=now,
        outcome=result.outcome,
        reason_code=result.reason_code,
        reason=detail,
    )
    await transaction.add_result(job, result, now)
    payload: dict[str, object] = {"app": job.app_id, "outcome": result.outcome, "reason": result.reason_code}
    if result.attachments:
        payload["kept"] = [{"kind": item.kind, "file": item.file, "title": item.title} for item in result.attachments]
    if unread:
        payload["unread"] = list(unread)
    await transaction.add_event(
        Event(kind="normalised", at=now, study_key=job.study_key, job_key=job.key, payload=payload)
    )
    await transaction.add_step(NextStep(step="plan", arguments={"job_key": job.key}))
