"""Messages of RIS and EHR, orders and reports."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.model.message import (
    Message,
    MessageState,
    OrderControl,
    OrderNumbers,
    OrderSaid,
    ReportSaid,
    ReportStatus,
)
from collega.model.order import Order, SaidOrder, SaidReport, Standing
from collega.model.study import Patient, Priority

ADD_MESSAGE = """INSERT INTO hl7_message
        (received_at, source, sender, control_id, kind, sent_at, digest, encoded, state, reason)
    VALUES (%(received_at)s, %(source)s, %(sender)s, %(control_id)s, %(kind)s, %(sent_at)s, %(digest)s,
        %(encoded)s, %(state)s, %(reason)s)
    ON CONFLICT (digest) DO UPDATE SET repeats = hl7_message.repeats + 1 RETURNING *"""
ADD_SAID = """INSERT INTO order_said (message_key, item, sent_at, control_id, placer, filler, accession, said)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (message_key, item) DO NOTHING"""
ORDERS_SAID = """SELECT * FROM order_said WHERE placer <> '' AND placer = %(placer)s
    OR filler <> '' AND filler = %(filler)s OR accession <> '' AND accession = %(accession)s"""
REMOVE_ORDERS = """DELETE FROM imaging_order WHERE placer <> '' AND placer = %(placer)s
    OR filler <> '' AND filler = %(filler)s OR accession <> '' AND accession = %(accession)s"""
ADD_REPORT = """INSERT INTO report (message_key, item, sent_at, control_id, placer, filler, accession, issuer,
        patient_id, study_instance_uid, status, text, author, signed_at, study_key)
    VALUES (%(message_key)s, %(item)s, %(sent_at)s, %(control_id)s, %(placer)s, %(filler)s, %(accession)s, %(issuer)s,
        %(patient_id)s, %(study_instance_uid)s, %(status)s, %(text)s, %(author)s, %(signed_at)s,
        (SELECT study_key FROM study WHERE accession_number = %(accession)s AND accession_number <> '' LIMIT 1))
    ON CONFLICT (message_key, item) DO NOTHING RETURNING study_key"""
SAVE_ORDER = """INSERT INTO imaging_order (placer, filler, accession, issuer, patient_id, standing, status,
        procedure_code, procedure, modality, priority, location, requester, study_instance_uid, ordered_at,
        scheduled_at, changed_at, study_key)
    VALUES (%(placer)s, %(filler)s, %(accession)s, %(issuer)s, %(patient_id)s, %(standing)s, %(status)s,
        %(procedure_code)s, %(procedure)s, %(modality)s, %(priority)s, %(location)s, %(requester)s,
        %(study_instance_uid)s, %(ordered_at)s, %(scheduled_at)s, %(changed_at)s,
        (SELECT study_key FROM study WHERE accession_number = %(accession)s AND accession_number <> '' LIMIT 1))
    RETURNING study_key"""
MOMENTS = ("ordered_at", "scheduled_at")


class PostgresLinks(PostgresArrivals):
    """The part of a transaction that keeps what RIS and EHR say."""

    async def add_messages(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Keep messages; the same bytes are the same message."""
        kept = []
        for message in messages:
            row = await self._one(ADD_MESSAGE, asdict(message))
            if row is not None:
                kept.append(_message(row))
        return kept

    async def messages_in(self, state: MessageState, limit: int) -> Sequence[Message]:
        """List messages in one state, in the order of their arrival."""
        found = await self._all(
            "SELECT * FROM hl7_message WHERE state = %s ORDER BY message_key LIMIT %s", (state, limit)
        )
        return [_message(row) for row in found]

    async def set_message_state(self, key: str, state: MessageState, reason: str, at: datetime) -> None:
        """Note how far a message is, and why."""
        await self._connection.execute(
            "UPDATE hl7_message SET state = %s, reason = %s, changed_at = %s WHERE message_key = %s",
            (state, reason, at, key),
        )

    async def add_order_said(self, said: SaidOrder) -> None:
        """Keep what a message said of an order."""
        numbers = said.said.numbers
        body = Jsonb(_said_as_json(said.said))
        place = (said.message_key, said.item, said.sent_at, said.control_id)
        await self._connection.execute(ADD_SAID, (*place, numbers.placer, numbers.filler, numbers.accession, body))

    async def orders_said_with(self, said: SaidOrder) -> Sequence[SaidOrder]:
        """List all that was said of the order that these numbers name."""
        found = await self._all(ORDERS_SAID, asdict(said.said.numbers))
        return [_said_order(row) for row in found]

    async def save_order(self, order: Order) -> str | None:
        """Put an order in the place of those that have one of its numbers; the key of its study."""
        numbers = asdict(order.numbers)
        await self._connection.execute(REMOVE_ORDERS, numbers)
        values = asdict(order) | numbers
        values |= {"issuer": order.patient.issuer, "patient_id": order.patient.patient_id}
        row = await self._one(SAVE_ORDER, values)
        return row["study_key"] if row else None

    async def order_of(self, study_key: str) -> Order | None:
        """Find the order of a study."""
        row = await self._one(
            "SELECT * FROM imaging_order WHERE study_key = %s ORDER BY changed_at DESC LIMIT 1", (study_key,)
        )
        return _order(row) if row else None

    async def add_report(self, report: SaidReport) -> str | None:
        """Keep a version of a report, and link it; the key of its study."""
        said = report.said
        values = asdict(said) | asdict(said.numbers)
        values |= {"issuer": said.patient.issuer, "patient_id": said.patient.patient_id}
        values |= {
            "message_key": report.message_key,
            "item": report.item,
            "sent_at": report.sent_at,
            "control_id": report.control_id,
        }
        row = await self._one(ADD_REPORT, values)
        return row["study_key"] if row else None

    async def reports_of(self, study_key: str) -> Sequence[SaidReport]:
        """List the versions of a study's report, the newest last."""
        found = await self._all("SELECT * FROM report WHERE study_key = %s ORDER BY sent_at, control_id", (study_key,))
        return [_report(row) for row in found]


