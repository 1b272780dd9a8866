"""Notices of availability in memory, and a peer that is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from collega.errors import PeerError, RefusedError
from collega.model.availability import AvailabilityNotice, Available
from collega.testing.fake_arrivals import FakeArrivals


class FakeNotices(FakeArrivals):
    """See `collega.ports.notices.Notices`."""

    async def ask_availability(self, peer: str, study_key: str, due_at: datetime) -> None:
        """Have a peer told of a study."""
        fresh = AvailabilityNotice(peer=peer, study_key=study_key, due_at=due_at)
        known = self._memory.availability.get((peer, study_key), fresh)
        self._memory.availability[peer, study_key] = replace(known, due_at=due_at)
        self._memory.availability_open.add((peer, study_key))

    async def due_availability(self, peer: str, at: datetime, limit: int) -> Sequence[AvailabilityNotice]:
        """List the notices that are due, oldest first."""
        found = [item for item in self._open(peer) if item.due_at <= at]
        return sorted(found, key=lambda item: (item.due_at, item.study_key))[:limit]

    async def close_availability(
        self,
        notice: AvailabilityNotice,
        *,
        at: datetime,  # noqa: ARG002 - the database notes it
        told: str,
        detail: str = "",  # noqa: ARG002 - the same
        due_at: datetime | None = None,
    ) -> None:
        """Note how telling ended."""
        key = (notice.peer, notice.study_key)
        known = self._memory.availability[key]
        after = replace(known, told=told, attempt=known.attempt + 1)
        if known.due_at == notice.due_at:
            after = replace(after, due_at=due_at or known.due_at)
            if due_at is None:
                self._memory.availability_open.discard(key)
        self._memory.availability[key] = after

    async def next_availability(self, peer: str) -> datetime | None:
        """When the next notice is due."""
        return min((item.due_at for item in self._open(peer)), default=None)

    def _open(self, peer: str) -> list[AvailabilityNotice]:
        return [self._memory.availability[key] for key in self._memory.availability_open if key[0] == peer]


class FakeAvailabilitySink:
    """A peer that is told; set ``away`` or ``refuses``, and it is not there or takes nothing."""

    def __init__(self) -> None:
        self.away = False
        self.refuses = False
        self.heard: list[Available] = []

    def tell(self, said: Available) -> None:
        """Hear it."""
        if self.away:
            message = "the peer does not answer"
            raise PeerError(message)
        if self.refuses:
            message = "status 0122"
            raise RefusedError(message)
        self.heard.append(said)
