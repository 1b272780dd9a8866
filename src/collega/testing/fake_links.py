"""Messages of RIS and EHR, orders and reports in memory."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from datetime import datetime

from collega.model.message import Message, MessageState, OrderNumbers
from collega.model.order import Order, SaidOrder, SaidReport
from collega.testing.fake_arrivals import FakeArrivals


class FakeLinks(FakeArrivals):
    """See `collega.ports.links.Links`."""

    async def add_messages(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Keep messages; the same bytes are the same message."""
        kept = []
        for message in messages:
            known = next((item for item in self._memory.messages.values() if item.digest == message.digest), None)
            if known is None:
                known = replace(message, key=f"message-{len(self._memory.messages):06}")
                self._memory.messages[known.key] = known
            kept.append(known)
        return kept

    async def messages_in(self, state: MessageState, limit: int) -> Sequence[Message]:
        """List messages in one state, in the order of their arrival."""
        return [message for message in self._memory.messages.values() if message.state is state][:limit]

    async def set_message_state(self, key: str, state: MessageState, reason: str, at: datetime) -> None:  # noqa: ARG002
        """Note how far a message is, and why."""
        self._memory.messages[key] = replace(self._memory.messages[key], state=state, reason=reason)

    async def add_order_said(self, said: SaidOrder) -> None:
        """Keep what a message said of an order."""
        self._memory.orders_said.setdefault((said.message_key, said.item), said)

    async def orders_said_with(self, said: SaidOrder) -> Sequence[SaidOrder]:
        """List all that was said of the order that these numbers name."""
        return [item for item in self._memory.orders_said.values() if _meet(item.said.numbers, said.said.numbers)]

    async def save_order(self, order: Order) -> str | None:
        """Put an order in the place of those that have one of its numbers."""
        self._memory.orders = [item for item in self._memory.orders if not _meet(item.numbers, order.numbers)]
        self._memory.orders.append(order)
        return self._study_with(order.numbers.accession)

    async def order_of(self, study_key: str) -> Order | None:
        """Find the order of a study."""
        found = [item for item in self._memory.orders if self._study_with(item.numbers.accession) == study_key]
        return max(found, key=lambda item: item.changed_at, default=None)

    async def add_report(self, report: SaidReport) -> str | None:
        """Keep a version of a report, once."""
        known = self._memory.reports.setdefault((report.message_key, report.item), report)
        return self._study_with(report.said.numbers.accession) if known is report else None

    async def reports_of(self, study_key: str) -> Sequence[SaidReport]:
        """List the versions of a study's report, the newest last."""
        found = [
            item for item in self._memory.reports.values() if self._study_with(item.said.numbers.accession) == study_key
        ]
        return sorted(found, key=lambda item: (item.sent_at, item.control_id))

    def _study_with(self, accession: str) -> str | None:
        keys = (study.key for study in self._memory.studies.values() if study.accession_number == accession)
        return next(keys, None) if accession else None


def _meet(left: OrderNumbers, right: OrderNumbers) -> bool:
    return any(a and a == b for a, b in zip(astuple(left), astuple(right), strict=True))
