"""The audit record: who did or saw what."""

from typing import Protocol

from collega.model.audit import AuditEntry


class Audit(Protocol):
    """What is logged; part of a `Store` transaction."""

    async def add_audit(self, entry: AuditEntry) -> None:
        """Add a line: it exists if and only if this transaction commits."""
        ...
