"""Studies of nights, with first looks, signatures and calls."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction

# The first look is the first one that was noted, by whomever; of one reader the last version counts.
NIGHT = """SELECT s.study_key, s.study_instance_uid, s.accession_number, s.description, s.first_received_at,
    s.report_status, i.modality, f.found AS first_found, f.reader AS first_by, f.at AS first_at, f.ai_seen, g.signed_at,
    (SELECT count(*) FROM event e WHERE e.study_key = s.study_key AND e.kind = 'called') AS calls
    FROM study s
    LEFT JOIN LATERAL (SELECT attributes->>'modality' AS modality FROM instance
        WHERE study_key = s.study_key AND role = 'image' ORDER BY received_at LIMIT 1) AS i ON true
    LEFT JOIN LATERAL (SELECT l.found, l.reader, l.ai_seen, b.at FROM first_look l
        JOIN LATERAL (SELECT min(at) AS at FROM first_look o WHERE o.study_key = l.study_key AND o.reader = l.reader
            AND o.finding_id = l.finding_id) AS b ON true
        WHERE l.study_key = s.study_key AND l.finding_id = '' ORDER BY b.at, l.reader, l.number DESC
        LIMIT 1) AS f ON true
    LEFT JOIN LATERAL (SELECT max(at) FILTER (WHERE kind = 'signed') AS signed_at FROM event
        WHERE study_key = s.study_key AND kind IN ('signed', 'unsigned')
        HAVING max(at) FILTER (WHERE kind = 'signed') > coalesce(max(at) FILTER (WHERE kind = 'unsigned'), '-infinity')
        ) AS g ON true
    WHERE s.first_received_at >= %s AND s.first_received_at < %s ORDER BY s.first_received_at LIMIT %s"""
CALLS = """SELECT s.first_received_at AS at,
    (SELECT count(*) FROM event e WHERE e.study_key = s.study_key AND e.kind = 'called') AS calls
    FROM study s WHERE s.first_received_at >= %s AND s.first_received_at < %s"""
# Where new apps are shown at once, no stage was ever set: the first job was for readers.
BEGUN = """SELECT least((SELECT min(at) FROM app_stage WHERE stage IN ('pilot', 'live')),
    CASE WHEN %s IN ('pilot', 'live') THEN (SELECT min(created_at) FROM job) END) AS at"""


async def night(transaction: PostgresTransaction, begin: datetime, end: datetime, most: int) -> list[dict[str, Any]]:
    """List the studies whose first object came in a span, in the order of their coming."""
    return await transaction.rows(NIGHT, (begin, end, most))


async def calls(transaction: PostgresTransaction, begin: datetime, end: datetime) -> Sequence[dict[str, Any]]:
    """List the moments of studies with the calls about each."""
    return await transaction.rows(CALLS, (begin, end))


async def readers_began(transaction: PostgresTransaction, default_stage: str) -> datetime | None:
    """Tell when an app was first shown to readers."""
    found: datetime | None = (await transaction.rows(BEGUN, (default_stage,)))[0]["at"]
    return found
