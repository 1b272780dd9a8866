"""Protocol data units out of one buffer (PS3.8 9.3): nothing is copied between socket and owner."""

import contextlib
import socket
import struct
from collections.abc import Iterator
from enum import IntEnum

HEADER = struct.Struct(">BxI")  # PDU type, reserved, length
PDV_HEADER = struct.Struct(">IBB")  # length, presentation context, message control header
LAST_FRAGMENT, COMMAND = 0x02, 0x01  # bits of the message control header (PS3.8 E.2)
BUFFERED_PDUS = 4  # an object of half a megabyte is read by one or two calls
TLS_HANDSHAKE = 0x16  # first byte of a TLS connection (RFC 8446 5.1); read as a PDU it is always too long
MOST_ASSOCIATE_BYTES = 1 << 20  # 128 contexts with all transfer syntaxes take a tenth of it


class PduType(IntEnum):
    """Types of protocol data units."""

    ASSOCIATE_RQ = 0x01
    ASSOCIATE_AC = 0x02
    ASSOCIATE_RJ = 0x03
    P_DATA = 0x04
    RELEASE_RQ = 0x05
    RELEASE_RP = 0x06
    ABORT = 0x07


class AbortReason(IntEnum):
    """Reasons of an abort by the provider (PS3.8 9.3.8)."""

    NOT_SPECIFIED = 0x00
    UNRECOGNISED = 0x01
    UNEXPECTED = 0x02
    INVALID_VALUE = 0x06


class ProtocolBreakError(Exception):
    """The peer does not keep to PS3.8: the association is aborted, nothing else is touched."""

    def __init__(self, reason: AbortReason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class ConnectionEndedError(Exception):
    """The connection has ended, or nothing came for the idle time."""


class Wire:
    """One connection, read through one buffer.

    Parameters
    ----------
    connection : socket.socket
        Connected; TLS is fine. Its receive time-out is the idle time.
    most_bytes : int
        Longest P-DATA PDU that is taken, in bytes without its header of six.
    """

    def __init__(self, connection: socket.socket, most_bytes: int) -> None:
        self._connection = connection
        self._most = most_bytes
        self._buffer = bytearray(BUFFERED_PDUS * (most_bytes + HEADER.size))
        self._view = memoryview(self._buffer)
        self._start = self._end = 0

    def next_pdu(self) -> tuple[int, memoryview]:
        """Wait for the next PDU; its type and its content, which is valid until the next call.

        Raises
        ------
        ProtocolBreakError
            It is longer than agreed.
        ConnectionEndedError
            The peer has gone, or keeps silent.
        """
        self._need(HEADER.size)
        kind, length = HEADER.unpack_from(self._buffer, self._start)
        if length > self._limit(kind):
            text = f"a PDU of type {kind:#04x} with {length} bytes, {self._limit(kind)} are taken"
            if kind == TLS_HANDSHAKE:
                text = "it speaks TLS; this is the plain port"
            raise ProtocolBreakError(AbortReason.INVALID_VALUE, text)
        self._need(HEADER.size + length)
        begin = self._start + HEADER.size
        self._start = begin + length
        return kind, self._view[begin : self._start]

    def has_next(self) -> bool:
        """Whether the next PDU is here already, so that views of this one stay valid while it is read."""
        there = self._end - self._start
        return there >= HEADER.size and there >= HEADER.size + HEADER.unpack_from(self._buffer, self._start)[1]

    def send(self, data: bytes) -> None:
        """Write all of it at once: a second write would wait for the first one's acknowledgement."""
        try:
            self._connection.sendall(data)
        except OSError as error:
            raise ConnectionEndedError(error.strerror or type(error).__name__) from None

    def _limit(self, kind: int) -> int:
        return min(MOST_ASSOCIATE_BYTES, self._most) if kind == PduType.ASSOCIATE_RQ else self._most

    def _need(self, size: int) -> None:
        if self._end - self._start >= size:
            return
        if self._start == self._end:
            self._start = self._end = 0
        elif self._start + size > len(self._buffer):
            left = self._end - self._start
            self._buffer[:left] = self._buffer[self._start : self._end]
            self._start, self._end = 0, left
        while self._end - self._start < size:
            self._end += self._receive()

    def _receive(self) -> int:
        try:
            count = self._connection.recv_into(self._view[self._end :])
        except (BlockingIOError, TimeoutError):
            message = "nothing came for the idle time"
            raise ConnectionEndedError(message) from None
        except OSError as error:
            raise ConnectionEndedError(error.strerror or type(error).__name__) from None
        if count == 0:
            message = "the peer closed the connection"
            raise ConnectionEndedError(message)
        with contextlib.suppress(OSError):  # Linux forgets it after use; a stock sender waits 40 ms without it
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return count


def pdvs(content: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Presentation data values of a P-DATA PDU: context, message control header, fragment.

    Raises
    ------
    ProtocolBreakError
        The lengths do not add up.
    """
    place, size = 0, len(content)
    while place < size:
        if size - place < PDV_HEADER.size:
            raise ProtocolBreakError(AbortReason.INVALID_VALUE, "a PDV without its header")
        length, context, control = PDV_HEADER.unpack_from(content, place)
        end = place + 4 + length
        if length < 2 or end > size:  # noqa: PLR2004 - context and control header
            text = f"a PDV of {length} bytes in a PDU that holds {size - place - 4}"
            raise ProtocolBreakError(AbortReason.INVALID_VALUE, text)
        yield context, control, content[place + PDV_HEADER.size : end]
        place = end


def p_data(context: int, control: int, fragment: bytes) -> bytes:
    """One PDU with one PDV."""
    pdv = PDV_HEADER.pack(len(fragment) + 2, context, control) + fragment
    return HEADER.pack(PduType.P_DATA, len(pdv)) + pdv


def release_reply() -> bytes:
    """A-RELEASE-RP (PS3.8 9.3.7)."""
    return HEADER.pack(PduType.RELEASE_RP, 4) + bytes(4)


def abort(reason: AbortReason) -> bytes:
    """A-ABORT by the service provider (PS3.8 9.3.8)."""
    return HEADER.pack(PduType.ABORT, 4) + bytes([0, 0, 2, reason])
