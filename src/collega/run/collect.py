"""The step ``collect``: an attempt that was handed over has its answer, or its time is up."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from collega.model.app import Manifest
from collega.model.job import Attempt, AttemptOutcome, Job, JobState
from collega.model.policy import Policy
from collega.ports.machine import Archive, Clock
from collega.ports.store import Store
from collega.run.close import close_attempt


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
        if job is None or (job.state, job.attempt) != (JobState.AWAITING, attempt):
            return
        manifest = catalogue.get(job.app_id)
        is_answered = archive.path(f"runs/{job.key}/{job.attempt}/out/result.json").exists()
        ended = _ended(job, manifest, clock.now(), is_answered=is_answered)
        if ended is not None:
            await close_attempt(transaction, clock, policy, job, ended, manifest)


def _ended(job: Job, manifest: Manifest | None, now: datetime, *, is_answered: bool) -> Attempt | None:
    """Say how the attempt ended, None where it may still be answered."""
    waited = now - job.updated_at
    if is_answered:
        outcome, detail = AttemptOutcome.ANSWERED, ""
    elif manifest is None or waited >= timedelta(seconds=manifest.run.time_limit_s):
        outcome, detail = AttemptOutcome.TIMED_OUT, "no answer came within its time limit"
    else:
        return None
    return Attempt(outcome=outcome, detail=detail, isolation=(), wall_s=waited.total_seconds(), cpu_s=0.0, peak_mb=0.0)
