"""Validations that a site keeps: put in by a command, read by pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from collega.adapters.postgres import validations
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.model.audit import AuditEntry

MOST_LISTED = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidationDesk:
    """What pages ask; see `collega.web.validations.Validations`."""

    store: PostgresStore

    async def listed(self) -> list[dict[str, Any]]:
        """List reports, the latest first."""
        async with self.store.transaction() as transaction:
            return await validations.listed(transaction, MOST_LISTED)

    async def told(self, key: str) -> dict[str, Any] | None:
        """Give a report; None where there is none of that key."""
        async with self.store.transaction() as transaction:
            return await validations.told(transaction, key)


async def keep_validation(transaction: PostgresTransaction, told: Mapping[str, Any], actor: str) -> str:
    """Keep a report, and log who did; its key."""
    key, version = str(uuid4()), told["version"] or told["plan"]["version"]
    await validations.keep(transaction, key=key, at=datetime.now(UTC), actor=actor, version=version, report=told)
    payload = {"validation": key, "app": told["plan"]["app"], "version": version, "plan": told["hash"]}
    await transaction.add_audit(AuditEntry(event="validation kept", responsible=actor, payload=payload))
    return key
