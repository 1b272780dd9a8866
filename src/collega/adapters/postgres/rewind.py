"""After a restore: work that was under way begins again as what it was, so that it gives the same objects."""

from collections.abc import Collection

from collega.adapters.postgres.store import PostgresTransaction
from collega.model.job import run_step
from collega.model.study import Priority

# An answer that did not come along, or an app that was running when the moment was kept.
LOST = """SELECT job_key::text AS job_key, attempt FROM job
    WHERE state IN ('running', 'awaiting') OR (state IN ('ran', 'normalised', 'ready', 'asked')
        AND job_key::text <> ALL(%s))
    ORDER BY job_key"""
ORDERS = """DELETE FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND args->>'job_key' = %s
    AND task_name IN ('gather', 'run', 'collect', 'normalise', 'plan') RETURNING id"""
ATTEMPT = "DELETE FROM attempt WHERE job_key = %s AND attempt = %s RETURNING attempt"
# The number of an attempt is part of the UIDs of its objects: the same number gives the same objects.
AGAIN = "UPDATE job SET state = 'queued', attempt = attempt - 1, outcome = NULL WHERE job_key = %s RETURNING job_key"


async def rewind(transaction: PostgresTransaction, with_answer: Collection[str]) -> int:
    """Queue what was under way again, under the number it had; returns how many jobs that were.

    Parameters
    ----------
    transaction : PostgresTransaction
    with_answer : collection of str
        Keys of the jobs whose answer came along.
    """
    lost = await transaction.rows(LOST, (list(with_answer),))
    for row in lost:
        key = row["job_key"]
        job = await transaction.job(key)
        if job is not None:
            await transaction.forget_result(job)
        await transaction.rows(ORDERS, (key,))
        await transaction.rows(ATTEMPT, (key, row["attempt"]))
        await transaction.rows(AGAIN, (key,))
        study = await transaction.study(job.study_key) if job else None
        await transaction.add_step(run_step(key, study.priority if study else Priority.UNKNOWN))
    return len(lost)
