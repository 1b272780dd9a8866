"""Acting upon kept messages, one after the other."""

from datetime import tzinfo
from typing import Any

import structlog

from collega.formats.hl7.dialect import Dialect
from collega.formats.hl7.facts import said
from collega.formats.hl7.message import Hl7Message, decoded
from collega.link.orders import fold
from collega.model.job import Event
from collega.model.message import Message, MessageState, OrderSaid, ReportSaid, ReportStatus
from collega.model.order import SaidOrder, SaidReport
from collega.model.study import Priority
from collega.ports.machine import Clock
from collega.ports.store import Store, Transaction

AT_ONCE = 100
SIGNED = {ReportStatus.FINAL, ReportStatus.CORRECTED, ReportStatus.ADDENDUM}
_log = structlog.get_logger()


class Applier:
    """Acts upon what waits."""

    def __init__(self, store: Store, clock: Clock, zone: tzinfo, dialect: Dialect) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._dialect = dialect

    async def apply_waiting(self) -> int:
        """Act upon the messages that wait, oldest first; how many there were."""
        async with self._store.transaction() as transaction:
            waiting = await transaction.messages_in(MessageState.WAITING, AT_ONCE)
        for message in waiting:
            try:
                async with self._store.transaction() as transaction:
                    await self._apply(transaction, message)
                    await transaction.set_message_state(message.key, MessageState.APPLIED, "", self._clock.now())
            except Exception as error:  # noqa: BLE001 - one message never holds up the others
                _log.exception("a message could not be applied", message=message.key, kind=message.kind)
                await self._fail(message, type(error).__name__)
        return len(waiting)

    async def _fail(self, message: Message, reason: str) -> None:
        async with self._store.transaction() as transaction:
            await transaction.set_message_state(message.key, MessageState.FAILED, reason, self._clock.now())

    async def _apply(self, transaction: Transaction, message: Message) -> None:
        text, _ = decoded(message.encoded)
        sent_at = message.sent_at or message.received_at
        for item, word in enumerate(said(Hl7Message(text), self._dialect, self._zone)):
            place: dict[str, Any] = {"message_key": message.key, "item": item, "sent_at": sent_at}
            place["control_id"] = message.control_id
            if isinstance(word, OrderSaid):
                await self._take_order(transaction, SaidOrder(said=word, **place))
            elif isinstance(word, ReportSaid):
                await self._take_report(transaction, SaidReport(said=word, **place))

    async def _take_order(self, transaction: Transaction, fact: SaidOrder) -> None:
        await transaction.add_order_said(fact)
        order = fold(await transaction.orders_said_with(fact))
        study_key = await transaction.save_order(order)
        if study_key is not None and order.priority is not Priority.UNKNOWN:
            await transaction.set_priority(study_key, order.priority, "order")

    async def _take_report(self, transaction: Transaction, report: SaidReport) -> None:
        study_key = await transaction.add_report(report)
        if study_key is not None and report.said.status in SIGNED:
            payload: dict[str, object] = {"status": report.said.status}
            at = report.said.signed_at or report.sent_at
            event = Event(kind="signed", at=at, study_key=study_key, actor=report.said.author, payload=payload)
            await transaction.add_event(event)
