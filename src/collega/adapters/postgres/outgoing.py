"""Messages to RIS, PACS and EHR."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.errors import FencedError
from collega.model.outgoing import OutgoingKind, OutgoingMessage, OutgoingState
from collega.model.study import Priority

ADD = """INSERT INTO outgoing_message (destination, kind, study_key, job_key, app_id, control_id, encoded, subject,
        urgency, state, created_at, updated_at)
    VALUES (%(destination)s, %(kind)s, %(study_key)s, %(job_key)s, %(app_id)s, %(control_id)s, %(encoded)s, %(subject)s,
        %(urgency)s, %(state)s, %(at)s, %(at)s)
    ON CONFLICT (control_id) DO NOTHING RETURNING message_key"""
NEXT = """SELECT * FROM outgoing_message WHERE destination = %s AND state = 'waiting' ORDER BY message_key LIMIT 1"""
SET = """UPDATE outgoing_message SET state = %(state)s, detail = %(detail)s, updated_at = %(at)s,
        attempt = attempt + %(begun)s, answered_at = CASE WHEN %(answered)s THEN %(at)s ELSE answered_at END
    WHERE message_key = %(key)s AND state = %(before)s AND attempt = %(attempt)s RETURNING message_key"""
ANSWERED = frozenset({OutgoingState.ACKNOWLEDGED, OutgoingState.REFUSED})


class PostgresOutgoing(PostgresArrivals):
    """The part of a transaction that is about messages to others."""

    async def add_outgoing(self, message: OutgoingMessage) -> bool:
        """Queue a message; False where one with its control id is there already."""
        row = await self._one(ADD, {**asdict(message), "at": message.created_at})
        return row is not None

    async def outgoing_of(self, study_key: str) -> Sequence[OutgoingMessage]:
        """List the messages about a study, oldest first."""
        found = await self._all(
            "SELECT * FROM outgoing_message WHERE study_key = %s ORDER BY message_key", (study_key,)
        )
        return [_outgoing(row) for row in found]

    async def outgoing(self, key: str) -> OutgoingMessage | None:
        """Find a message."""
        row = await self._one("SELECT * FROM outgoing_message WHERE message_key::text = %s", (key,))
        return _outgoing(row) if row else None

    async def next_outgoing(self, destination: str) -> OutgoingMessage | None:
        """Find the oldest message that waits for a destination."""
        row = await self._one(NEXT, (destination,))
        return _outgoing(row) if row else None

    async def destinations_waited_for(self) -> Collection[str]:
        """Name the destinations for which something waits."""
        found = await self._all("SELECT DISTINCT destination FROM outgoing_message WHERE state = 'waiting'", ())
        return {row["destination"] for row in found}

    async def set_outgoing(
        self, message: OutgoingMessage, *, state: OutgoingState, at: datetime, detail: str = "", begun: bool = False
    ) -> None:
        """Compare state and attempt, then set."""
        values: dict[str, object] = {"key": message.key, "before": message.state, "attempt": message.attempt}
        values |= {"state": state, "at": at, "detail": detail, "begun": int(begun), "answered": state in ANSWERED}
        if await self._one(SET, values) is None:
            text = f"message {message.key} is no longer {message.state}"
            raise FencedError(text)


def _outgoing(row: Mapping[str, Any]) -> OutgoingMessage:
    return OutgoingMessage(
        key=str(row["message_key"]),
        destination=row["destination"],
        kind=OutgoingKind(row["kind"]),
        study_key=row["study_key"],
        job_key=str(row["job_key"]),
        app_id=row["app_id"],
        control_id=row["control_id"],
        encoded=row["encoded"],
        created_at=row["created_at"],
        subject=row["subject"],
        urgency=Priority(row["urgency"]),
        state=OutgoingState(row["state"]),
        attempt=row["attempt"],
        detail=row["detail"],
        answered_at=row["answered_at"],
    )
