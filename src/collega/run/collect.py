"""The step ``collect``: an attempt that was handed over has its answer, or its time is up."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collega.model.app import Manifest
from collega.model.box import BoxAnswer, Standing
from collega.model.job import Attempt, AttemptOutcome, Job, JobState, NextStep
from collega.model.policy import Policy
from collega.ports.machine import Archive, Clock
from collega.ports.store import Store, Transaction
from collega.run.boxes import whole_at
from collega.run.close import close_attempt
from collega.run.inputs import image_name

# What counts as an answer in the output folder of an attempt, whatever the runtime.
ANSWERS = ("result.json", "answer.json", "dicom/*.dcm", "files/*")

WAITING = frozenset({JobState.AWAITING, JobState.OFFERED})


async def collect(  # noqa: PLR0913 - the ports of the step
    store: Store,
    archive: Archive,
    clock: Clock,
    policy: Policy,
    catalogue: Mapping[str, Manifest],
    *,
    job_key: str,
    attempt: int,
) -> None:
    """Close an attempt that waits: what was laid into its output folder is its answer."""
    async with store.transaction() as transaction:
        job = await transaction.job(job_key)
        if job is None or job.state not in WAITING or job.attempt != attempt:
            return
        # No object of a box is recorded for this job until this has committed.
        await transaction.study(job.study_key, lock=True)
        manifest = catalogue.get(job.app_id)
        folder = archive.path(f"runs/{job.key}/{job.attempt}/out")
        answers = [item for item in await transaction.answers_of(job.key) if item.standing is Standing.OPEN]
        overdue = _overdue(job, manifest)
        if answers and await _is_growing(transaction, clock, job, manifest, answers, overdue):
            return
        await asyncio.to_thread(_lay_down, archive, folder, answers)
        ended = _ended(job, overdue, clock.now(), is_answered=_has_answer(folder))
        if ended is not None:
            await transaction.take_answers(job.key)
            await close_attempt(transaction, clock, policy, job, ended, manifest)


async def _is_growing(  # noqa: PLR0913 - one answer, one account
    transaction: Transaction,
    clock: Clock,
    job: Job,
    manifest: Manifest | None,
    answers: Sequence[BoxAnswer],
    overdue: datetime,
) -> bool:
    """Tell whether more of an answer may come; then it is looked at again when that has come or not."""
    spec = manifest.run.dicom if manifest else None
    if spec is None:
        return False
    whole = min(whole_at(answers, spec), overdue)
    if whole <= clock.now():
        return False
    arguments: dict[str, str | int] = {"job_key": job.key, "attempt": job.attempt}
    await transaction.add_step(NextStep(step="collect", arguments=arguments, at=whole, once=True))
    return True


def _overdue(job: Job, manifest: Manifest | None) -> datetime:
    """Say until when an answer is waited for: of a screen that a reader has yet to open, for ever."""
    if job.state is JobState.OFFERED:
        return datetime.max.replace(tzinfo=UTC)
    return job.updated_at + timedelta(seconds=manifest.run.time_limit_s if manifest else 0.0)


def _lay_down(archive: Archive, folder: Path, answers: Sequence[BoxAnswer]) -> None:
    """Let the objects that a box answered appear in the output folder, in the order in which they came."""
    if not answers:
        return
    (folder / "dicom").mkdir(parents=True, exist_ok=True)
    for number, answer in enumerate(answers, 1):
        target = folder / image_name(number)
        target.unlink(missing_ok=True)
        if archive.path(answer.path).exists():
            archive.give(answer.path, target)


def _has_answer(folder: Path) -> bool:
    return any(next(folder.glob(pattern), None) is not None for pattern in ANSWERS)


def _ended(job: Job, overdue: datetime, now: datetime, *, is_answered: bool) -> Attempt | None:
    """Say how the attempt ended, None where it may still be answered."""
    if is_answered:
        outcome, detail = AttemptOutcome.ANSWERED, ""
    elif now >= overdue:
        outcome, detail = AttemptOutcome.TIMED_OUT, "no answer came within its time limit"
    else:
        return None
    waited = now - job.updated_at
    return Attempt(outcome=outcome, detail=detail, isolation=(), wall_s=waited.total_seconds(), cpu_s=0.0, peak_mb=0.0)
