"""What the board reads: who is waiting, what the apps say, and what has changed since."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction
from collega.model.trust import Allowance

_CANDIDATES = """SELECT s.study_key, s.priority, s.first_received_at, r.opened_at, r.signed_at, r.reopened_at
    FROM study s LEFT JOIN (
        SELECT study_key, min(at) FILTER (WHERE kind = 'opened') AS opened_at,
            CASE WHEN max(event_key) FILTER (WHERE kind = 'signed')
                > coalesce(max(event_key) FILTER (WHERE kind = 'unsigned'), 0)
                THEN max(at) FILTER (WHERE kind = 'signed') END AS signed_at,
            max(at) FILTER (WHERE kind = 'reopened') AS reopened_at
        FROM event WHERE kind IN ('opened', 'signed', 'unsigned', 'reopened') AND at > %(since)s {events}
        GROUP BY study_key
    ) r USING (study_key)
    WHERE s.last_received_at > %(since)s {studies}
        AND NOT EXISTS (SELECT FROM prior_study p WHERE p.study_instance_uid = s.study_instance_uid
            AND p.at > s.last_received_at - interval '1 day')"""
CANDIDATES = _CANDIDATES.format(events="", studies="")
CANDIDATES_OF = _CANDIDATES.format(events="AND study_key = ANY(%(keys)s)", studies="AND s.study_key = ANY(%(keys)s)")
FOUND = """SELECT j.study_key, j.app_id, j.app_version, j.state, j.updated_at,
    ARRAY(SELECT f.finding_id FROM finding f WHERE f.job_key = j.job_key AND f.evaluation = 'present') AS present
    FROM job j JOIN study s USING (study_key)
    WHERE s.last_received_at > %s AND j.outcome = 'found' AND j.state NOT IN ('superseded', 'discarded')"""
FOUND_OF = f"{FOUND} AND j.study_key = ANY(%s)"
STAGES = """SELECT DISTINCT ON (app_id, app_version) app_id, app_version, stage FROM app_stage
    ORDER BY app_id, app_version, app_stage_key DESC"""
ALLOWANCES = """SELECT DISTINCT ON (app_id, app_version) app_id, app_version, may_prioritise, may_rule_out, may_localise
    FROM app_allowance ORDER BY app_id, app_version, app_allowance_key DESC"""
STUDIES = """SELECT s.study_key, s.study_instance_uid, s.accession_number, s.description, s.study_date, s.study_at,
    s.revision, s.state, s.priority, s.priority_source, s.first_received_at, s.complete_at,
    s.order_standing, s.order_location, s.report_status,
    p.patient_id, p.birth_date, p.sex, i.modality, i.patient_age
    FROM study s JOIN patient p USING (patient_key) LEFT JOIN LATERAL (
        SELECT attributes->>'modality' AS modality, attributes->>'patient_age' AS patient_age FROM instance
        WHERE study_key = s.study_key AND role = 'image' ORDER BY received_at LIMIT 1) i ON true
    WHERE s.study_key = ANY(%s)"""
JOBS = """SELECT j.job_key::text, j.study_key, j.app_id, j.app_version, j.revision, j.state, j.outcome, j.reason_code,
    r.reason, r.verdicts, r.attachments, j.created_at, j.updated_at,
    (SELECT max(l.used_at) FROM launch l WHERE l.job_key = j.job_key) AS launched_at
    FROM job j LEFT JOIN result r USING (job_key)
    WHERE j.study_key = ANY(%s) AND j.state <> 'superseded' ORDER BY j.app_id, j.app_version"""
FINDINGS = """SELECT f.* FROM finding f JOIN job j USING (job_key)
    WHERE j.study_key = ANY(%s) AND j.state <> 'superseded' ORDER BY f.job_key, f.ordinal"""
FINISHED = """SELECT a.app_id, a.app_version,
    ARRAY(SELECT extract(epoch FROM j.updated_at - j.created_at)::float8 FROM job j
        WHERE j.app_id = a.app_id AND j.app_version = a.app_version AND j.state = 'done'
        ORDER BY j.updated_at DESC LIMIT 50) AS seconds
    FROM unnest(%s::text[], %s::text[]) AS a (app_id, app_version)"""
# The number of an event is given when it is written, not when it is committed: a later number may be
# seen first. Those who resume look back this far; to hear of a study twice does no harm.
OVERLAP = 1000
CHANGES = """SELECT max(event_key) AS event_key, study_key FROM event WHERE event_key > %s AND study_key IS NOT NULL
    GROUP BY study_key ORDER BY 1 LIMIT %s"""


async def candidates(transaction: PostgresTransaction, since: datetime) -> list[dict[str, Any]]:
    """Every study of which something came after ``since``, with what its readers did."""
    return await transaction.rows(CANDIDATES, {"since": since})


async def found(transaction: PostgresTransaction, since: datetime) -> list[dict[str, Any]]:
    """Every answer *found* that stands for these studies."""
    return await transaction.rows(FOUND, (since,))


async def candidates_of(transaction: PostgresTransaction, since: datetime, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Give those of these studies that `candidates` gives."""
    return await transaction.rows(CANDIDATES_OF, {"since": since, "keys": list(keys)})


async def found_of(transaction: PostgresTransaction, since: datetime, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Give what `found` gives of these studies."""
    return await transaction.rows(FOUND_OF, (since, list(keys)))


async def stages(transaction: PostgresTransaction) -> dict[tuple[str, str], str]:
    """Stages that somebody has set, by app and version."""
    return {(row["app_id"], row["app_version"]): row["stage"] for row in await transaction.rows(STAGES)}


async def allowances(transaction: PostgresTransaction) -> dict[tuple[str, str], Allowance]:
    """Rights that somebody has decided on, by app and version."""
    found = await transaction.rows(ALLOWANCES)
    return {(row.pop("app_id"), row.pop("app_version")): Allowance(**row) for row in found}


async def studies(transaction: PostgresTransaction, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Describe these studies, in no order."""
    return await transaction.rows(STUDIES, (list(keys),))


async def jobs(transaction: PostgresTransaction, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Every job of these studies that stands, with its reason."""
    return await transaction.rows(JOBS, (list(keys),))


async def findings(transaction: PostgresTransaction, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Every finding of these studies."""
    return await transaction.rows(FINDINGS, (list(keys),))


async def finished(transaction: PostgresTransaction, apps: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Seconds from queued to done of the last finished jobs of each app version."""
    return await transaction.rows(FINISHED, ([app for app, _ in apps], [version for _, version in apps]))


async def changes(transaction: PostgresTransaction, after: int, most: int) -> list[dict[str, Any]]:
    """Studies about which something was recorded since event ``after``, and a little before it."""
    return await transaction.rows(CHANGES, (after - OVERLAP, most))
