"""What the line is at: by app, the attempts that run, and those that wait for nothing but a place."""

from collections import Counter

from collega.adapters.postgres.engine import STALLED_SECONDS
from collega.adapters.postgres.store import QUEUES, PostgresTransaction

# What lies there while no worker lives keeps nobody waiting, and a dead worker runs nothing.
LOAD = """WITH alive AS MATERIALIZED (SELECT id FROM procrastinate_workers
        WHERE last_heartbeat > now() - make_interval(secs => %(stalled)s))
    SELECT job.app_id, count(*) AS attempts FROM procrastinate_jobs AS jobs
    JOIN job ON job.job_key = (jobs.args->>'job_key')::uuid
    WHERE jobs.queue_name = %(queue)s
        AND (jobs.status = 'doing' AND jobs.worker_id IN (SELECT id FROM alive)
            OR jobs.status = 'todo' AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
                AND EXISTS (SELECT FROM alive))
    GROUP BY job.app_id"""


async def line_load(transaction: PostgresTransaction) -> Counter[str]:
    """Count the attempts of the line, by app."""
    found = await transaction.rows(LOAD, {"queue": QUEUES["run"], "stalled": STALLED_SECONDS})
    return Counter({row["app_id"]: row["attempts"] for row in found})
