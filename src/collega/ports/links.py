"""What RIS and EHR said, and what follows from it; part of a `Store` transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from collega.model.message import Message, MessageState
from collega.model.order import Order, SaidOrder, SaidReport


class Links(Protocol):
    """Messages as they came, orders, reports."""

    async def add_messages(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Keep messages; give for each the one that is kept, which is an older one where the bytes are the same."""
        ...

    async def messages_in(self, state: MessageState, limit: int) -> Sequence[Message]:
        """List messages in one state, in the order of their arrival."""
        ...

    async def set_message_state(self, key: str, state: MessageState, reason: str, at: datetime) -> None:
        """Note how far a message is, and why."""
        ...

    async def add_order_said(self, said: SaidOrder) -> None:
        """Keep what a message said of an order; once for each message and item."""
        ...

    async def orders_said_with(self, said: SaidOrder) -> Sequence[SaidOrder]:
        """Lock and list all that was said of the order that these numbers name."""
        ...

    async def save_order(self, order: Order) -> str | None:
        """Put an order in the place of those that have one of its numbers; the key of its study where that is here."""
        ...

    async def order_of(self, study_key: str) -> Order | None:
        """Find the order of a study."""
        ...

    async def add_report(self, report: SaidReport) -> str | None:
        """Keep a version of a report, once, and link it; the key of its study where that is here."""
        ...

    async def reports_of(self, study_key: str) -> Sequence[SaidReport]:
        """List the versions of a study's report, the newest last."""
        ...
