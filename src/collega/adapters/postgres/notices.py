"""Notices of availability."""

from collections.abc import Sequence
from datetime import datetime

from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.model.availability import AvailabilityNotice

ASK = """INSERT INTO availability_notice (peer, study_key, due_at, updated_at)
    VALUES (%(peer)s, %(study)s, %(at)s, now())
    ON CONFLICT (peer, study_key) DO UPDATE SET due_at = EXCLUDED.due_at, updated_at = now()"""
DUE = """SELECT * FROM availability_notice WHERE peer = %s AND due_at <= %s ORDER BY due_at, study_key LIMIT %s"""
CLOSE = """UPDATE availability_notice SET told = %(told)s, detail = %(detail)s, attempt = attempt + 1,
        updated_at = %(at)s, due_at = CASE WHEN due_at = %(before)s THEN %(due_at)s ELSE due_at END
    WHERE peer = %(peer)s AND study_key = %(study)s"""


class PostgresNotices(PostgresArrivals):
    """The part of a transaction that is about telling of availability."""

    async def ask_availability(self, peer: str, study_key: str, due_at: datetime) -> None:
        """Have a peer told of a study."""
        await self._connection.execute(ASK, {"peer": peer, "study": study_key, "at": due_at})

    async def due_availability(self, peer: str, at: datetime, limit: int) -> Sequence[AvailabilityNotice]:
        """List the notices that are due, oldest first."""
        found = await self._all(DUE, (peer, at, limit))
        return [
            AvailabilityNotice(
                peer=row["peer"],
                study_key=row["study_key"],
                due_at=row["due_at"],
                told=row["told"],
                attempt=row["attempt"],
            )
            for row in found
        ]

    async def close_availability(
        self, notice: AvailabilityNotice, *, at: datetime, told: str, detail: str = "", due_at: datetime | None = None
    ) -> None:
        """Note how telling ended."""
        values = {"told": told, "detail": detail, "at": at, "before": notice.due_at, "due_at": due_at}
        await self._connection.execute(CLOSE, {**values, "peer": notice.peer, "study": notice.study_key})

    async def next_availability(self, peer: str) -> datetime | None:
        """When the next notice is due."""
        row = await self._one("SELECT min(due_at) AS at FROM availability_notice WHERE peer = %s", (peer,))
        return row["at"] if row else None
