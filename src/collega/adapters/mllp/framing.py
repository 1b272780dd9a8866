"""Blocks of the minimal lower layer protocol: a start byte, the message, two end bytes."""

from asyncio import IncompleteReadError, LimitOverrunError, StreamReader

from collega.errors import PeerError

START, END = b"\x0b", b"\x1c\r"
MOST_BYTES = 16 << 20


async def read_block(reader: StreamReader) -> bytes | None:
    """Read the next message; None where the peer has hung up between two.

    Raises
    ------
    PeerError
        What comes is no block, is longer than `MOST_BYTES`, or is broken off.
    """
    try:
        block = await reader.readuntil(END)
    except IncompleteReadError as error:
        if not error.partial.strip():
            return None
        message = "the connection broke off in the middle of a message"
        raise PeerError(message) from None
    except LimitOverrunError:
        message = f"a message longer than {MOST_BYTES >> 20} MB, or without its end"
        raise PeerError(message) from None
    body = block[: -len(END)].lstrip(b"\r\n")
    if not body.startswith(START):
        message = "a block that does not begin with its start byte"
        raise PeerError(message)
    return body[1:]


def framed(message: bytes) -> bytes:
    """Put a message into its block."""
    return START + message + END
