"""A message on its way in: kept and committed before it is answered, then acted upon."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

import structlog

from collega.errors import MessageError
from collega.formats.hl7.acknowledgement import Acknowledgement, acknowledgement
from collega.formats.hl7.dialect import Dialects
from collega.formats.hl7.facts import said
from collega.formats.hl7.message import Hl7Message, decoded
from collega.formats.hl7.moment import moment
from collega.model.message import Message, MessageState
from collega.ports.machine import Clock
from collega.ports.store import MessageStore

# State of a kept message -> what its sender is answered.
ANSWERS = {
    MessageState.WAITING: Acknowledgement.ACCEPTED,
    MessageState.APPLIED: Acknowledgement.ACCEPTED,
    MessageState.FAILED: Acknowledgement.ACCEPTED,
    MessageState.UNUSABLE: Acknowledgement.ERROR,
    MessageState.REFUSED: Acknowledgement.REJECTED,
}
REFUSED = {"hl7-header", "hl7-type"}
LONGEST = 199  # of what is kept beside a message, to list it by; the message itself is kept whole
UNUSED = {MessageState.UNUSABLE, MessageState.REFUSED}
_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class Came:
    """A message that has come: as it is kept, and read as far as it can be."""

    kept: Message
    message: Hl7Message | None


class Inbox:
    """Takes messages; called on the event loop.

    Parameters
    ----------
    came : callable
        Told when messages are kept that are to be acted upon.
    """

    def __init__(
        self,
        store: MessageStore,
        clock: Clock,
        zone: tzinfo,
        dialects: Dialects,
        came: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._dialects = dialects
        self._came = came

    async def take(self, messages: Sequence[tuple[bytes, str]]) -> Sequence[bytes]:
        """Keep messages, all or none, and give the answer to each: nothing is answered before it is committed.

        Each comes with the address of its sender.
        """
        came = [self._read(encoded, source) for encoded, source in messages]
        kept = await self._store.keep_messages([item.kept for item in came])
        self._came()
        at = self._clock.now().astimezone(self._zone)
        for found in kept:
            if found.state in UNUSED and not found.repeats:
                _log.warning(
                    "a message is kept but cannot be acted upon",
                    message=found.key,
                    state=found.state,
                    why=found.reason,
                    address=found.source,
                )
        return [
            acknowledgement(item.message, ANSWERS[found.state], at, found.key, found.reason)
            for item, found in zip(came, kept, strict=True)
        ]

    def _read(self, encoded: bytes, source: str) -> Came:
        now = self._clock.now()
        kept = Message(
            key="",
            received_at=now,
            source=source,
            sender="",
            control_id="",
            kind="",
            sent_at=None,
            digest=hashlib.sha256(encoded).digest(),
            encoded=encoded,
            state=MessageState.WAITING,
        )
        message: Hl7Message | None = None
        try:
            text, _ = decoded(encoded)
            message = Hl7Message(text)
            header = message.header
            kept = replace(
                kept,
                sender=" ".join(part for part in (header.value(3), header.value(4)) if part)[:LONGEST],
                control_id=header.value(10)[:LONGEST],
                kind=message.kind[:LONGEST],
                sent_at=moment(header.value(7), self._zone),
            )
            said(message, self._dialects.of(message), self._zone)
        except MessageError as error:
            state = MessageState.REFUSED if error.code in REFUSED else MessageState.UNUSABLE
            kept = replace(kept, state=state, reason=str(error))
        return Came(kept=kept, message=message)
