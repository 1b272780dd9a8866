"""Messages to RIS, PACS and EHR, in the order in which they are to arrive; part of a `Store` transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from collega.model.outgoing import OutgoingMessage, OutgoingState


class Outgoing(Protocol):
    """The queue of each destination."""

    async def add_outgoing(self, message: OutgoingMessage) -> bool:
        """Queue a message; False where one with its control id is there already."""
        ...

    async def outgoing_of(self, study_key: str) -> Sequence[OutgoingMessage]:
        """List the messages about a study, oldest first."""
        ...

    async def outgoing(self, key: str) -> OutgoingMessage | None:
        """Find a message."""
        ...

    async def next_outgoing(self, destination: str) -> OutgoingMessage | None:
        """Find the oldest message that waits for a destination."""
        ...

    async def destinations_waited_for(self) -> Collection[str]:
        """Name the destinations for which something waits."""
        ...

    async def set_outgoing(
        self, message: OutgoingMessage, *, state: OutgoingState, at: datetime, detail: str = "", begun: bool = False
    ) -> None:
        """Move a message on; `FencedError` where it has moved meanwhile."""
        ...
