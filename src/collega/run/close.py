"""How an attempt is closed: answered, to be tried again, failed for good, or handed over."""

from datetime import timedelta

from collega.model.app import Manifest
from collega.model.box import Standing
from collega.model.job import SETTLED_JOB_STATES, Attempt, AttemptOutcome, Event, Job, JobState, NextStep, run_step
from collega.model.policy import Policy
from collega.model.runtime import Way
from collega.model.study import Priority, StudyState
from collega.ports.machine import Clock
from collega.ports.store import Transaction

# Attempts that were lost with their worker, or found nobody there, are not the app's fault, yet an app
# that brings its worker down each time, and one that never comes back, must come to an end.
LOST_LIMIT = 10
# Trying again changes nothing.
ENDS_AT_ONCE = frozenset({AttemptOutcome.ANSWERED, AttemptOutcome.REFUSED, AttemptOutcome.IMAGES_REMOVED})
MOST_SECONDS_BETWEEN = 300


async def close_attempt(  # noqa: PLR0913 - one attempt, one account
    transaction: Transaction, clock: Clock, policy: Policy, job: Job, attempt: Attempt, manifest: Manifest | None
) -> None:
    """Record how an attempt ended, and order what follows: its answer is read, or it is tried again."""
    now = clock.now()
    earlier = await transaction.failures(job.key)
    unreached = sum(item.outcome is AttemptOutcome.UNREACHABLE for item in earlier)
    failures = len(earlier) - unreached + 1
    tries = manifest.run.attempts if manifest else 1
    if attempt.outcome is AttemptOutcome.UNREACHABLE:
        wait = timedelta(seconds=pause_s(unreached + 1))
        is_final = manifest is None or waited_s(unreached + 1) > manifest.run.time_limit_s
    else:
        wait = policy.retry_wait * failures**2
        is_final = attempt.outcome in ENDS_AT_ONCE or failures >= tries or job.attempt - unreached >= tries + LOST_LIMIT
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
    await transaction.add_step(run_step(job.key, priority, now + wait))


def pause_s(times: int) -> float:
    """Seconds to wait after a peer was away so many times in a row: 1, 4, 9, ..."""
    return float(min(times**2, MOST_SECONDS_BETWEEN))


def waited_s(times: int) -> float:
    """Seconds that were waited in all, with the wait that would come now."""
    return sum(pause_s(number) for number in range(1, times + 1))


async def hand_over(transaction: Transaction, clock: Clock, job: Job, manifest: Manifest) -> None:
    """Leave an attempt to others: its answer comes by itself, or its time runs out.

    No slot of this machine is held meanwhile: an app that never answers keeps no other one waiting. To a
    screen that a reader has yet to open no time is set.
    """
    now = clock.now()
    has_screen = manifest.use.way is Way.OWN_SCREEN
    # Held while the state changes: an answer that comes in this moment sees it as it was, or as it is.
    await transaction.study(job.study_key, lock=True)
    await transaction.move_job(job, after=JobState.OFFERED if has_screen else JobState.AWAITING, at=now)
    payload: dict[str, object] = {"app": job.app_id, "attempt": job.attempt}
    kind = "offered" if has_screen else "handed_over"
    await transaction.add_event(Event(kind=kind, at=now, study_key=job.study_key, job_key=job.key, payload=payload))
    arguments: dict[str, str | int] = {"job_key": job.key, "attempt": job.attempt}
    if has_screen:
        await _order_page(transaction, job)
    else:
        overdue = now + timedelta(seconds=manifest.run.time_limit_s)
        await transaction.add_step(NextStep(step="collect", arguments=arguments, at=overdue))
    if any(item.standing is Standing.OPEN for item in await transaction.answers_of(job.key)):
        # It was quicker than we, or answers what an attempt before this one was sent.
        await transaction.add_step(NextStep(step="collect", arguments=arguments))


async def _order_page(transaction: Transaction, job: Job) -> None:
    """Have the study say that a screen is offered, where nothing else is under way."""
    study = await transaction.study(job.study_key, lock=True)
    if study is None or study.state is not StudyState.ROUTED:
        return
    if all(item.state in SETTLED_JOB_STATES for item in await transaction.jobs_of(job.study_key)):
        arguments: dict[str, str | int] = {"study_key": study.key, "revision": study.revision}
        await transaction.add_step(NextStep(step="page", arguments=arguments))
