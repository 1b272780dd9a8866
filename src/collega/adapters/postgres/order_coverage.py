"""What became of orders, in one question."""

from datetime import datetime
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction

# The accession number is what an order and the PACS have in common; the RIS says "CM" of what is done (table 0038).
ORDERS = """SELECT o.accession, o.standing, coalesce(o.scheduled_at, o.ordered_at, o.changed_at) AS at,
    t.study_key IS NOT NULL AS is_received,
    t.study_key IS NOT NULL OR o.status = 'CM' OR c.apps IS NOT NULL OR EXISTS (SELECT FROM procedure_step p
        WHERE o.study_instance_uid <> '' AND p.study_instance_uids @> ARRAY[o.study_instance_uid]
            AND p.state = 'COMPLETED') AS is_made,
    c.apps AS pacs_apps, coalesce(d.decisions, '{}') AS decisions, coalesce(w.work, '{}') AS work
    FROM imaging_order o
    LEFT JOIN LATERAL (SELECT s.study_key FROM study_order s WHERE s.order_key = o.order_key LIMIT 1) AS t ON true
    LEFT JOIN LATERAL (SELECT s.apps FROM coverage_study s WHERE s.state <> 'not_wanted'
        AND (o.accession <> '' AND s.accession_number = o.accession OR s.study_instance_uid = o.study_instance_uid)
        LIMIT 1) AS c ON t.study_key IS NULL
    LEFT JOIN LATERAL (SELECT e.payload->'decisions' AS decisions FROM event e
        WHERE e.study_key = t.study_key AND e.kind = 'routed' ORDER BY e.event_key DESC LIMIT 1) AS d ON true
    LEFT JOIN LATERAL (SELECT jsonb_object_agg(j.app_id, jsonb_build_object('state', j.state, 'outcome', j.outcome,
            'reason', coalesce(nullif(j.reason, ''), j.reason_code))) AS work
        FROM (SELECT DISTINCT ON (app_id) * FROM job WHERE study_key = t.study_key AND state <> 'superseded'
            ORDER BY app_id, job_key DESC) AS j) AS w ON true
    WHERE o.changed_at >= %(since)s OR o.scheduled_at BETWEEN %(since)s AND now()
    ORDER BY at DESC LIMIT 200000"""


async def orders_since(transaction: PostgresTransaction, since: datetime) -> list[dict[str, Any]]:
    """List the orders that were told, or due, since then, with what became of each."""
    return await transaction.rows(ORDERS, {"since": since})
