"""What the inbox of discrepancies reads: each with its study, its app's word and the signature before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collega.adapters.postgres import rows
from collega.adapters.postgres.store import PostgresTransaction
from collega.model.finding import Finding
from collega.model.outage import Reminder

# Those that are shown are chosen first: what stands beside them is looked up for no others.
# The stage of an app at the time: what readers heard then is not kept from them because its app was stopped since.
INBOX = """WITH chosen AS MATERIALIZED (
    SELECT d.*, s.revision, s.state, s.owner, s.deadline, s.verdict, s.patient_recalled, s.remark, s.correction,
        s.changed_at, s.changed_by, t.study_instance_uid, t.accession_number, t.description, t.report_status
    FROM discrepancy d
    CROSS JOIN LATERAL (SELECT * FROM discrepancy_standing n WHERE n.discrepancy_key = d.discrepancy_key
        ORDER BY n.revision DESC LIMIT 1) AS s
    JOIN study t USING (study_key)
    WHERE s.state = ANY(%(states)s) AND (%(key)s = '' OR d.discrepancy_key::text = %(key)s)
        AND (%(study)s = '' OR t.study_instance_uid = %(study)s) AND (%(app)s = '' OR d.app_id = %(app)s)
        AND (%(contrast)s = '' OR d.contrast = %(contrast)s) AND (%(owner)s = '' OR s.owner = %(owner)s)
    ORDER BY CASE WHEN s.state = 'closed' THEN s.changed_at END DESC, d.found_at, d.discrepancy_key LIMIT %(most)s)
    SELECT d.*, j.app_version, j.state AS job_state, i.modality, e.signed_at, m.said_at, l.label_by, l.label_at,
        l.label_word,
        (SELECT g.stage FROM app_stage g WHERE g.app_id = d.app_id AND g.app_version = j.app_version
            AND g.at <= d.found_at ORDER BY g.app_stage_key DESC LIMIT 1) AS stage_then
    FROM chosen d JOIN job j USING (job_key)
    LEFT JOIN LATERAL (SELECT attributes->>'modality' AS modality FROM instance
        WHERE study_key = d.study_key AND role = 'image' ORDER BY received_at LIMIT 1) AS i ON true
    LEFT JOIN LATERAL (SELECT max(at) AS said_at FROM event WHERE study_key = d.study_key AND kind = 'normalised'
        AND job_key = d.job_key AND at <= d.found_at) AS m ON true
    LEFT JOIN LATERAL (SELECT max(at) AS signed_at FROM event WHERE study_key = d.study_key AND kind = 'signed'
        AND at <= CASE d.contrast WHEN 'ai_late' THEN coalesce(m.said_at, d.found_at) ELSE d.found_at END) AS e ON true
    LEFT JOIN LATERAL (SELECT r.corrected_by AS label_by, r.at AS label_at, coalesce(w.word, 'silent') AS label_word
        FROM report_labels r LEFT JOIN report_label w ON w.study_key = r.study_key AND w.number = r.number
            AND w.finding_id = r.corrected_finding
        WHERE r.study_key = d.study_key AND r.report_version = d.report_version AND r.corrected_finding = d.finding_id
        ORDER BY r.number DESC LIMIT 1) AS l ON true
    ORDER BY CASE WHEN d.state = 'closed' THEN d.changed_at END DESC, d.found_at, d.discrepancy_key"""
WORDS = """SELECT f.* FROM finding f JOIN unnest(%s::uuid[], %s::text[]) AS w (job_key, finding_id)
    USING (job_key, finding_id) ORDER BY f.job_key, f.ordinal"""
STANDING = """SELECT d.discrepancy_key, d.finding_id, d.app_id, j.app_version, d.contrast, j.state AS job_state,
    d.found_at, s.state, s.deadline,
    (SELECT a.name FROM account a WHERE a.disabled_at IS NULL AND a.name LIKE '%%@%%'
        AND lower(s.owner) IN (a.name, lower(a.full_name)) ORDER BY a.name LIMIT 1) AS owner_mail,
    (SELECT g.stage FROM app_stage g WHERE g.app_id = d.app_id AND g.app_version = j.app_version
        AND g.at <= d.found_at ORDER BY g.app_stage_key DESC LIMIT 1) AS stage_then
    FROM discrepancy d
    CROSS JOIN LATERAL (SELECT * FROM discrepancy_standing n WHERE n.discrepancy_key = d.discrepancy_key
        ORDER BY n.revision DESC LIMIT 1) AS s
    JOIN job j USING (job_key) WHERE s.state <> 'closed'"""

CLAIM = """INSERT INTO discrepancy_told (discrepancy_key, kind, until, at)
    SELECT w.key, w.kind, w.until, %(at)s FROM unnest(%(keys)s::uuid[], %(kinds)s::text[], %(untils)s::text[])
        AS w (key, kind, until)
    ON CONFLICT DO NOTHING RETURNING discrepancy_key, kind, until"""
CHANGES = "SELECT count(*) AS changes FROM discrepancy_standing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which discrepancies; what is empty does not narrow."""

    states: tuple[str, ...]
    key: str = ""
    study: str = ""
    app: str = ""
    contrast: str = ""
    owner: str = ""


async def inbox(transaction: PostgresTransaction, wanted: Wanted, most: int) -> list[dict[str, Any]]:
    """List discrepancies: those that wait by their age, the oldest first; closed ones by their end, the last first."""
    given = {name: getattr(wanted, name) for name in ("key", "study", "app", "contrast", "owner")}
    return await transaction.rows(INBOX, {**given, "states": list(wanted.states), "most": most})


async def not_closed(transaction: PostgresTransaction) -> list[dict[str, Any]]:
    """List what counts need to know of those that are not closed."""
    return await transaction.rows(STANDING)


async def claim_reminders(transaction: PostgresTransaction, wanted: Sequence[Reminder], at: datetime) -> list[Reminder]:
    """Note of what people are to be told; gives those of which nobody was told before."""
    values = {
        "keys": [one.key for one in wanted],
        "kinds": [one.kind.value for one in wanted],
        "untils": [one.until for one in wanted],
        "at": at,
    }
    rows = await transaction.rows(CLAIM, values)
    new = {(str(row["discrepancy_key"]), row["kind"], row["until"]) for row in rows}
    return [one for one in wanted if (one.key, one.kind.value, one.until) in new]


async def changes(transaction: PostgresTransaction) -> int:
    """Count all standings that ever were: it grows with everything that becomes of a discrepancy."""
    return int((await transaction.rows(CHANGES))[0]["changes"])


async def words_of(
    transaction: PostgresTransaction, found: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str], list[Finding]]:
    """Give what apps say of the findings of discrepancies, by job and finding; none where a job was run again."""
    said: dict[tuple[str, str], list[Finding]] = {}
    places = ([str(row["job_key"]) for row in found], [row["finding_id"] for row in found])
    for row in await transaction.rows(WORDS, places):
        said.setdefault((str(row["job_key"]), row["finding_id"]), []).append(rows.finding(row))
    return said
