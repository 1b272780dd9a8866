"""Receivers of messages in memory."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from collega.errors import PeerError
from collega.formats.hl7.message import Hl7Message, decoded


def acknowledged(encoded: bytes, code: str = "AA", reason: str = "") -> bytes:
    """Answer a message as a RIS does."""
    control_id = Hl7Message(decoded(encoded)[0]).header.value(10)
    return f"MSH|^~\\&|RIS||COLLEGA||20260302||ACK|1|P|2.5.1\rMSA|{code}|{control_id}|{reason}\r".encode()


class FakeMessageSink:
    """See `collega.ports.peers.MessageSink`.

    Attributes
    ----------
    came : list of (str, bytes)
        Destination and message, in the order of sending.
    replies : list of callable
        How the next messages are answered, one each; those after them are taken. None as an answer hangs up.
    away : set of str
        Destinations that cannot be reached.
    """

    def __init__(self) -> None:
        self.came: list[tuple[str, bytes]] = []
        self.replies: list[Callable[[bytes], bytes | None]] = []
        self.away: set[str] = set()

    def read(self, destination: str = "ris") -> Sequence[Hl7Message]:
        """Give the messages that came to a destination."""
        return [Hl7Message(decoded(encoded)[0]) for name, encoded in self.came if name == destination]

    @contextlib.asynccontextmanager
    async def connected(self, destination: str) -> AsyncIterator[Callable[[bytes], Awaitable[bytes]]]:
        """Connect for the block."""
        if destination in self.away:
            message = "connection refused"
            raise PeerError(message)

        async def exchange(message: bytes) -> bytes:
            self.came.append((destination, message))
            answer = self.replies.pop(0)(message) if self.replies else acknowledged(message)
            if answer is None:
                text = "it hung up without an answer"
                raise PeerError(text)
            return answer

        yield exchange
