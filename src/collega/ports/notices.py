"""Who is to be told that results can be had from the PACS; part of a `Store` transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from collega.model.availability import AvailabilityNotice


class Notices(Protocol):
    """Notices of availability, one for each peer and study."""

    async def ask_availability(self, peer: str, study_key: str, due_at: datetime) -> None:
        """Have a peer told of a study then; one that is to be told later already is told then."""
        ...

    async def due_availability(self, peer: str, at: datetime, limit: int) -> Sequence[AvailabilityNotice]:
        """Notices that are due, oldest first."""
        ...

    async def close_availability(
        self, notice: AvailabilityNotice, *, at: datetime, told: str, detail: str = "", due_at: datetime | None = None
    ) -> None:
        """Note how telling ended; where it was asked for anew meanwhile, that stands."""
        ...

    async def next_availability(self, peer: str) -> datetime | None:
        """When the next notice is due, None where none is."""
        ...
