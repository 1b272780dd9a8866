"""What bears on messages from and to RIS and EHR: who is silent, what failed, who does not answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.adapters.postgres.outages import LINKS_LOCK
from collega.model.outage import DestinationSigns, MessageSigns, SenderSigns

DAY, FIVE_WEEKS = timedelta(days=1), timedelta(weeks=5)
SIGNS = """SELECT
    EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %(lock)s)
        OR NOT EXISTS (SELECT FROM hl7_message) AS links,
    (SELECT min(received_at) FROM hl7_message WHERE state IN ('failed', 'unusable') AND received_at > %(since)s)
        AS errors_since"""
# Senders by one look into the index each. Before the silence began, the same moment of four weeks, by the clock of the
# site; then as long a time back as nothing has come now, a day at most.
SENDERS = """WITH RECURSIVE name AS (
        (SELECT sender FROM hl7_message ORDER BY sender LIMIT 1)
        UNION ALL SELECT (SELECT m.sender FROM hl7_message m WHERE m.sender > n.sender ORDER BY m.sender LIMIT 1)
        FROM name n WHERE n.sender IS NOT NULL),
    silence AS (SELECT sender, (SELECT max(received_at) FROM hl7_message m WHERE m.sender = n.sender) AS last_at
        FROM name n WHERE sender IS NOT NULL)
    SELECT s.sender AS name, s.last_at, (SELECT min(w.n) FROM generate_series(1, 4) week CROSS JOIN LATERAL (
        SELECT ((%(at)s AT TIME ZONE %(zone)s) - interval '7 days'
            * (week + floor(extract(epoch FROM %(at)s - s.last_at) / 604800))) AT TIME ZONE %(zone)s AS until) e
        CROSS JOIN LATERAL (SELECT count(*) AS n FROM (SELECT FROM hl7_message m WHERE m.sender = s.sender
            AND m.received_at > e.until - least(%(at)s - s.last_at, interval '1 day') AND m.received_at <= e.until
            LIMIT 10) few) w)::int AS usual
    FROM silence s WHERE s.last_at > %(oldest)s ORDER BY s.sender"""
DESTINATIONS = """SELECT d.name,
    EXISTS (SELECT FROM pacs_link l WHERE l.pacs = 'hl7:' || d.name AND l.failures > 0) AND EXISTS
        (SELECT FROM outgoing_message m WHERE m.destination = d.name AND m.state = 'waiting') AS fails,
    (SELECT min(updated_at) FROM outgoing_message m WHERE m.destination = d.name AND m.state = 'refused')
        AS refused_since
    FROM unnest(%(names)s::text[]) WITH ORDINALITY AS d (name, place) ORDER BY d.place"""


class PostgresMessageSigns(PostgresArrivals):
    """The part of a transaction that tells how messages go."""

    async def message_signs(
        self, destinations: Sequence[str], zone: ZoneInfo, at: datetime, *, silent: timedelta | None
    ) -> MessageSigns:
        """Gather what bears on messages from and to others; senders only where a silence counts."""
        row = await self._one(SIGNS, {"lock": LINKS_LOCK, "since": at - DAY}) or {}
        values = {"at": at, "zone": zone.key, "oldest": at - FIVE_WEEKS}
        senders = await self._all(SENDERS, values) if silent is not None else []
        found = await self._all(DESTINATIONS, {"names": list(destinations)}) if destinations else []
        return MessageSigns(
            **row,
            senders=[SenderSigns(**item) for item in senders],
            destinations=[DestinationSigns(**item) for item in found],
        )
