"""The switch that stops an app holds the work that it has not begun."""

from collega.model.app import RUNNING_STAGES
from collega.model.job import Event, JobState
from collega.ports.machine import Clock
from collega.ports.store import Transaction


async def hold_stopped(transaction: Transaction, clock: Clock, job_key: str) -> bool:
    """Hold a queued job whose app was stopped since it was queued; True where it is held.

    It waits, and its study says so, until the app is resumed. An attempt that had begun before is not
    broken off: it ends by itself within its time limit, and its answer reaches no channel.
    """
    job = await transaction.job(job_key)
    if job is None or job.state is not JobState.QUEUED:
        return False
    stage = await transaction.stage_of(job.app_id, job.app_version)
    if stage in RUNNING_STAGES:
        return False
    now = clock.now()
    await transaction.move_job(job, after=JobState.HELD, at=now)
    payload: dict[str, object] = {"app": job.app_id, "stage": stage}
    await transaction.add_event(Event(kind="held", at=now, study_key=job.study_key, job_key=job.key, payload=payload))
    return True
