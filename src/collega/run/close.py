"""How an attempt is closed: answered, to be tried again, failed for good, or handed over."""

from datetime import timedelta

from collega.model.app import Manifest
from collega.model.job import Attempt, AttemptOutcome, Event, Job, JobState, NextStep, run_step
from collega.model.policy import Policy
from collega.model.study import Priority
from collega.ports.machine import Clock
from collega.ports.store import Transaction

# Attempts that were lost with their worker, or found nobody there, are not the app's fault, yet an app
# that brings its worker down each time, and one that never comes back, must come to an end.
LOST_LIMIT = 10
# Trying again changes nothing.
ENDS_AT_ONCE = frozenset({AttemptOutcome.ANSWERED, AttemptOutcome.REFUSED, AttemptOutcome.IMAGES_REMOVED})


async def close_attempt(  # noqa: PLR0913 - one attempt, one account
    transaction: Transaction, clock: Clock, policy: Policy, job: Job, attempt: Attempt, manifest: Manifest | None
) -> None:
    """Record how an attempt ended, and order what follows: its answer is read, or it is tried again."""
    now = clock.now()
    is_put_off = attempt.outcome is AttemptOutcome.NOT_NOW
    failures = len(await transaction.failures(job.key)) + (not is_put_off)
    tries = manifest.run.attempts if manifest else 1
    is_final = attempt.outcome in ENDS_AT_ONCE or failures >= tries or job.attempt >= tries + LOST_LIMIT
    await transaction.end_attempt(job, attempt, now, JobState.RAN if is_final else JobState.QUEUED)
    payload: dict[str, object] = {
        "app": job.app_id,
        "attempt": job.attempt,
        "outcome": attempt.outcome,
        "wall_s": attempt.wall_s,
        "cpu_s": attempt.cpu_s,
        "isolation": list(attempt.isolation),
    }
    await transaction.add_event(Event(kind="ended", at=now, study_key=job.study_key, job_key=job.key, payload=payload))
    if is_final:
        await transaction.add_step(NextStep(step="normalise", arguments={"job_key": job.key}))
        return
    study = await transaction.study(job.study_key)
    priority = study.priority if study else Priority.UNKNOWN
    # Who is not there may come back within the hour; who fails is asked again soon.
    wait = policy.retry_wait * (job.attempt if is_put_off else failures) ** 2
    await transaction.add_step(run_step(job.key, priority, now + wait))


async def hand_over(transaction: Transaction, clock: Clock, job: Job, manifest: Manifest) -> None:
    """Leave an attempt to others: its answer comes by itself, or its time runs out.

    No slot of this machine is held meanwhile: an app that never answers keeps no other one waiting.
    """
    now = clock.now()
    await transaction.move_job(job, after=JobState.AWAITING, at=now)
    payload: dict[str, object] = {"app": job.app_id, "attempt": job.attempt}
    await transaction.add_event(
        Event(kind="handed_over", at=now, study_key=job.study_key, job_key=job.key, payload=payload)
    )
    overdue = now + timedelta(seconds=manifest.run.time_limit_s)
    await transaction.add_step(
        NextStep(step="collect", arguments={"job_key": job.key, "attempt": job.attempt}, at=overdue)
    )
