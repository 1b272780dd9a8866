"""Steps that cases have taken, as the event record has them."""

from typing import Any

from collega.adapters.postgres.store import PostgresTransaction

KIND = "case_step"
LISTED = """SELECT at, recorded_at, actor, payload->>'case' AS case, payload->>'step' AS step, payload->>'note' AS note
    FROM event WHERE kind = %s ORDER BY event_key"""


async def listed(transaction: PostgresTransaction) -> list[dict[str, Any]]:
    """List the steps in the order in which they were noted."""
    return await transaction.rows(LISTED, (KIND,))
