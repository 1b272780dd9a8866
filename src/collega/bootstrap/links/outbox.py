"""Messages to RIS, PACS and EHR, as commands ask for them: list, retry, discard."""

from datetime import UTC, datetime
from typing import Any

from collega.adapters.postgres import views
from collega.bootstrap.site import Asked
from collega.config import Settings
from collega.deliver.messages import note, tell_now
from collega.deliver.tell import link_name
from collega.errors import InputError
from collega.formats.hl7.results import named
from collega.model.audit import AuditEntry
from collega.model.outgoing import OutgoingKind, OutgoingMessage, OutgoingState

RETRIABLE = frozenset({OutgoingState.REFUSED, OutgoingState.DISCARDED})
DISCARDABLE = frozenset({OutgoingState.WAITING, OutgoingState.REFUSED})
OF_FLAGS = frozenset({OutgoingKind.PRIORITY, OutgoingKind.FLAG_WITHDRAWAL})
COUNTS = frozenset({OutgoingState.WAITING, OutgoingState.ACKNOWLEDGED})
LOGGED = {"message_retried": "message retried", "message_discarded": "message discarded"}


async def list_messages(transaction: Asked, state: str, limit: int) -> list[dict[str, Any]]:
    """List the latest messages, those of one state where it is named."""
    return await views.outgoing_messages(transaction, state, limit)


async def list_destinations(transaction: Asked, settings: Settings) -> list[dict[str, Any]]:
    """List the destinations of the settings, with what waits for each, and whether it answers."""
    counts = await views.outgoing_counts(transaction)
    found = []
    for item in settings.hl7.destinations:
        failures, not_before = await transaction.link(link_name(item.name))
        rest = {"failures": failures, "not_before": not_before}
        of_it = {str(state): counts.get((item.name, str(state)), 0) for state in OutgoingState}
        address = f"{item.host}:{item.port}"
        found.append({"destination": item.name, "kind": item.kind, "address": address, **of_it, **rest})
    return found


async def retry_message(transaction: Asked, key: str, actor: str) -> None:
    """Have a message sent again, with the bytes and the control id that it had."""
    message = await _find(transaction, key)
    if message.state not in RETRIABLE:
        text = f"{key} is {message.state}: only a message that was refused or discarded can be sent again"
        raise InputError(text)
    later = [item for item in await transaction.outgoing_of(message.study_key) if _takes_its_place(item, message)]
    if later:
        text = f"{key}: a later message has taken its place ({later[-1].key}); sent now, it would undo that one"
        raise InputError(text)
    await _move(transaction, message, OutgoingState.WAITING, "message_retried", actor)
    await transaction.set_link(link_name(message.destination), 0, None)
    await transaction.add_step(tell_now(message.destination))


async def discard_message(transaction: Asked, key: str, actor: str) -> None:
    """Put a message aside; the next one for its destination goes."""
    message = await _find(transaction, key)
    if message.state not in DISCARDABLE:
        text = f"{key} is {message.state}: there is nothing to discard"
        raise InputError(text)
    await _move(transaction, message, OutgoingState.DISCARDED, "message_discarded", actor)
    await transaction.add_step(tell_now(message.destination))


def _takes_its_place(item: OutgoingMessage, message: OutgoingMessage) -> bool:
    same = (item.destination, item.subject) == (message.destination, message.subject)
    if message.kind is OutgoingKind.WITHDRAWAL and named(item.encoded).number != named(message.encoded).number:
        return False  # what was told of another patient is not in the place of what was taken back from this one
    is_result = not {message.kind, item.kind} & OF_FLAGS
    return same and is_result and item.key > message.key and item.state in COUNTS


async def _move(transaction: Asked, message: OutgoingMessage, state: OutgoingState, kind: str, actor: str) -> None:
    now = datetime.now(UTC)
    await transaction.set_outgoing(message, state=state, at=now, detail=f"by {actor}")
    await note(transaction, message, kind, now, actor)
    payload = {"message": message.key, "destination": message.destination}
    await transaction.add_audit(
        AuditEntry(event=LOGGED[kind], actor=actor, study_key=message.study_key, payload=payload)
    )


async def _find(transaction: Asked, key: str) -> OutgoingMessage:
    message = await transaction.outgoing(key)
    if message is None:
        text = f"{key}: no such message; see `collega outbox list`"
        raise InputError(text)
    return message
