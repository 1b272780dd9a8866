"""What people ask of availability: what is out now, and how long what was out."""

from datetime import datetime
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction

OUTAGES = """SELECT o.outage_key::text, o.part, o.name, o.cause, o.down_since, o.noticed_at, o.up_since, o.ended_at,
    extract(epoch FROM coalesce(CASE WHEN o.ended_at IS NOT NULL THEN o.up_since END, %s) - o.down_since)::float8
        AS seconds,
    (SELECT count(*) FROM outage_job w WHERE w.outage_key = o.outage_key) AS studies,
    coalesce((SELECT jsonb_agg(jsonb_build_object('kind', n.kind, 'channel', n.channel, 'state', n.state,
        'tries', n.attempt, 'sent_at', n.sent_at, 'detail', n.detail) ORDER BY n.notice_key)
        FROM notice n WHERE n.outage_key = o.outage_key), '[]') AS notices
    FROM outage o"""
OPEN = f"{OUTAGES} WHERE o.ended_at IS NULL AND o.noticed_at IS NOT NULL ORDER BY o.down_since"
SINCE = f"{OUTAGES} WHERE o.ended_at IS NULL OR o.ended_at >= %s ORDER BY o.down_since DESC LIMIT 1000"


async def availability(transaction: PostgresTransaction, now: datetime) -> list[dict[str, Any]]:
    """List what was declared unavailable and is not back yet, oldest first."""
    return await transaction.rows(OPEN, (now,))


async def outages_since(transaction: PostgresTransaction, since: datetime, now: datetime) -> list[dict[str, Any]]:
    """List the outages since then, the short ones that nobody was told of among them; newest first."""
    return await transaction.rows(SINCE, (now, since))
