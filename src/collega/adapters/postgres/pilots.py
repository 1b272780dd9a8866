"""What a pilot is counted from: an app's jobs, who was there after them, and opinions on their findings."""

from datetime import datetime
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction

JOBS = """SELECT s.first_received_at AS at, j.outcome, j.app_version,
    EXISTS (SELECT FROM event e WHERE e.study_key = j.study_key AND e.at >= j.updated_at
        AND e.kind IN ('opened', 'first_sight', 'opinion', 'screen_opened', 'signed')) AS viewed
    FROM job j JOIN study s USING (study_key)
    WHERE j.app_id = %s AND s.first_received_at >= %s AND j.state NOT IN ('superseded', 'discarded')"""
# Of each reader and finding the last version counts.
OPINIONS = """SELECT DISTINCT ON (f.job_key, f.finding_id, f.reader) f.job_key::text, f.finding_id, f.opinion,
    f.ai_seen, f.cause, n.evaluation, s.first_received_at AS at
    FROM feedback f JOIN job j USING (job_key) JOIN study s ON s.study_key = f.study_key
    JOIN finding n ON n.job_key = f.job_key AND n.finding_id = f.finding_id
    WHERE j.app_id = %s AND s.first_received_at >= %s AND j.state NOT IN ('superseded', 'discarded')
    ORDER BY f.job_key, f.finding_id, f.reader, f.number DESC"""


async def jobs(transaction: PostgresTransaction, app_id: str, since: datetime) -> list[dict[str, Any]]:
    """List an app's jobs on studies that came since then."""
    return await transaction.rows(JOBS, (app_id, since))


async def opinions(transaction: PostgresTransaction, app_id: str, since: datetime) -> list[dict[str, Any]]:
    """List the last opinion of each reader on each finding of these jobs."""
    return await transaction.rows(OPINIONS, (app_id, since))
