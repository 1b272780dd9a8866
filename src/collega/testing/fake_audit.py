"""The audit record in memory."""

from collega.model.audit import AuditEntry
from collega.testing.fake_memory import Memory


class FakeAudit:
    """See `collega.ports.audit.Audit`."""

    _memory: Memory

    async def add_audit(self, entry: AuditEntry) -> None:
        """Keep the line."""
        self._memory.audited.append(entry)