def _message(row: Mapping[str, Any]) -> Message:
    return Message(
        key=str(row["message_key"]),
        received_at=row["received_at"],
        source=row["source"],
        sender=row["sender"],
        control_id=row["control_id"],
        kind=row["kind"],
        sent_at=row["sent_at"],
        digest=row["digest"],
        encoded=row["encoded"],
        state=MessageState(row["state"]),
        reason=row["reason"],
    )


def _said_as_json(said: OrderSaid) -> dict[str, Any]:
    values = asdict(said)
    return values | {name: values[name] and values[name].isoformat() for name in MOMENTS}


def _said_order(row: Mapping[str, Any]) -> SaidOrder:
    values = dict(row["said"])
    values |= {name: datetime.fromisoformat(values[name]) if values[name] else None for name in MOMENTS}
    values |= {
        "numbers": OrderNumbers(**values["numbers"]),
        "patient": Patient(**values["patient"]),
        "control": OrderControl(values["control"]),
        "priority": Priority(values["priority"]),
    }
    return SaidOrder(
        message_key=str(row["message_key"]),
        item=row["item"],
        sent_at=row["sent_at"],
        control_id=row["control_id"],
        said=OrderSaid(**values),
    )


def _order(row: Mapping[str, Any]) -> Order:
    return Order(
        numbers=_numbers(row),
        patient=Patient(issuer=row["issuer"], patient_id=row["patient_id"]),
        standing=Standing(row["standing"]),
        status=row["status"],
        procedure_code=row["procedure_code"],
        procedure=row["procedure"],
        modality=row["modality"],
        priority=Priority(row["priority"]),
        location=row["location"],
        requester=row["requester"],
        study_instance_uid=row["study_instance_uid"],
        ordered_at=row["ordered_at"],
        scheduled_at=row["scheduled_at"],
        changed_at=row["changed_at"],
    )


def _report(row: Mapping[str, Any]) -> SaidReport:
    said = ReportSaid(
        numbers=_numbers(row),
        patient=Patient(issuer=row["issuer"], patient_id=row["patient_id"]),
        status=ReportStatus(row["status"]),
        text=row["text"],
        author=row["author"],
        study_instance_uid=row["study_instance_uid"],
        signed_at=row["signed_at"],
    )
    return SaidReport(
        message_key=str(row["message_key"]),
        item=row["item"],
        sent_at=row["sent_at"],
        control_id=row["control_id"],
        said=said,
    )


def _numbers(row: Mapping[str, Any]) -> OrderNumbers:
    return OrderNumbers(placer=row["placer"], filler=row["filler"], accession=row["accession"])
