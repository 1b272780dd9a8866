"""Messages of RIS and EHR as they came."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.model.message import Message, MessageChange, MessageState

# One statement for all that came together. Of the same bytes in one batch, the first is the message. Lists are sent in
# binary (%b): as text each element is written and escaped by Python, which took longer than all the rest.
ADD = """WITH came AS (
        SELECT * FROM unnest(%(place)b::int[], %(received_at)b::timestamptz[], %(source)b::text[], %(sender)b::text[],
            %(control_id)b::text[], %(kind)b::text[], %(sent_at)b::timestamptz[], %(digest)b::bytea[],
            %(encoded)b::bytea[], %(state)b::text[], %(reason)b::text[])
        AS c (place, received_at, source, sender, control_id, kind, sent_at, digest, encoded, state, reason))
    INSERT INTO hl7_message
        (received_at, source, sender, control_id, kind, sent_at, digest, encoded, state, reason)
    SELECT received_at, source, sender, control_id, kind, sent_at, digest, encoded, state, reason FROM (
        SELECT DISTINCT ON (digest) * FROM came ORDER BY digest, place) AS one ORDER BY place
    ON CONFLICT (digest) DO UPDATE SET repeats = hl7_message.repeats + 1
    RETURNING message_key, digest, state, reason, tries, repeats"""
COLUMNS = ("received_at", "source", "sender", "control_id", "kind", "sent_at", "digest", "encoded", "state", "reason")
CHANGE = """UPDATE hl7_message m SET state = c.state, reason = c.reason, tries = c.tries, next_at = c.next_at,
    changed_at = c.at FROM unnest(%(key)b::uuid[], %(state)b::text[], %(reason)b::text[], %(tries)b::int[],
        %(next_at)b::timestamptz[], %(at)b::timestamptz[]) AS c (key, state, reason, tries, next_at, at)
    WHERE m.message_key = c.key"""
CHANGED = ("key", "state", "reason", "tries", "next_at", "at")


class PostgresMessages(PostgresArrivals):
    """The part of a transaction that keeps messages."""

    async def add_messages(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Keep messages; the same bytes are the same message."""
        values: dict[str, list[Any]] = {name: [getattr(item, name) for item in messages] for name in COLUMNS}
        rows = await self._all(ADD, values | {"place": list(range(len(messages)))})
        kept = {bytes(row["digest"]): row for row in rows}
        return [_kept(message, kept[message.digest]) for message in messages]

    async def messages_waiting(self, limit: int, at: datetime) -> Sequence[Message]:
        """List messages that wait and are due, in the order of their arrival."""
        found = await self._all(
            """SELECT * FROM hl7_message WHERE state = 'waiting' AND (next_at IS NULL OR next_at <= %s)
               ORDER BY message_key LIMIT %s""",
            (at, limit),
        )
        return [_message(row) for row in found]

    async def message(self, key: str) -> Message | None:
        """Find a message by its key or the beginning of it."""
        found = await self._all(
            "SELECT * FROM hl7_message WHERE starts_with(message_key::text, %s) LIMIT 2", (key.lower(),)
        )
        return _message(found[0]) if len(found) == 1 else None

    async def messages(self, states: Sequence[MessageState], limit: int) -> Sequence[Message]:
        """List messages in these states, the newest first."""
        found = await self._all(
            "SELECT * FROM hl7_message WHERE state = ANY(%s) ORDER BY message_key DESC LIMIT %s", (list(states), limit)
        )
        return [_message(row) for row in found]

    async def change_messages(self, changes: Sequence[MessageChange]) -> None:
        """Note how far messages are, and why."""
        values = {name: [getattr(change, name) for change in changes] for name in CHANGED}
        await self._connection.execute(CHANGE.encode(), values)


def _kept(message: Message, row: Mapping[str, Any]) -> Message:
    return replace(
        message,
        key=str(row["message_key"]),
        state=MessageState(row["state"]),
        reason=row["reason"],
        tries=row["tries"],
        repeats=row["repeats"],
    )


def _message(row: Mapping[str, Any]) -> Message:
    return Message(
        key=str(row["message_key"]),
        received_at=row["received_at"],
        source=row["source"],
        sender=row["sender"],
        control_id=row["control_id"],
        kind=row["kind"],
        sent_at=row["sent_at"],
        digest=bytes(row["digest"]),
        encoded=bytes(row["encoded"]),
        state=MessageState(row["state"]),
        reason=row["reason"],
        tries=row["tries"],
        repeats=row["repeats"],
    )
