"""What figures of time need of each study and app: kept in a narrow table, made anew where something has changed.

The other tables mark a study as due in the transaction that changes it (migration 0027). Whoever asks for figures,
and a worker meanwhile, works the marks off, so that nobody is answered from before a change that was committed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collega.adapters.postgres.store import PostgresTransaction
from collega.adapters.postgres.timelines import QUICKEST, REPORTER, SENDER

AT_ONCE = 2000
# One at a time: of two who make the same row, the one who looked first could write last.
TURN = "SELECT pg_advisory_xact_lock(4246)"
TAKE = """WITH taken AS (DELETE FROM study_times_due WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM study_times_due LIMIT %s)) RETURNING study_key)
    SELECT DISTINCT study_key FROM taken"""
FORGET = """WITH gone AS (DELETE FROM study_times WHERE study_key = ANY(%(keys)s) RETURNING 1)
    SELECT count(*) FROM gone"""
# Compiling takes longer than answering.
PLAIN = "SELECT set_config('jit', 'off', true)"
_FILL = """WITH s AS MATERIALIZED (SELECT * FROM study WHERE study_key = ANY(%(keys)s)),
    stages AS MATERIALIZED (SELECT app_id, app_version, stage, at AS since,
        coalesce(lead(at) OVER (PARTITION BY app_id, app_version ORDER BY app_stage_key), 'infinity') AS until
        FROM app_stage),
    jobs AS MATERIALIZED (SELECT j.study_key, j.app_id,
            coalesce(bool_or(g.stage IN ('pilot', 'live')), false) AS was_shown,
            bool_or(g.stage IS NULL) AS has_default_stage
        FROM s JOIN job j USING (study_key) LEFT JOIN stages g ON g.app_id = j.app_id
            AND g.app_version = j.app_version AND j.created_at >= g.since AND j.created_at < g.until
        WHERE j.state <> 'discarded' GROUP BY 1, 2),
    heard AS MATERIALIZED (SELECT e.study_key, e.kind, e.at, e.payload ? 'status' AS by_ris, e.event_key, e.job_key,
            max(e.event_key) FILTER (WHERE e.kind = 'unsigned') OVER study AS unsigned,
            min(e.at) FILTER (WHERE e.kind IN ('opened', 'launched')) OVER study AS opened
        FROM s JOIN event e USING (study_key) WHERE e.kind IN
            ('confirmed', 'opened', 'launched', 'called', 'closed', 'signed', 'unsigned')
        WINDOW study AS (PARTITION BY e.study_key)),
    visible AS MATERIALIZED (SELECT h.study_key, j.app_id, min(h.at) AS at FROM heard h JOIN job j USING (job_key)
        WHERE h.kind = 'confirmed' GROUP BY 1, 2),
    told AS MATERIALIZED (SELECT study_key, min(opened) AS opened, count(*) FILTER (WHERE kind = 'called') AS calls,
            min(at) FILTER (WHERE kind = 'closed' AND at >= opened) AS closed,
            min(at) FILTER (WHERE kind = 'signed' AND by_ris AND event_key > coalesce(unsigned, 0)) AS signed,
            min(at) FILTER (WHERE kind = 'signed' AND NOT by_ris) AS signed_by_reader
        FROM heard GROUP BY 1),
    orders AS MATERIALIZED (SELECT DISTINCT ON (o.study_key) o.study_key, o.ordered_at, o.procedure, o.modality,
            {sender} AS clock FROM study_order o WHERE o.study_key = ANY(%(keys)s) AND o.standing = 'ordered'
        ORDER BY o.study_key, o.ordered_at NULLS LAST, o.changed_at, o.order_key),
    made AS (INSERT INTO study_times
    SELECT j.study_key, j.app_id, s.first_received_at,
        coalesce(nullif(concat_ws(' · ', nullif(coalesce(i.modality, nullif(o.modality, '')), ''),
            nullif(i.body_part, ''), coalesce(nullif(o.procedure, ''), nullif(s.description, ''))), ''), 'unknown'),
        j.was_shown, j.has_default_stage, coalesce(o.clock, ''),
        CASE WHEN t.signed IS NULL THEN '' ELSE {reporter} END,
        seconds(coalesce(s.study_at, s.first_received_at)), seconds(s.last_received_at), seconds(o.ordered_at),
        seconds(v.at), seconds(t.opened), seconds(t.closed), seconds(t.signed), seconds(t.signed_by_reader),
        coalesce(t.calls, 0)
    FROM jobs j JOIN s USING (study_key) LEFT JOIN visible v USING (study_key, app_id)
        LEFT JOIN told t USING (study_key) LEFT JOIN orders o USING (study_key)
        LEFT JOIN LATERAL (SELECT i.attributes->>'modality' AS modality, i.attributes->>'body_part' AS body_part
            FROM instance i WHERE i.study_key = s.study_key AND i.role = 'image'
            ORDER BY i.received_at, i.sop_instance_uid LIMIT 1) AS i ON true
    RETURNING 1)
    SELECT count(*) FROM made"""
FILL = _FILL.format(sender=SENDER, reporter=REPORTER)
# An hour is over ten minutes after its end: whoever writes a message has committed it by then.
_LISTEN = """WITH was AS (SELECT coalesce(max(until), '-infinity') AS since FROM clock_heard_until),
    due AS (SELECT date_trunc('hour', now() - interval '10 minutes') AS until),
    moved AS (INSERT INTO clock_heard_until SELECT due.until FROM due, was WHERE due.until > was.since RETURNING 1),
    kept AS (INSERT INTO clock_heard SELECT sender, said_at, heard_at
        FROM {quickest} AS quickest
        WHERE EXISTS (SELECT FROM moved) RETURNING 1)
    SELECT count(*) FROM kept"""
LISTEN = _LISTEN.format(quickest=QUICKEST.format(since="(SELECT since FROM was)", until="(SELECT until FROM due)"))
MOMENTS = ("made", "received", "ordered", "visible", "opened", "closed", "signed", "signed_by_reader", "calls")
# Packed, a group at a time: a hundred thousand rows of texts and moments take a second to read one by one.
_READ = """SELECT app_id, exam, order_clock, report_clock, was_shown OR has_default_stage AND %(is_shown)s AS shown,
        count(*) AS n, string_agg({packed}, '') AS packed
    FROM study_times WHERE received_at >= %(since)s AND received_at < %(until)s GROUP BY 1, 2, 3, 4, 5"""
READ = _READ.format(packed=" || ".join(f"float8send({name})" for name in MOMENTS))
STUDIES = """SELECT count(DISTINCT study_key) AS n FROM study_times
    WHERE received_at >= %(since)s AND received_at < %(until)s"""

EXAMS = """SELECT DISTINCT s.study_instance_uid, t.exam FROM study_times t JOIN study s USING (study_key)
    WHERE t.received_at >= %(since)s AND t.received_at < %(until)s"""


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeColumns:
    """One entry for each app and study of a span; ``labels`` are texts, ``moments`` seconds since 1970 or counts."""

    studies: int
    labels: Mapping[str, NDArray[Any]]
    moments: Mapping[str, NDArray[np.float64]]

    def names(self, label: str) -> list[str]:
        """List the values of a label, each once."""
        return [str(name) for name in np.unique(self.labels[label])]


async def refresh(transaction: PostgresTransaction, limit: int = AT_ONCE) -> int:
    """Make the rows of studies that are due, and note what was heard in hours that are over; how many were due."""
    await transaction.rows(TURN)
    await transaction.rows(PLAIN)
    await transaction.rows(LISTEN)
    due = [row["study_key"] for row in await transaction.rows(TAKE, (limit,))]
    if due:
        for query in (FORGET, FILL):
            await transaction.rows(query, {"keys": due})
    return len(due)


async def read(transaction: PostgresTransaction, since: datetime, until: datetime, *, is_shown: bool) -> TimeColumns:
    """Give what figures need of the studies whose first object came in a span, up to what is committed by now.

    ``is_shown``: what an app shows on whose stage nobody has decided.
    """
    while await refresh(transaction):
        pass
    span = {"since": since, "until": until, "is_shown": is_shown}
    groups = await transaction.rows(READ, span)
    (row,) = await transaction.rows(STUDIES, span)
    counts = np.array([group["n"] for group in groups], dtype=np.intp)
    packed = np.frombuffer(b"".join(group["packed"] for group in groups), dtype=">f8").astype(np.float64)
    table = packed.reshape(-1, len(MOMENTS)).T
    names = ("app_id", "exam", "order_clock", "report_clock")
    labels = {name: np.repeat(np.array([group[name] for group in groups], dtype=np.str_), counts) for name in names}
    labels["shown"] = np.repeat(np.array([group["shown"] for group in groups], dtype=np.bool_), counts)
    return TimeColumns(
        studies=row["n"], labels=labels, moments={name: table[place] for place, name in enumerate(MOMENTS)}
    )


async def exams(transaction: PostgresTransaction, since: datetime, until: datetime) -> dict[str, str]:
    """Give the exam of the studies of a span by their UID; those that no app was to look at are not among them."""
    while await refresh(transaction):
        pass
    rows = await transaction.rows(EXAMS, {"since": since, "until": until})
    return {row["study_instance_uid"]: row["exam"] for row in rows}
