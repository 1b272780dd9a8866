"""The DICOM port: it listens, turns away who may not call, and gives each association a thread."""

import contextlib
import errno
import itertools
import socket
import ssl
import struct
import threading
import time
from collections.abc import Sequence

import structlog

from collega.adapters.dimse.association import Association, Refused, Rules, Taker
from collega.adapters.dimse.negotiation import STORAGE, Rejection
from collega.adapters.dimse.provided import WORDS
from collega.adapters.dimse.services import Services
from collega.adapters.dimse.tls import TlsPort, secure
from collega.errors import ConfigurationError, PeerError
from collega.model.caller import PeerRule, PeerService, services_of

BACKLOG = 128
GRACE_SECONDS = 5.0
_CLOSED = frozenset({errno.EBADF, errno.EINVAL})
_log = structlog.get_logger()


class DicomReceiver:
    """A listening application entity; every called AE title is answered.

    Parameters
    ----------
    taker : Taker
    services : mapping
        What answers all requests but C-STORE; see `collega.adapters.dimse.provided`.
    peers : sequence of PeerRule
        Allowed callers; empty allows all.
    most_pdu_bytes : int
        Longest PDU that is asked for.
    tls : TlsPort, optional
        A port for DICOM over TLS, beside the plain one or instead of it.
    refused : callable, optional
        Hears of whoever is turned away.
    """

    def __init__(  # noqa: PLR0913 - one setting each
        self,
        taker: Taker,
        services: Services,
        *,
        host: str,
        port: int,
        peers: Sequence[PeerRule],
        max_associations: int,
        idle_timeout_s: float,
        most_pdu_bytes: int = 1 << 17,
        tls: TlsPort | None = None,
        refused: Refused = lambda *_: None,
    ) -> None:
        self._taker = taker
        self._address = (host, port)
        self._peers = peers
        self._services = services
        self._most = max_associations
        self._idle_s = idle_timeout_s
        self._rules = Rules(most_pdu_bytes=most_pdu_bytes, judge=self._judge, services=services, refused=refused)
        self._names = itertools.count(1)
        self._open: dict[Association, threading.Thread] = {}
        self._lock = threading.Lock()
        self._tls = tls
        self._listeners: list[socket.socket] = []
        self._has_ended = False

    def start(self) -> int:
        """Listen, and return the plain port; the port for TLS where there is no plain one."""
        host, port = self._address
        if self._tls is None or not self._tls.only:
            self._listen((host, port), "dicom.port", None)
        if self._tls is not None:
            self._listen((host, self._tls.port), "dicom.tls_port", self._tls.context)
        return int(self._listeners[0].getsockname()[1])

    def _listen(self, address: tuple[str, int], setting: str, context: ssl.SSLContext | None) -> None:
        try:
            listener = socket.create_server(address, backlog=BACKLOG)
        except OSError as error:
            where = f"{address[0]}:{address[1]}"
            message = f"dicom.host, {setting}: cannot listen on {where}: {error.strerror}"
            raise ConfigurationError(message) from None
        self._listeners.append(listener)
        threading.Thread(target=self._accept, args=(listener, context), name="dicom-accept", daemon=True).start()

    def stop(self) -> None:
        """Accept no more; let each association end the object that is under way, for some seconds."""
        for listener in self._listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            self._has_ended = True
            open_now = dict(self._open)
        for association in open_now:
            association.end_soon()
        end = time.monotonic() + GRACE_SECONDS
        for association, thread in open_now.items():
            thread.join(max(0.0, end - time.monotonic()))
            association.cut()
        for thread in open_now.values():
            thread.join(GRACE_SECONDS)

    def _accept(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        while True:
            try:
                connection, address = listener.accept()
            except OSError as error:
                if listener.fileno() < 0 or error.errno in _CLOSED:
                    return
                _log.error("cannot accept a connection", why=error.strerror)  # such as too many open files
                time.sleep(0.1)
                continue
            if context is None:
                self._begin(connection, str(address[0]))
            else:
                # In a thread of its own: a peer that stalls in it must not hold up the next one.
                arguments = (connection, str(address[0]), context)
                threading.Thread(target=self._shake_hands, args=arguments, daemon=True).start()

    def _shake_hands(self, connection: socket.socket, address: str, context: ssl.SSLContext) -> None:
        try:
            secured = secure(context, connection, self._idle_s)
        except PeerError as error:
            _log.warning("TLS refused", address=address, why=str(error))
            self._rules.refused("TLS refused", "", address, str(error))
            return
        self._begin(secured, address)

    def _begin(self, connection: socket.socket, address: str) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Not Python's own time-out: it asks the kernel twice for each read.
        limit = struct.pack("ll", int(self._idle_s), int(self._idle_s % 1 * 1e6))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        association = Association(connection, address, f"association-{next(self._names)}", self._rules, self._taker)
        thread = threading.Thread(target=self._serve, args=(association,), daemon=True)
        with self._lock:
            if self._has_ended:
                connection.close()
                return
            self._open[association] = thread
        thread.start()

    def _serve(self, association: Association) -> None:
        try:
            association.serve()
        finally:
            with self._lock:
                self._open.pop(association, None)

    def _judge(self, aet: str, address: str) -> Rejection | frozenset[str]:
        """Say what a caller may use, or why it is turned away (PS3.8 9.3.4)."""
        allowed = services_of(self._peers, aet, address) if self._peers else frozenset(PeerService)
        if allowed is None:
            return Rejection.CALLING_AET
        with self._lock:
            if len(self._open) > self._most:
                return Rejection.LOCAL_LIMIT
        provided = {sop_class for sop_class, _ in self._services if WORDS[sop_class] in {None, *allowed}}
        return STORAGE | provided if PeerService.STORE in allowed else frozenset(provided)
