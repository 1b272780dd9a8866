"""The worker of the step ``run``: it takes only jobs of apps that may start now."""

from typing import Any, Protocol

import procrastinate
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from collega.adapters.postgres.prompt import PromptWorker

# As procrastinate_fetch_job_v2, for one queue whose orders have no locks, past the jobs of some apps.
FETCH = """WITH candidate AS (
        SELECT jobs.id FROM procrastinate_jobs AS jobs
        WHERE jobs.status = 'todo' AND jobs.queue_name = %(queue)s
            AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            AND NOT EXISTS (SELECT 1 FROM job WHERE job.job_key = (jobs.args->>'job_key')::uuid
                AND job.app_id = ANY(%(closed)s))
        ORDER BY jobs.priority DESC, jobs.id LIMIT 1 FOR UPDATE OF jobs SKIP LOCKED)
    UPDATE procrastinate_jobs AS jobs SET status = 'doing', worker_id = %(worker_id)s
    FROM candidate WHERE jobs.id = candidate.id
    RETURNING jobs.id, jobs.status, jobs.task_name, jobs.priority, jobs.lock, jobs.queueing_lock, jobs.args,
        jobs.scheduled_at, jobs.queue_name, jobs.attempts, jobs.worker_id,
        (SELECT app_id FROM job WHERE job.job_key = (jobs.args->>'job_key')::uuid) AS app_id"""


class Places(Protocol):
    """Who may start now."""

    def closed(self) -> list[str]:
        """Apps of which no further attempt may begin."""
        ...

    def take(self, app_id: str) -> None:
        """Note that an attempt of an app begins."""
        ...

    def release(self, app_id: str) -> None:
        """Note that it has ended."""
        ...


class FairManager(JobManager):
    """Fetches from one queue what may start, from all others as procrastinate does."""

    def __init__(self, connector: procrastinate.BaseConnector, queue: str, places: Places) -> None:
        super().__init__(connector)
        self._queue = queue
        self.places = places
        self.apps: dict[int, str] = {}

    async def fetch_job(self, queues: Any, worker_id: int) -> Job | None:  # noqa: ANN401 - as in procrastinate
        """Take the most urgent job of an app that has a place."""
        if list(queues or ()) != [self._queue]:
            return await super().fetch_job(queues, worker_id)
        rows = await self.connector.execute_query_all_async(
            FETCH, queue=self._queue, closed=self.places.closed(), worker_id=worker_id
        )
        for row in rows:
            app_id = str(row["app_id"] or "")
            self.apps[row["id"]] = app_id
            self.places.take(app_id)
            return Job.from_row(row)
        return None


class RunWorker(PromptWorker):
    """Looks for the next job as soon as a place is free again."""

    async def _process_job(self, context: JobContext) -> None:
        manager = self.app.job_manager
        try:
            await super()._process_job(context)
        finally:
            if isinstance(manager, FairManager) and context.job.id is not None:
                manager.places.release(manager.apps.pop(context.job.id, ""))
            self._was_told = True
            self._new_job_event.set()
