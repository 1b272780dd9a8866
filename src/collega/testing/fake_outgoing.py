"""Messages to RIS, PACS and EHR in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from collega.errors import FencedError
from collega.model.outgoing import OutgoingMessage, OutgoingState
from collega.testing.fake_arrivals import FakeArrivals

ANSWERED = frozenset({OutgoingState.ACKNOWLEDGED, OutgoingState.REFUSED})


class FakeOutgoing(FakeArrivals):
    """See `collega.ports.outgoing.Outgoing`."""

    async def add_outgoing(self, message: OutgoingMessage) -> bool:
        """Queue a message, once for each control id."""
        if any(item.control_id == message.control_id for item in self._memory.outgoing.values()):
            return False
        key = self._memory.next_key()
        self._memory.outgoing[key] = replace(message, key=key)
        return True

    async def outgoing_of(self, study_key: str) -> Sequence[OutgoingMessage]:
        """List the messages about a study, oldest first."""
        return [item for item in self._memory.outgoing.values() if item.study_key == study_key]

    async def outgoing(self, key: str) -> OutgoingMessage | None:
        """Find a message."""
        return self._memory.outgoing.get(key)

    async def next_outgoing(self, destination: str) -> OutgoingMessage | None:
        """Find the oldest message that waits for a destination."""
        waiting = (item for item in self._memory.outgoing.values() if item.state is OutgoingState.WAITING)
        return next((item for item in waiting if item.destination == destination), None)

    async def destinations_waited_for(self) -> Collection[str]:
        """Name the destinations for which something waits."""
        return {item.destination for item in self._memory.outgoing.values() if item.state is OutgoingState.WAITING}

    async def set_outgoing(
        self, message: OutgoingMessage, *, state: OutgoingState, at: datetime, detail: str = "", begun: bool = False
    ) -> None:
        """Compare state and attempt, then set."""
        known = self._memory.outgoing.get(message.key)
        if known is None or (known.state, known.attempt) != (message.state, message.attempt):
            text = f"message {message.key} is no longer {message.state}"
            raise FencedError(text)
        self._memory.outgoing[message.key] = replace(
            known,
            state=state,
            detail=detail,
            attempt=known.attempt + begun,
            answered_at=at if state in ANSWERED else known.answered_at,
        )
