"""How messages from and to RIS and EHR go, in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from collega.model.message import MessageState
from collega.model.outage import DestinationSigns, MessageSigns, SenderSigns
from collega.model.outgoing import OutgoingState
from collega.testing.fake_arrivals import FakeArrivals

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
MOST_COUNTED = 10


class FakeMessageSigns(FakeArrivals):
    """See `collega.ports.upkeep.Outages`."""

    async def message_signs(
        self, destinations: Sequence[str], zone: ZoneInfo, at: datetime, *, silent: timedelta | None
    ) -> MessageSigns:
        """Gather what bears on messages from and to others; senders only where a silence counts."""
        came = list(self._memory.messages.values())
        unusable = {MessageState.FAILED, MessageState.UNUSABLE}
        errors = [item.received_at for item in came if item.state in unusable and item.received_at > at - DAY]
        names = sorted({item.sender for item in came}) if silent is not None else []
        senders = [self._sender(name, zone, at) for name in names]
        return MessageSigns(
            links=self._memory.alive["links"] or not came,
            errors_since=min(errors, default=None),
            senders=[item for item in senders if item.last_at > at - 5 * WEEK],
            destinations=[self._destination(name) for name in destinations],
        )

    def _sender(self, name: str, zone: ZoneInfo, at: datetime) -> SenderSigns:
        times = [item.received_at for item in self._memory.messages.values() if item.sender == name]
        silence = at - max(times)
        local = at.astimezone(zone).replace(tzinfo=None)
        ends = [(local - WEEK * (week + silence // WEEK)).replace(tzinfo=zone).astimezone(UTC) for week in range(1, 5)]
        counts = [sum(end - min(silence, DAY) < time <= end for time in times) for end in ends]
        return SenderSigns(name=name, last_at=max(times), usual=min(MOST_COUNTED, *counts))

    def _destination(self, name: str) -> DestinationSigns:
        mine = [item for item in self._memory.outgoing.values() if item.destination == name]
        waits = any(item.state is OutgoingState.WAITING for item in mine)
        refused = [item.answered_at for item in mine if item.state is OutgoingState.REFUSED and item.answered_at]
        return DestinationSigns(
            name=name,
            fails=waits and self._memory.links.get(f"hl7:{name}", (0, None))[0] > 0,
            refused_since=min(refused, default=None),
        )
