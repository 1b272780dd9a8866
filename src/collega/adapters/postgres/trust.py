"""What the switch of an app asks of the database: its versions, its held work, what is not sent yet, its history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collega.adapters.postgres import rows
from collega.adapters.postgres.store import PostgresTransaction
from collega.model.app import Stage
from collega.model.job import Event, Job

VERSIONS = """SELECT app_version FROM app_stage WHERE app_id = %(app)s
    UNION SELECT app_version FROM job WHERE app_id = %(app)s ORDER BY 1"""
STAGES = """SELECT stage FROM app_stage WHERE app_id = %s AND app_version = %s ORDER BY app_stage_key DESC"""
HELD = """SELECT * FROM job WHERE app_id = %s AND app_version = %s AND state = 'held' ORDER BY job_key FOR UPDATE"""
WITHDRAW = """UPDATE delivery d SET state = 'withdrawn', next_at = NULL, updated_at = %(at)s, detail = %(detail)s
    FROM result_object o JOIN job j USING (job_key) WHERE o.sop_instance_uid = d.sop_instance_uid
    AND d.state = 'planned' AND j.app_id = %(app)s RETURNING o.study_key, j.job_key::text AS job_key, o.kind"""
HISTORY = """SELECT at, app_version AS version, 'stage' AS what, stage AS value, actor, reason, app_stage_key AS key
    FROM app_stage WHERE app_id = %(app)s
    UNION ALL SELECT at, app_version, 'rights', concat_ws(', ',
        CASE WHEN may_prioritise THEN 'may prioritise' END, CASE WHEN may_rule_out THEN 'may rule out' END,
        CASE WHEN may_localise THEN 'may localise' END), actor, reason, app_allowance_key
    FROM app_allowance WHERE app_id = %(app)s ORDER BY key"""


async def versions(transaction: PostgresTransaction, app_id: str) -> list[str]:
    """List the versions of an app that have a stage or have worked here."""
    return [row["app_version"] for row in await transaction.rows(VERSIONS, {"app": app_id})]


async def stages(transaction: PostgresTransaction, app_id: str, version: str) -> list[Stage]:
    """Stages that a version has had, the latest first."""
    return [Stage(row["stage"]) for row in await transaction.rows(STAGES, (app_id, version))]


async def held(transaction: PostgresTransaction, app_id: str, version: str) -> list[Job]:
    """List the jobs of a version that the switch holds, and lock them."""
    return [rows.job(row) for row in await transaction.rows(HELD, (app_id, version))]


# What takes back an earlier word still goes.
WITHDRAW_MESSAGES = """UPDATE outgoing_message SET state = 'withdrawn', detail = %(detail)s, updated_at = %(at)s
    WHERE app_id = %(app)s AND state = 'waiting' AND kind NOT IN ('withdrawal', 'flag_withdrawal')
    RETURNING destination, kind, study_key, job_key::text AS job_key"""


# Of a study that is signed a flag raises nothing any more.
FLAGGED = """SELECT DISTINCT study_key FROM outgoing_message JOIN study s USING (study_key)
    WHERE app_id = %s AND kind = 'priority' AND (outgoing_message.state IN ('waiting', 'acknowledged') OR attempt > 0)
        AND s.report_status NOT IN ('final', 'corrected', 'addendum')"""


async def flagged(transaction: PostgresTransaction, app_id: str) -> list[str]:
    """List the studies that an app has flagged to others, and that nobody has signed."""
    return [row["study_key"] for row in await transaction.rows(FLAGGED, (app_id,))]


async def withdraw_reports(transaction: PostgresTransaction, app_id: str, at: datetime, detail: str) -> int:
    """Hold back every report of an app that no PACS has yet, and every message that waits; returns how many reports."""
    found = await transaction.rows(WITHDRAW, {"app": app_id, "at": at, "detail": detail})
    for row in found:
        payload: dict[str, object] = {"object": row["kind"], "detail": detail}
        await transaction.add_event(
            Event(kind="withdrawn", at=at, study_key=row["study_key"], job_key=row["job_key"], payload=payload)
        )
    for row in await transaction.rows(WITHDRAW_MESSAGES, {"app": app_id, "at": at, "detail": detail}):
        payload = {"destination": row["destination"], "message": row["kind"], "detail": detail}
        await transaction.add_event(
            Event(kind="message_withdrawn", at=at, study_key=row["study_key"], job_key=row["job_key"], payload=payload)
        )
    return len(found)


async def history(transaction: PostgresTransaction, app_id: str) -> Sequence[dict[str, Any]]:
    """List every decision on an app, oldest first, with who took it and why."""
    found = await transaction.rows(HISTORY, {"app": app_id})
    return [{name: value for name, value in row.items() if name != "key"} for row in found]
