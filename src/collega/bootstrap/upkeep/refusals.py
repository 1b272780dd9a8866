"""Peers that were turned away, as the audit record has them: counted, so that a flood is a few lines."""

import threading
from collections import Counter
from dataclasses import dataclass

from collega.adapters.postgres.store import PostgresStore
from collega.model.audit import AuditEntry, AuditOutcome

# So many different peers between two looks; what comes beyond is one line.
MOST_PEERS = 200
OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Who was turned away, from where, and why; an empty AE title where none was heard."""

    event: str
    aet: str
    address: str
    why: str


class Refusals:
    """Takes refusals in the threads of the port, and writes them when it is asked to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Refusal] = Counter()

    def note(self, event: str, aet: str, address: str, why: str) -> None:
        """Count a refusal; never waits for a database."""
        refusal = Refusal(event, aet, address, why)
        with self._lock:
            if refusal not in self._counts and len(self._counts) >= MOST_PEERS:
                refusal = Refusal(event, OTHERS, "", "")
            self._counts[refusal] += 1

    async def write(self, store: PostgresStore) -> None:
        """Write what has been counted."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        async with store.transaction() as transaction:
            for refusal, count in counts.items():
                await transaction.add_audit(
                    AuditEntry(
                        event=refusal.event,
                        actor=refusal.aet or refusal.address,
                        address=refusal.address,
                        outcome=AuditOutcome.SERIOUS_FAILURE,
                        payload={"why": refusal.why, "times": count},
                    )
                )
