"""Breaking the glass: rights that one does not have, for an hour, for a reason that is read afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collega.adapters.postgres import sessions
from collega.adapters.postgres.store import PostgresStore
from collega.errors import InputError
from collega.model.access import BY_BREAKING_GLASS
from collega.model.account import Person
from collega.model.audit import AuditEntry

LEAST_REASON, MOST_REASON = 10, 500


@dataclass(frozen=True, kw_only=True, slots=True)
class GlassDesk:
    """What the page asks."""

    store: PostgresStore
    life: timedelta

    async def break_glass(self, person: Person, role: str, reason: str) -> None:
        """Give a person the rights of a role for some time.

        Raises
        ------
        InputError
            It is no such role, or no reason.
        """
        reason = " ".join(reason.split())
        known = {str(one): one for one in BY_BREAKING_GLASS}
        if role not in known or not LEAST_REASON <= len(reason) <= MOST_REASON or not reason.isprintable():
            message = f"one of {', '.join(known)}, and a reason of {LEAST_REASON} to {MOST_REASON} characters"
            raise InputError(message)
        now = datetime.now(UTC)
        async with self.store.transaction() as transaction:
            key = await sessions.break_glass(
                transaction, account=person.account_key, role=role, reason=reason, at=now, ends_at=now + self.life
            )
            payload: dict[str, object] = {"glass": key, "role": role, "reason": reason, "until": str(now + self.life)}
            await transaction.add_audit(AuditEntry(event="glass broken", actor=person.name, payload=payload))

    async def broken(self) -> Sequence[Mapping[str, Any]]:
        """List what was broken, unreviewed first."""
        async with self.store.transaction() as transaction:
            return await sessions.broken(transaction)

    async def review(self, person: Person, key: int) -> bool:
        """Note that the privacy officer has looked at it."""
        async with self.store.transaction() as transaction:
            reviewed = await sessions.review(transaction, key, person.name, datetime.now(UTC))
            if reviewed:
                await transaction.add_audit(
                    AuditEntry(event="glass reviewed", actor=person.name, payload={"glass": key})
                )
            return reviewed
