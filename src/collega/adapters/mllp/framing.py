"""Blocks of the minimal lower layer protocol: a start byte, the message, two end bytes."""

from asyncio import IncompleteReadError, LimitOverrunError, StreamReader, timeout

from collega.errors import PeerError

START, END = b"\x0b", b"\x1c\r"
# What a peer begins with instead -> what it is.
STRANGERS = {
    b"GET ": "HTTP",
    b"POST": "HTTP",
    b"HEAD": "HTTP",
    b"PUT ": "HTTP",
    b"OPTI": "HTTP",
    b"\x16\x03": "TLS, and this port does not",
    b"\x01\x00\x00": "DICOM",
    b"MSH": "HL7 without the start byte of MLLP (0x0B)",
}
ENOUGH_TO_TELL = 4


async def read_block(reader: StreamReader, *, most_bytes: int, seconds: float, idle_seconds: float) -> bytes | None:
    """Read the next message; None where the peer has hung up between two.

    Parameters
    ----------
    seconds : float
        Within so long after its first byte a message must be whole.
    idle_seconds : float
        So long the first byte is waited for.

    Raises
    ------
    PeerError
        What comes is no block, is too long or too slow, or is broken off.
    """
    try:
        async with timeout(idle_seconds):
            first = await _first(reader)
    except TimeoutError:
        message = f"no message for {idle_seconds:g} s"
        raise PeerError(message) from None
    if not first:
        return None
    if first != START:
        raise PeerError(await _who(reader, first))
    try:
        async with timeout(seconds):
            block = await reader.readuntil(END)
    except TimeoutError:
        message = f"a message whose end did not come within {seconds:g} s"
        raise PeerError(message) from None
    except IncompleteReadError:
        message = "it hung up in the middle of a message"
        raise PeerError(message) from None
    except LimitOverrunError:
        message = f"a message longer than {most_bytes >> 20} MB, or without its end bytes (0x1C 0x0D)"
        raise PeerError(message) from None
    return block[: -len(END)]


async def _first(reader: StreamReader) -> bytes:
    """Give the first byte that is no line end, as some send them between blocks; nothing at the end."""
    while (byte := await reader.read(1)) in {b"\r", b"\n"}:
        pass
    return byte


async def _who(reader: StreamReader, first: bytes) -> str:
    try:
        async with timeout(1):
            begin = first + await reader.read(ENOUGH_TO_TELL - 1)
    except TimeoutError:
        begin = first
    found = next((who for sign, who in STRANGERS.items() if begin.startswith(sign)), "")
    return f"it speaks {found}; this is the port for HL7 messages (MLLP)" if found else "what it sends is no MLLP block"


def framed(message: bytes) -> bytes:
    """Put a message into its block."""
    return START + message + END
