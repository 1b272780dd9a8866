"""Messages of RIS and EHR in memory, as they came."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from collega.model.message import Message, MessageChange, MessageState
from collega.testing.fake_arrivals import FakeArrivals


class FakeMessages(FakeArrivals):
    """See `collega.ports.links.Messages`."""

    async def add_messages(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Keep messages; the same bytes are the same message."""
        kept = []
        for message in messages:
            known = self._memory.messages.get(self._memory.message_keys.get(message.digest, ""))
            fresh = replace(known, repeats=known.repeats + 1) if known else None
            stored = fresh or replace(message, key=self._memory.next_key())
            self._memory.messages[stored.key] = stored
            self._memory.message_keys[stored.digest] = stored.key
            kept.append(stored)
        return kept

    async def messages_waiting(self, limit: int, at: datetime) -> Sequence[Message]:
        """List messages that wait and are due, in the order of their arrival."""
        waiting = [item for item in self._memory.messages.values() if item.state is MessageState.WAITING]
        due = self._memory.messages_due
        return [item for item in waiting if due.get(item.key, at) <= at][:limit]

    async def message(self, key: str) -> Message | None:
        """Find a message by its key or the beginning of it."""
        found = [item for item in self._memory.messages.values() if item.key.startswith(key)]
        return found[0] if len(found) == 1 else None

    async def messages(self, states: Sequence[MessageState], limit: int) -> Sequence[Message]:
        """List messages in these states, the newest first."""
        found = [item for item in self._memory.messages.values() if item.state in states]
        return sorted(found, key=lambda item: item.key, reverse=True)[:limit]

    async def change_messages(self, changes: Sequence[MessageChange]) -> None:
        """Note how far messages are, and why."""
        for change in changes:
            self._memory.messages[change.key] = replace(
                self._memory.messages[change.key], state=change.state, reason=change.reason, tries=change.tries
            )
            self._memory.messages_due.pop(change.key, None)
            if change.next_at is not None:
                self._memory.messages_due[change.key] = change.next_at
