"""Figures for a monitor: what has happened is counted once and added to, what is now is asked for.

Events are read in the order of their keys. A transaction that is still open may hold a lower key
than one that has committed, so only what was recorded some seconds ago is counted.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction
from collega.adapters.postgres.views import health
from collega.model.figures import Distribution, Figures, Labels

SETTLE_SECONDS = 10
# Bounds of the buckets, in seconds.
ATTEMPT_BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
DELIVERY_BOUNDS = (1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 86400.0)

NOW = "SELECT clock_timestamp() - make_interval(secs => %s) AS until"
# The last event to count: key and moment. The index by key is read from its end.
LAST_EVENT = "SELECT event_key AS key FROM event WHERE recorded_at < %s ORDER BY event_key DESC LIMIT 1"
EVENTS = """SELECT kind, coalesce(payload->>'app', '') AS app,
    coalesce(payload->>'outcome', '') AS outcome, coalesce(payload->>'kind', '') AS what,
    coalesce(payload->>'pacs', '') AS pacs, count(*) AS n,
    coalesce(sum((payload->>'files')::bigint), 0) AS files, coalesce(sum((payload->>'bytes')::bigint), 0) AS bytes
    FROM event WHERE event_key > %s AND event_key <= %s AND kind = ANY(%s) GROUP BY 1, 2, 3, 4, 5"""
ATTEMPTS = """SELECT payload->>'app' AS label, width_bucket((payload->>'wall_s')::float8, %s::float8[]) AS bucket,
    count(*) AS n, sum((payload->>'wall_s')::float8) AS total
    FROM event WHERE event_key > %s AND event_key <= %s AND kind = 'ended' GROUP BY 1, 2"""
CONFIRMED = """SELECT coalesce(e.payload->>'pacs', '') AS label, width_bucket(s, %s::float8[]) AS bucket,
    count(*) AS n, sum(s) AS total FROM event e CROSS JOIN LATERAL (
        SELECT extract(epoch FROM e.at - max(c.at))::float8 AS s FROM event c
        WHERE c.study_key = e.study_key AND c.kind = 'complete' AND c.at <= e.at) AS took
    WHERE e.event_key > %s AND e.event_key <= %s AND e.kind = 'confirmed' AND s IS NOT NULL GROUP BY 1, 2"""
OBJECTS = """SELECT role, count(*) AS n, coalesce(sum(size), 0) AS bytes FROM instance
    WHERE received_at > %s AND received_at <= %s GROUP BY role"""
GAUGES = {
    "collega_studies_open": "SELECT ARRAY[state], count(*) FROM study WHERE state <> 'routed' GROUP BY state",
    "collega_jobs_open": """SELECT ARRAY[app_id, state], count(*) FROM job
        WHERE state IN ('queued', 'held', 'running', 'awaiting', 'ran', 'normalised', 'asked')
        GROUP BY app_id, state""",
    "collega_deliveries_open": """SELECT ARRAY[pacs, state], count(*) FROM delivery WHERE next_at IS NOT NULL
        GROUP BY pacs, state""",
    "collega_delivery_oldest_seconds": """SELECT ARRAY[pacs], extract(epoch FROM now() - min(created_at)) FROM delivery
        WHERE next_at IS NOT NULL AND state = 'planned' GROUP BY pacs""",
    "collega_queue_length": """SELECT ARRAY[task_name], count(*) FROM procrastinate_jobs
        WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now() GROUP BY task_name""",
    "collega_queue_oldest_seconds": """SELECT ARRAY[task_name], extract(epoch FROM now() - min(coalesce(scheduled_at,
        (SELECT min(at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'deferred'), now())))
        FROM procrastinate_jobs j WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()
        GROUP BY task_name""",
    "collega_pacs_failures_in_a_row": "SELECT ARRAY[pacs], failures FROM pacs_link",
    "collega_quarantined_total": "SELECT ARRAY[kind, code], count(*) FROM quarantine GROUP BY kind, code",
    "collega_messages_open": """SELECT ARRAY[state], count(*) FROM hl7_message WHERE state <> 'applied'
        GROUP BY state""",
    "collega_studies_held": "SELECT ARRAY[]::text[], count(*) FROM hold WHERE released_at IS NULL",
    "collega_orders_not_arrived": """SELECT ARRAY[]::text[], count(*) FROM imaging_order o
        WHERE o.standing = 'ordered' AND o.status = 'CM'
            AND NOT EXISTS (SELECT FROM study_order t WHERE t.order_key = o.order_key)
            AND NOT EXISTS (SELECT FROM study s WHERE s.accession_number = o.accession)
            AND o.changed_at BETWEEN now() - interval '7 days' AND now() - interval '15 minutes'
        HAVING EXISTS (SELECT FROM imaging_order)""",
    "collega_last_backup_timestamp_seconds": """SELECT ARRAY[]::text[], extract(epoch FROM max(at)) FROM event
        WHERE kind = 'backup_made' HAVING max(at) IS NOT NULL""",
}
# The numbers of the chain have no gaps.
UNTOLD = """SELECT coalesce((SELECT max(number) FROM audit_chain), 0)
    - coalesce((SELECT number FROM audit_sent WHERE repository = %s), 0) AS lines"""
REMOVED = "files_removed"
SPREADS = {
    "collega_attempt_seconds": (ATTEMPTS, ATTEMPT_BOUNDS),
    "collega_complete_to_confirmed_seconds": (CONFIRMED, DELIVERY_BOUNDS),
}
# Kind of event -> the counter that it adds to, and which parts of its payload are its labels.
COUNTED = {
    "received": ("collega_studies_received_total", ()),
    "reopened": ("collega_studies_reopened_total", ()),
    "ended": ("collega_attempts_total", ("app", "outcome")),
    "normalised": ("collega_jobs_total", ("app", "outcome")),
    "delivered": ("collega_delivered_total", ("pacs",)),
    "confirmed": ("collega_confirmed_total", ("pacs",)),
    "refused": ("collega_refused_total", ("pacs",)),
    "withdrawn": ("collega_withdrawn_total", ("pacs",)),
    "resend": ("collega_resent_total", ("pacs",)),
    "pacs_unreachable": ("collega_pacs_unreachable_total", ("pacs",)),
    "gave_up": ("collega_steps_given_up_total", ()),
}


@dataclass(slots=True)
class Ledger:
    """Counts of what has happened since the first day, kept in memory and added to."""

    links: bool = False
    repository: str = ""
    _event: int = 0
    _moment: Any = "-infinity"
    _values: dict[str, dict[Labels, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    _spread: dict[str, dict[Labels, tuple[list[int], float]]] = field(default_factory=lambda: defaultdict(dict))

    async def read(self, transaction: PostgresTransaction) -> Figures:
        """Add what has happened since the last time, and ask for what is now."""
        (row,) = await transaction.rows(NOW, (SETTLE_SECONDS,))
        until = row["until"]
        last = await transaction.rows(LAST_EVENT, (until,))
        if last and last[0]["key"] > self._event:
            await self._count_events(transaction, last[0]["key"])
        await self._count_objects(transaction, until)
        values: dict[str, dict[Labels, float]] = {name: dict(found) for name, found in self._values.items()}
        for name, query in GAUGES.items():
            found = await transaction.rows(f"SELECT q.* FROM ({query}) AS q (labels, value)")  # noqa: S608 - our own
            values[name] = {tuple(item["labels"]): float(item["value"]) for item in found}
        values["collega_up"] = {
            (part,): float(up) for part, up in (await health(transaction, links=self.links)).items()
        }
        if self.repository:
            (untold,) = await transaction.rows(UNTOLD, (self.repository,))
            values["collega_audit_untold"] = {(): float(untold["lines"])}
        spread = {
            name: {
                labels: Distribution(bounds=SPREADS[name][1], counts=tuple(counts), total=total)
                for labels, (counts, total) in found.items()
            }
            for name, found in self._spread.items()
        }
        return Figures(values=values, spread=spread)

    async def _count_events(self, transaction: PostgresTransaction, until: int) -> None:
        """Ask everything first, then add: a question that fails must not leave half of it counted."""
        span = (self._event, until)
        counted = await transaction.rows(EVENTS, (*span, [*COUNTED, REMOVED]))
        spreads = [
            (name, len(bounds) + 1, await transaction.rows(query, (list(bounds), *span)))
            for name, (query, bounds) in SPREADS.items()
        ]
        for row in counted:
            self._add_event(row)
        for name, buckets, rows in spreads:
            for row in rows:
                counts, total = self._spread[name].get((row["label"],), ([0] * buckets, 0.0))
                counts[row["bucket"]] += row["n"]
                self._spread[name][row["label"],] = (counts, total + row["total"])
        self._event = until

    def _add_event(self, row: dict[str, Any]) -> None:
        if row["kind"] == REMOVED:
            self._values["collega_removed_files_total"][row["what"],] += int(row["files"])
            self._values["collega_removed_bytes_total"][row["what"],] += int(row["bytes"])
            return
        name, parts = COUNTED[row["kind"]]
        self._values[name][tuple(row[part] for part in parts)] += row["n"]

    async def _count_objects(self, transaction: PostgresTransaction, until: Any) -> None:  # noqa: ANN401 - a moment
        for row in await transaction.rows(OBJECTS, (self._moment, until)):
            self._values["collega_objects_received_total"][row["role"],] += row["n"]
            self._values["collega_bytes_received_total"][row["role"],] += int(row["bytes"])
        self._moment = until
