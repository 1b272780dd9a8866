"""What people ask of the database: a study with all that happened, jobs, health."""

from typing import Any

from collega.adapters.postgres.outages import LINKS_LOCK, RECEIVER_LOCK
from collega.adapters.postgres.store import PostgresTransaction

JOBS = """SELECT j.job_key::text, j.app_id, j.app_version, j.revision, j.state, j.outcome, j.reason_code, j.reason,
    j.attempt, j.thresholds, j.created_at, j.updated_at, coalesce(r.verdicts, '[]') AS verdicts
    FROM job j LEFT JOIN result r USING (job_key) WHERE j.study_key = %s ORDER BY j.job_key"""
FINDINGS = """SELECT f.job_key::text, f.finding_id, f.code, f.evaluation, f.score, f.scale_low, f.scale_high,
    f.threshold, f.calibrated FROM finding f JOIN job j USING (job_key) WHERE j.study_key = %s
    ORDER BY f.job_key, f.ordinal"""
INPUTS = """SELECT name, required, asked_at, jsonb_array_length(answer) AS came, why, detail FROM job_input
    WHERE job_key = %s ORDER BY ordinal"""
DELIVERIES = """SELECT o.kind, o.app_id, o.revision, o.sop_instance_uid, o.series_instance_uid, o.replaces, d.pacs,
    d.state, d.attempt, d.confirmations, d.next_at, d.detail, d.updated_at FROM delivery d JOIN result_object o
    USING (sop_instance_uid) WHERE o.study_key = %s ORDER BY d.delivery_key"""
MESSAGES = """SELECT message_key::text, destination, kind, app_id, state, attempt, control_id, detail, created_at,
    answered_at FROM outgoing_message WHERE study_key = %s ORDER BY message_key"""
SERIES = """SELECT series_instance_uid, max(attributes->>'modality') AS modality,
    max(attributes->>'series_description') AS description, role, count(DISTINCT sop_instance_uid) AS instances,
    count(DISTINCT sop_instance_uid) FILTER (WHERE removed_at IS NOT NULL) AS removed,
    min(revision) AS first_revision, array_remove(array_agg(DISTINCT note), NULL) AS notes
    FROM instance LEFT JOIN LATERAL unnest(notes) AS note ON true
    WHERE study_key = %s GROUP BY series_instance_uid, role ORDER BY min(received_at)"""
REMOVED = "SELECT kind, at, files, bytes, days, done_at FROM removal WHERE study_key = %s ORDER BY removal_key"
EVIDENCE = """SELECT e.kind, e.at, e.source, e.reference, jsonb_array_length(e.series) AS series,
    (SELECT count(*) FROM jsonb_path_query(e.series, '$[*].sop_instance_uids[*]')) AS named,
    (SELECT sum((said->>'count')::integer) FROM jsonb_array_elements(e.series) AS said) AS counted
    FROM evidence e WHERE e.study_instance_uid = %s ORDER BY e.evidence_key"""
HOLDS = "SELECT at, reason, actor FROM hold WHERE study_key = %s AND released_at IS NULL ORDER BY hold_key"
HEALTH = """SELECT
    EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - interval '10 seconds') AS worker,
    EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %s) AS receiver,
    EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %s) AS links"""


OUTGOING = """SELECT m.message_key::text, m.destination, m.kind, m.app_id, m.state, m.attempt, m.control_id, m.detail,
    m.created_at, m.answered_at, s.study_instance_uid FROM outgoing_message m JOIN study s USING (study_key)
    WHERE %s = '' OR m.state = %s ORDER BY m.message_key DESC LIMIT %s"""
OUTGOING_COUNTS = "SELECT destination, state, count(*) AS number FROM outgoing_message GROUP BY destination, state"

# Events that say of a study, or of an app's part of it, that it is all here.
DECISIONS = ("complete", "app_ready")


async def study_account(transaction: PostgresTransaction, study_instance_uid: str) -> dict[str, Any] | None:
    """Tell all that is known of a study; None where it was never received."""
    study = await transaction.study_by_uid(study_instance_uid)
    apart = await transaction.quarantined(study_instance_uid)
    if study is None:
        return {"study_instance_uid": study_instance_uid, "state": "unknown", "quarantine": apart} if apart else None
    jobs = await transaction.rows(JOBS, (study.key,))
    findings = await transaction.rows(FINDINGS, (study.key,))
    for job in jobs:
        attempts = await transaction.attempts_of(job["job_key"])
        job["attempts"] = [{name: value for name, value in item.items() if name != "job_key"} for item in attempts]
        job["inputs"] = await transaction.rows(INPUTS, (job["job_key"],))
        job["findings"] = [
            {name: value for name, value in item.items() if name != "job_key"}
            for item in findings
            if item["job_key"] == job["job_key"]
        ]
    events = await transaction.events_of(study.key)
    return {
        "study_instance_uid": study.study_instance_uid,
        "accession_number": study.accession_number,
        "patient_id": study.patient.patient_id,
        "description": study.description,
        "study_at": study.study_at,
        "revision": study.revision,
        "state": study.state,
        "complete_at": study.complete_at,
        "series": await transaction.rows(SERIES, (study.key,)),
        "removed": await transaction.rows(REMOVED, (study.key,)),
        "holds": await transaction.rows(HOLDS, (study.key,)),
        "jobs": jobs,
        "deliveries": await transaction.rows(DELIVERIES, (study.key,)),
        "messages": await transaction.rows(MESSAGES, (study.key,)),
        "quarantine": apart,
        "completeness": [_decision(event) for event in events if event["kind"] in DECISIONS],
        "evidence": await transaction.rows(EVIDENCE, (study_instance_uid,)),
        "events": events,
    }


async def outgoing_messages(transaction: PostgresTransaction, state: str, limit: int) -> list[dict[str, Any]]:
    """List the latest messages to others, those of one state where it is named."""
    return await transaction.rows(OUTGOING, (state, state, limit))


async def outgoing_counts(transaction: PostgresTransaction) -> dict[tuple[str, str], int]:
    """Count messages by destination and state."""
    return {(row["destination"], row["state"]): row["number"] for row in await transaction.rows(OUTGOING_COUNTS)}


def _decision(event: dict[str, Any]) -> dict[str, Any]:
    """Tell when something counted as complete: by what, after which wait, and what else was known."""
    payload = event["payload"]
    return {
        "at": event["at"],
        "of": payload.get("app", "study"),
        "revision": payload["revision"],
        "evidence": payload["evidence"],
        "waited_s": payload.get("waited_s"),
        "quiet_s": payload.get("quiet_s", 0.0),
        "heard": payload.get("heard", []),
    }


async def health(transaction: PostgresTransaction, *, links: bool = False) -> dict[str, bool]:
    """Tell whether a worker, a receiver and, where there must be one, a process for messages are alive."""
    row = (await transaction.rows(HEALTH, (RECEIVER_LOCK, LINKS_LOCK)))[0]
    told = {"links": row["links"]} if links else {}
    return {"database": True, "worker": row["worker"], "receiver": row["receiver"], **told}
