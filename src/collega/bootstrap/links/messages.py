"""What operators ask of messages, and the one thing that they change: another try."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres.store import PostgresTransaction
from collega.config import Settings
from collega.errors import InputError, MessageError
from collega.formats.hl7.dialect_file import read_dialects
from collega.formats.hl7.facts import said
from collega.formats.hl7.message import Hl7Message, decoded
from collega.model.audit import AuditEntry
from collega.model.merge import Identity, identity
from collega.model.message import Message, MessageChange, MessageState, patients_of
from collega.model.order import Order, Report
from collega.model.standing import standing
from collega.model.study import Study
from collega.ports.linked import links_of

# What asks for somebody: it came, and nothing follows from it.
UNSEEN = (MessageState.FAILED, MessageState.UNUSABLE, MessageState.REFUSED)


async def list_messages(
    transaction: PostgresTransaction, states: Sequence[MessageState], limit: int
) -> list[dict[str, Any]]:
    """List messages without anything of a patient."""
    return [_listed(message) for message in await transaction.messages(states or UNSEEN, limit)]


async def show_message(
    transaction: PostgresTransaction, settings: Settings, key: str, actor: str | None
) -> dict[str, Any]:
    """Show a message; its text only to somebody who gives a name, which is kept in the audit record."""
    message = await _find(transaction, key)
    found = _listed(message) | {"bytes": len(message.encoded), "tries": message.tries, "repeats": message.repeats}
    if actor is None:
        return found
    text, codec = decoded(message.encoded)
    payload = {"message": message.key, "kind": message.kind}
    people = _people(settings, text)
    await transaction.add_audit(AuditEntry(event="message read", actor=actor, people=people, payload=payload))
    return found | {"codec": codec, "segments": [line for line in text.replace("\n", "\r").split("\r") if line]}


async def replay_messages(transaction: PostgresTransaction, keys: Sequence[str], actor: str) -> list[str]:
    """Have messages applied again, all that nothing followed from where none is named; their keys."""
    named = [await _find(transaction, key) for key in keys] or await transaction.messages(UNSEEN, 100_000)
    now = datetime.now(UTC)
    changes = [MessageChange(key=message.key, state=MessageState.WAITING, at=now) for message in named]
    await transaction.change_messages(changes)
    for message in named:
        payload = {"message": message.key}
        await transaction.add_audit(AuditEntry(event="message replayed", actor=actor, payload=payload))
    return [message.key for message in named]


def read_message(settings: Settings, encoded: bytes) -> list[dict[str, Any]]:
    """Tell what would be made of a message; nothing is kept.

    Raises
    ------
    InputError
        Nothing can be made of it; the text says why.
    """
    text, codec = decoded(encoded)
    try:
        message = Hl7Message(text)
        words = said(message, read_dialects(settings.hl7.dialect).of(message), ZoneInfo(settings.site.timezone))
    except MessageError as error:
        raise InputError(str(error)) from None
    return [
        {"what": type(word).__name__.removesuffix("Said").lower(), "codec": codec, **asdict(word)} for word in words
    ]


def _people(settings: Settings, text: str) -> tuple[Identity, ...]:
    """Tell of whom a message is; of what cannot be read nobody knows."""
    try:
        message = Hl7Message(text)
        words = said(message, read_dialects(settings.hl7.dialect).of(message), ZoneInfo(settings.site.timezone))
    except MessageError:
        return ()
    return tuple(dict.fromkeys(identity(patient) for word in words for patient in patients_of(word)))


async def _find(transaction: PostgresTransaction, key: str) -> Message:
    message = await transaction.message(key)
    if message is None:
        text = f"{key}: no such message, or several; see `collega messages list`"
        raise InputError(text)
    return message


def _listed(message: Message) -> dict[str, Any]:
    return {
        "message": message.key,
        "received_at": message.received_at,
        "sent_at": message.sent_at,
        "source": message.source,
        "sender": message.sender,
        "control_id": message.control_id,
        "kind": message.kind,
        "state": message.state,
        "reason": message.reason,
    }


async def messages_account(transaction: PostgresTransaction, study: Study, *, text: bool = False) -> Mapping[str, Any]:
    """Tell the orders and the report of a study, and what bears its number but is another patient's."""
    found = await links_of(transaction, study)
    report = standing(found.reports)
    return {
        "priority": study.priority,
        "priority_source": study.priority_source,
        "dicom_priority": study.dicom_priority,
        "came_as": study.came_as.patient_id if study.came_as else None,
        "order_standing": found.standing,
        "orders": [_order(order) for order in found.orders],
        "report": _report(report, text=text) if report else None,
        "unlinked": [
            {
                "kind": "order" if isinstance(item, Order) else "report",
                "numbers": [*item.tokens] if isinstance(item, Order) else [*item.said.numbers.tokens],
                "reason": "other-patient",
            }
            for item in found.apart
        ],
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "placer": order.numbers.placer,
        "filler": order.numbers.filler,
        "accession_number": order.numbers.accession,
        "standing": order.standing,
        "status": order.status,
        "priority": order.priority,
        "procedure": order.procedure,
        "location": order.location,
        "ordered_at": order.ordered_at,
        "changed_at": order.changed_at,
    }


def _report(report: Report, *, text: bool) -> dict[str, Any]:
    told = {
        "status": report.status,
        "signed": report.is_signed,
        "author": report.author,
        "at": report.at,
        "versions": report.versions,
    }
    return told | ({"text": report.text} if text else {})


def listens(settings: Settings) -> bool:
    """Tell whether this site takes messages at all."""
    return settings.hl7.port > 0
