"""A connection to a repository of audit messages: syslog over TLS (RFC 5425), which nobody answers.

The protocol has no receipts. What is known of a message is that the peer's machine has acknowledged its
bytes, and that the connection was still whole some time after; a peer that says goodbye in the way of TLS
has read all that came before.
"""

import contextlib
import fcntl
import socket
import ssl
import struct
import termios
from collections.abc import Sequence
from dataclasses import dataclass

from collega.errors import ConfigurationError, PeerError

GOODBYE_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SyslogPeer:
    """Where the repository is, and the files in PEM form: whom to trust, and who we are."""

    host: str
    port: int
    ca: str
    certificate: str
    key: str
    timeout_s: float

    @property
    def name(self) -> str:
        """What it is called in the database."""
        return f"{self.host}:{self.port}"


def tls_context(peer: SyslogPeer) -> ssl.SSLContext:
    """Make the client's side of TLS; the peer's certificate and name are always checked.

    Raises
    ------
    ConfigurationError
        A file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=peer.ca or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if peer.certificate:
            context.load_cert_chain(peer.certificate, peer.key)
    except OSError as error:
        message = f"audit.ca, audit.certificate, audit.key: {error.strerror or error}"
        raise ConfigurationError(message) from None
    return context


class SyslogLink:
    """An open connection; every method blocks, for ``timeout_s`` at most.

    Raises
    ------
    PeerError
        The repository is not there, is not trusted, or has gone.
    """

    def __init__(self, peer: SyslogPeer, context: ssl.SSLContext) -> None:
        try:
            plain = socket.create_connection((peer.host, peer.port), peer.timeout_s)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._socket = context.wrap_socket(plain, server_hostname=peer.host)
        except OSError as error:
            raise PeerError(_why(error)) from None
        self._timeout_s = peer.timeout_s

    def send(self, frames: Sequence[bytes]) -> None:
        """Send messages."""
        try:
            self._socket.settimeout(self._timeout_s)
            self._socket.sendall(b"".join(frames))
        except OSError as error:
            raise PeerError(_why(error)) from None

    def is_acknowledged(self) -> bool:
        """Whether the peer's machine has all that was sent; `PeerError` where the peer has gone."""
        try:
            self._socket.setblocking(False)  # noqa: FBT003 - the standard library's own
            with contextlib.suppress(ssl.SSLWantReadError):
                if not self._socket.recv(4096):
                    message = "it has closed the connection"
                    raise PeerError(message)
            left = fcntl.ioctl(self._socket.fileno(), termios.TIOCOUTQ, bytes(4))
        except OSError as error:
            raise PeerError(_why(error)) from None
        return bool(struct.unpack("i", left)[0] == 0)

    def close(self) -> bool:
        """Say goodbye; whether the peer has answered, and so has read everything."""
        try:
            self._socket.settimeout(GOODBYE_SECONDS)
            self._socket.unwrap()
        except (OSError, ValueError):
            return False
        else:
            return True
        finally:
            self._socket.close()


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return str(error.strerror or error)
