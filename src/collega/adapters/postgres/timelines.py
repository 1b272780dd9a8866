"""Moments of studies as they were told, and what clocks said against when it was heard."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    said AS (SELECT e.study_key, e.kind, e.at, e.event_key, e.actor, e.payload, coalesce(j.app_id, '') AS app
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
                AND NOT EXISTS (SELECT FROM said u WHERE u.study_key = e.study_key AND u.kind = 'unsigned'
                    AND u.event_key > e.event_key))
    SELECT s.study_instance_uid, told.* FROM told JOIN s USING (study_key)
    WHERE told.at IS NOT NULL OR told.said <> '' ORDER BY s.first_received_at, s.study_key, told.at, told.kind"""
# The quickest four of each hour tell where delays begin; the others add nothing. Hours that are over are kept.
QUICKEST = """(SELECT sender, sent_at AS said_at, received_at AS heard_at FROM (
        SELECT sender, sent_at, received_at, row_number() OVER (
            PARTITION BY sender, date_trunc('hour', received_at) ORDER BY received_at - sent_at) AS place
        FROM hl7_message WHERE sent_at IS NOT NULL AND received_at >= {since} AND received_at < {until}) AS ranked
    WHERE place <= 4)"""
_OPEN = QUICKEST.format(since="greatest(%(since)s, (SELECT max(until) FROM clock_heard_until))", until="%(until)s")
_HEARD = """(SELECT * FROM clock_heard WHERE heard_at >= %(since)s AND heard_at < %(until)s
    UNION ALL {still_open}) AS heard"""
_PAIRS = "SELECT sender AS clock, said_at, heard_at FROM {heard}"
# Eight bytes each: microseconds since the year 2000.
_COLUMNS = """SELECT sender AS clock, string_agg(timestamptz_send(said_at) || timestamptz_send(heard_at), '')
    AS packed FROM {heard} GROUP BY sender"""
RIS_PAIRS, RIS_COLUMNS = (query.format(heard=_HEARD.format(still_open=_OPEN)) for query in (_PAIRS, _COLUMNS))
EPOCH = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
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


async def ris_pairs(
    transaction: PostgresTransaction, since: datetime, until: datetime
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Give what each clock of a RIS said, and when it was heard, as columns of seconds since 1970."""
    found = await transaction.rows(RIS_COLUMNS, {"since": since, "until": until})
    tables = {row["clock"]: np.frombuffer(row["packed"], dtype=">i8") / 1e6 + EPOCH for row in found}
    return {clock: (table[::2], table[1::2]) for clock, table in tables.items()}
