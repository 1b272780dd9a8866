"""Moments of studies as they were told, and what clocks said against when it was heard."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction

BY_UID = "study_instance_uid = %(uid)s"
BY_TIME = "first_received_at >= %(since)s AND first_received_at < %(until)s"
# Who sent the order, and who the report, first.
SENDER = """coalesce((SELECT m.sender FROM order_said w JOIN hl7_message m USING (message_key)
    WHERE w.numbers && o.numbers ORDER BY w.sent_at LIMIT 1), '')"""
REPORTER = """coalesce((SELECT m.sender FROM report r JOIN hl7_message m USING (message_key)
    WHERE r.numbers @> ARRAY['f:' || s.accession_number] AND r.status <> 'preliminary'
    ORDER BY r.sent_at LIMIT 1), '')"""
# Times of steps stand as the modality writes them (``said``); whoever reads them knows the zone.
MOMENTS = """WITH s AS MATERIALIZED (SELECT * FROM study WHERE {which}),
    steps AS (SELECT s.study_key, p.* FROM s
        JOIN procedure_step p ON p.study_instance_uids @> ARRAY[s.study_instance_uid]),
    orders AS (SELECT s.study_key, o.ordered_at, o.scheduled_at, {sender} AS sender
        FROM s JOIN study_order o USING (study_key) WHERE o.standing = 'ordered'),
    images AS (SELECT i.study_key, min(i.acquired_at) AS first, max(i.acquired_at) AS last,
            coalesce(min(steps.source), max(i.attributes->>'station'), '') AS scanner
        FROM s JOIN instance i USING (study_key) LEFT JOIN steps ON steps.study_key = i.study_key
        WHERE i.role = 'image' AND i.acquired_at IS NOT NULL GROUP BY i.study_key),
    said AS (SELECT e.study_key, e.kind, e.at, e.actor, e.payload, coalesce(j.app_id, '') AS app
        FROM s JOIN event e USING (study_key) LEFT JOIN job j ON j.job_key = e.job_key),
    told AS (
        SELECT study_key, 'ordered' AS kind, ordered_at AS at, '' AS said, 'ris' AS owner, sender AS clock, '' AS app
            FROM orders
        UNION ALL SELECT study_key, 'scheduled', scheduled_at, '', 'ris', sender, '' FROM orders
        UNION ALL SELECT study_key, 'step_begun', NULL, began, 'scanner', source, '' FROM steps
        UNION ALL SELECT study_key, 'step_ended', NULL, ended, 'scanner', source, '' FROM steps
        UNION ALL SELECT study_key, 'acquired_first', first, '', 'scanner', scanner, '' FROM images
        UNION ALL SELECT study_key, 'acquired_last', last, '', 'scanner', scanner, '' FROM images
        UNION ALL SELECT study_key, 'received_first', first_received_at, '', 'collega', '', '' FROM s
        UNION ALL SELECT study_key, 'received_last', last_received_at, '', 'collega', '', '' FROM s
        UNION ALL SELECT study_key, 'complete', complete_at, '', 'collega', '', '' FROM s
        UNION ALL SELECT study_key, kind, min(at), '', 'collega', '', app FROM said
            WHERE kind IN ('queued', 'started', 'ended') AND app <> '' GROUP BY study_key, kind, app
        UNION ALL SELECT study_key, CASE kind WHEN 'delivered' THEN 'stored' ELSE 'visible' END, min(at), '', 'collega',
            '', app FROM said WHERE kind IN ('delivered', 'confirmed') AND app <> '' GROUP BY study_key, kind, app
        UNION ALL SELECT study_key, 'opened', at, '', CASE WHEN kind = 'launched' OR actor = 'board' THEN 'collega'
            ELSE 'reader' END, '', '' FROM said WHERE kind IN ('opened', 'launched')
        UNION ALL SELECT study_key, kind, at, '', 'reader', '', '' FROM said
            WHERE kind IN ('first_sight', 'called', 'closed') OR kind = 'signed' AND NOT payload ? 'status'
        UNION ALL SELECT e.study_key, 'signed', e.at, '', 'ris', {reporter}, ''
            FROM said e JOIN s USING (study_key) WHERE e.kind = 'signed' AND e.payload ? 'status'
                AND NOT EXISTS (SELECT FROM said u WHERE u.study_key = e.study_key AND u.kind = 'unsigned'))
    SELECT s.study_instance_uid, told.* FROM told JOIN s USING (study_key)
    WHERE told.at IS NOT NULL OR told.said <> '' ORDER BY s.first_received_at, s.study_key, told.at, told.kind"""
# The quickest four of each hour tell where delays begin; the others add nothing.
RIS_PAIRS = """SELECT sender AS clock, sent_at AS said_at, received_at AS heard_at FROM (
        SELECT sender, sent_at, received_at, row_number() OVER (
            PARTITION BY sender, date_trunc('hour', received_at) ORDER BY received_at - sent_at) AS place
        FROM hl7_message WHERE sent_at IS NOT NULL AND received_at BETWEEN %(since)s AND %(until)s) AS ranked
    WHERE place <= 4"""
STEP_PAIRS = """SELECT source AS clock, began AS said, created_at AS heard_at FROM procedure_step
        WHERE began <> '' AND created_at BETWEEN %(since)s AND %(until)s
    UNION ALL SELECT source, ended, changed_at FROM procedure_step
        WHERE ended <> '' AND changed_at BETWEEN %(since)s AND %(until)s"""
IMAGE_PAIRS = """SELECT coalesce(max(i.attributes->>'station'), '') AS clock, max(i.acquired_at) AS said_at,
        s.last_received_at AS heard_at FROM study s JOIN instance i USING (study_key)
    WHERE s.first_received_at BETWEEN %(since)s AND %(until)s AND i.role = 'image' AND i.acquired_at IS NOT NULL
        AND abs(extract(epoch FROM s.last_received_at - i.acquired_at)) < 86400 GROUP BY s.study_key"""
READER_PAIRS = """SELECT at AS said_at, recorded_at AS heard_at FROM event
    WHERE kind IN ('opened', 'first_sight', 'called', 'closed', 'signed') AND actor <> 'board'
        AND NOT payload ? 'status' AND at BETWEEN %(since)s AND %(until)s"""
# One row for each app that had a study; the columns come as arrays, since a hundred thousand rows are slow to make.
CASES = """WITH s AS (SELECT study_key, description, accession_number, coalesce(study_at, first_received_at) AS made_at,
            first_received_at, last_received_at FROM study WHERE {which}),
    stages AS (SELECT app_id, app_version, stage, at AS since,
        coalesce(lead(at) OVER (PARTITION BY app_id, app_version ORDER BY app_stage_key), 'infinity') AS until
        FROM app_stage),
    jobs AS (SELECT j.study_key, j.app_id, bool_or(coalesce(g.stage, %(default_stage)s) IN ('pilot', 'live')) AS shown
        FROM s JOIN job j USING (study_key) LEFT JOIN stages g ON g.app_id = j.app_id
            AND g.app_version = j.app_version AND j.created_at >= g.since AND j.created_at < g.until
        WHERE j.state <> 'discarded' GROUP BY 1, 2),
    visible AS (SELECT j.study_key, j.app_id, min(e.at) AS at FROM event e JOIN job j USING (job_key)
        WHERE e.kind = 'confirmed' AND e.at >= %(since)s GROUP BY 1, 2),
    read AS (SELECT study_key, min(at) FILTER (WHERE kind IN ('opened', 'launched')) AS opened,
            count(*) FILTER (WHERE kind = 'called') AS calls,
            CASE WHEN NOT bool_or(kind = 'unsigned') THEN min(at) FILTER (WHERE kind = 'signed') END AS signed
        FROM event WHERE kind IN ('opened', 'launched', 'called', 'signed', 'unsigned')
            AND at >= %(since)s::timestamptz - interval '1 day' GROUP BY 1),
    closed AS (SELECT e.study_key, min(e.at) AS at FROM event e JOIN read r USING (study_key)
        WHERE e.kind = 'closed' AND e.at >= r.opened GROUP BY 1),
    reports AS (SELECT n.number, min(m.sender) AS sender FROM report r CROSS JOIN unnest(r.numbers) AS n (number)
        JOIN hl7_message m ON m.message_key = r.message_key AND m.received_at >= %(since)s AND m.sent_at IS NOT NULL
        WHERE r.status <> 'preliminary' GROUP BY 1),
    senders AS (SELECT n.number, min(m.sender) AS sender FROM order_said w CROSS JOIN unnest(w.numbers) AS n (number)
        JOIN hl7_message m ON m.message_key = w.message_key AND m.sent_at IS NOT NULL
            AND m.received_at >= %(since)s::timestamptz - interval '31 days' GROUP BY 1),
    orders AS (SELECT DISTINCT ON (o.study_key) o.study_key, o.ordered_at, o.procedure, o.modality, n.sender
        FROM study_order o LEFT JOIN senders n ON n.number = 'f:' || o.accession
        WHERE o.standing = 'ordered' ORDER BY o.study_key, o.changed_at)
    SELECT array_agg(j.study_key) AS study, array_agg(j.app_id) AS app, array_agg(j.shown) AS shown,
        array_agg(coalesce(nullif(o.procedure, ''), nullif(s.description, ''), '')) AS procedure,
        array_agg(coalesce(i.modality, nullif(o.modality, ''), '')) AS modality,
        array_agg(coalesce(i.body_part, '')) AS body_part,
        array_agg(extract(epoch FROM s.made_at)::float8) AS made,
        array_agg(extract(epoch FROM s.last_received_at)::float8) AS received,
        array_agg(extract(epoch FROM o.ordered_at)::float8) AS ordered,
        array_agg(coalesce(o.sender, '')) AS order_clock,
        array_agg(extract(epoch FROM v.at)::float8) AS visible,
        array_agg(extract(epoch FROM e.opened)::float8) AS opened,
        array_agg(extract(epoch FROM c.at)::float8) AS closed, array_agg(coalesce(e.calls, 0)) AS calls,
        array_agg(extract(epoch FROM e.signed)::float8) AS signed, array_agg(coalesce(p.sender, '')) AS report_clock
    FROM jobs j JOIN s USING (study_key) LEFT JOIN visible v USING (study_key, app_id)
        LEFT JOIN read e USING (study_key) LEFT JOIN closed c USING (study_key)
        LEFT JOIN reports p ON p.number = 'f:' || s.accession_number LEFT JOIN orders o USING (study_key)
        LEFT JOIN LATERAL (SELECT i.attributes->>'modality' AS modality, i.attributes->>'body_part' AS body_part
            FROM instance i WHERE i.study_key = s.study_key AND i.role = 'image' LIMIT 1) AS i ON true"""


# A year is joined in memory, for this question alone; compiling it takes longer than answering it.
ROOM = "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)"


async def moments_of(transaction: PostgresTransaction, study_instance_uid: str) -> list[dict[str, Any]]:
    """List the moments of a study, by the clocks that told them."""
    return await transaction.rows(
        MOMENTS.format(which=BY_UID, sender=SENDER, reporter=REPORTER), {"uid": study_instance_uid}
    )


async def moments_between(transaction: PostgresTransaction, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """List the moments of the studies whose first object came in a span."""
    return await transaction.rows(
        MOMENTS.format(which=BY_TIME, sender=SENDER, reporter=REPORTER), {"since": since, "until": until}
    )


async def pairs(
    transaction: PostgresTransaction, owners: Sequence[str], since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """List what clocks of these owners said, and when it was heard."""
    queries = (("ris", RIS_PAIRS), ("reader", READER_PAIRS), ("scanner", STEP_PAIRS), ("images", IMAGE_PAIRS))
    values = {"since": since, "until": until}
    return [
        {"owner": owner, "clock": "", "said": "", **row}
        for owner, query in queries
        if owner in owners
        for row in await transaction.rows(query, values)
    ]


async def cases(
    transaction: PostgresTransaction, since: datetime, until: datetime, default_stage: str
) -> dict[str, list[Any]]:
    """Give what figures need of each app and study, as columns of equal length."""
    values = {"since": since, "until": until, "default_stage": default_stage}
    await transaction.rows(ROOM)
    (found,) = await transaction.rows(CASES.format(which=BY_TIME), values)
    return {name: column or [] for name, column in found.items()}
