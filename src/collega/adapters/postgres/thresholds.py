"""Thresholds that a site has moved."""

from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.errors import FencedError
from collega.model.threshold import ThresholdChange

ADD = """INSERT INTO threshold (app_id, app_version, number, finding_id, old_value, new_value, at, actor, reason)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (app_id, app_version, number) DO NOTHING
    RETURNING threshold_key"""


class PostgresThresholds(PostgresArrivals):
    """The part of a transaction that is about thresholds."""

    async def threshold_changes(self, app_id: str, version: str) -> list[ThresholdChange]:
        """List every change, oldest first."""
        found = await self._all(
            "SELECT * FROM threshold WHERE app_id = %s AND app_version = %s ORDER BY number", (app_id, version)
        )
        return [
            ThresholdChange(
                app_id=row["app_id"],
                app_version=row["app_version"],
                number=row["number"],
                finding_id=row["finding_id"],
                old=row["old_value"],
                new=row["new_value"],
                at=row["at"],
                actor=row["actor"],
                reason=row["reason"],
            )
            for row in found
        ]

    async def add_threshold(self, change: ThresholdChange) -> None:
        """Keep a change; refused where another has taken its number meanwhile."""
        values = (change.app_id, change.app_version, change.number, change.finding_id, change.old, change.new)
        if await self._one(ADD, (*values, change.at, change.actor, change.reason)) is None:
            message = f"the thresholds of {change.app_id} {change.app_version} have been changed meanwhile"
            raise FencedError(message)
