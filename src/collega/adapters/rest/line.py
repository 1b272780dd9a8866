"""One connection to a DICOMweb server, kept from question to question: bounded in time and size, sent nowhere else."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from collega.adapters.rest.server import MEGABYTE, Server
from collega.adapters.rest.tls import tls_context, why_no_tls
from collega.errors import PeerError
from collega.model.peer import Fault

CHUNK = 65536
MOST_SECONDS_TO_CONNECT = 10.0
# A body may take longer than an answer: so many bytes a second are expected at least.
LEAST_RATE = 128 * 1024

# Status -> what an operator can do something about.
REASONS: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: ", it does not know us; see {section}.dicomweb_token_file and dicomweb_basic_file",
    HTTPStatus.FORBIDDEN: ", it does not allow us this",
    HTTPStatus.NOT_FOUND: ", there is no such service; is {setting} right",
    HTTPStatus.METHOD_NOT_ALLOWED: ", there is no such service; is {setting} right",
    HTTPStatus.NOT_ACCEPTABLE: ", it gives none of the forms of answer that we read",
    HTTPStatus.TOO_MANY_REQUESTS: ", it has too much to do",
    HTTPStatus.SERVICE_UNAVAILABLE: ", it cannot now",
}
FAULTS: Mapping[int, Fault] = {
    HTTPStatus.UNAUTHORIZED: Fault.UNAUTHORISED,
    HTTPStatus.FORBIDDEN: Fault.UNAUTHORISED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """An answer, whole; ``headers`` are named in small letters."""

    status: int
    kind: str
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_page(self) -> bool:
        """Whether it is a page for people, such as that of a proxy or to log in: never the word of a PACS."""
        return "html" in self.kind.lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """What is sent: its media type, how many bytes, and the bytes."""

    kind: str
    size: int
    chunks: Iterator[bytes]


class WebServer:
    """A DICOMweb server, to which connections are opened as they are needed.

    Parameters
    ----------
    server : Server

    Raises
    ------
    ConfigurationError
        A file for TLS cannot be used.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self._context = tls_context(server) if server.url.startswith("https://") else None

    def line(self) -> "WebLine":
        """Give a line, which connects when something is asked."""
        return WebLine(self.server, self._context)


class WebLine:
    """One connection, opened at the first question; a context manager that closes it.

    Attributes
    ----------
    fault : Fault or None
        Why there was no answer, for the first meeting with a server.
    reached : bool
        Whether a connection was had at all: what was sent may have come there.
    """

    def __init__(self, server: Server, context: ssl.SSLContext | None) -> None:
        self.fault: Fault | None = None
        self.reached = False
        self._server = server
        parts = urlsplit(server.url)
        self._root = parts.path.rstrip("/")
        patience = min(server.timeout_s, MOST_SECONDS_TO_CONNECT)
        host, port = parts.hostname or "", parts.port
        self._connection = (
            HTTPConnection(host, port, timeout=patience)
            if context is None
            else HTTPSConnection(host, port, timeout=patience, context=context)
        )
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        self._socket = None

    def connect(self) -> None:
        """Connect, where there is no connection.

        Raises
        ------
        PeerError
            There is none to be had, or the server is not to be trusted.
        """
        if self._is_open:
            return
        try:
            self._connection.connect()
        except (OSError, HTTPException) as error:
            raise self._unreached(error) from None
        connected: socket.socket = self._connection.sock
        connected.settimeout(self._server.timeout_s)
        self._socket = connected
        self.reached = True

    @property
    def _is_open(self) -> bool:
        return self._connection.sock is not None

    def ask(self, path: str, query: Mapping[str, str | list[str]], accept: str) -> Reply:
        """GET an answer, once more where the server had closed the connection meanwhile.

        Raises
        ------
        PeerError
            There is no whole answer, or it is a page for people.
        """
        was_open = self._is_open
        tail = f"?{urlencode(query, doseq=True)}" if query else ""
        try:
            return self._exchange("GET", f"{path}{tail}", {"Accept": accept}, None)
        except PeerError:
            if not was_open or self.fault is not Fault.ABORTED:
                raise
        return self._exchange("GET", f"{path}{tail}", {"Accept": accept}, None)

    def post(self, path: str, body: Body, accept: str) -> Reply:
        """POST a body, once; `PeerError` as for `ask`."""
        headers = {"Accept": accept, "Content-Type": body.kind, "Content-Length": str(body.size)}
        return self._exchange("POST", path, headers, body)

    def unwanted(self, reply: Reply) -> PeerError:
        """Say in words that the server gives no answer of its service."""
        self.fault = FAULTS.get(reply.status, Fault.NO_SERVICE)
        words = {"setting": self._server.setting, "section": self._server.section}
        reason = REASONS.get(reply.status, "").format(**words)
        if "location" in reply.headers:
            reason = ", it points elsewhere, and nobody goes there"
        elif reply.is_page:
            reason = " with a page for people (HTML)"
        return PeerError(f"{self._server.name}: it answers {reply.status}{reason}")

    def read_json(self, reply: Reply) -> Any:  # noqa: ANN401 - any JSON
        """Read an answer as JSON; whatever else it is, is no answer."""
        if "json" not in reply.kind.lower():
            self.fault = Fault.NO_SERVICE
            message = f"{self._server.name}: it answers with {reply.kind or 'no media type'}, not JSON"
            raise PeerError(message)
        try:
            return json.loads(reply.content)
        except (ValueError, RecursionError):
            self.fault = Fault.NO_SERVICE
            message = f"{self._server.name}: its answer is no JSON"
            raise PeerError(message) from None

    def _exchange(self, method: str, path: str, headers: Mapping[str, str], body: Body | None) -> Reply:
        self.connect()
        said = {**headers, **self._server.authorization()}
        extra = body.size / LEAST_RATE if body else 0.0
        with self._bounded(self._server.timeout_s + extra) as cut:
            try:
                # A server that says no before all was sent closes the connection: its answer is there all the same.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    chunks = body.chunks if body else None
                    self._connection.request(method, f"{self._root}/{path}", body=chunks, headers=said)
                answer = self._connection.getresponse()
                content = self._read(answer)
            except (OSError, HTTPException) as error:
                self.close()
                if cut.is_set():
                    self.fault = Fault.NO_ANSWER
                    message = f"{self._server.name}: its answer takes too long"
                    raise PeerError(message) from None
                raise self._unanswered(error) from None
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(status=answer.status, kind=found.get("content-type", ""), content=content, headers=found)

    def _read(self, answer: HTTPResponse) -> bytes:
        """Read to the end, and make sure that it is the end."""
        content = bytearray()
        while chunk := answer.read1(CHUNK):
            content += chunk
            if len(content) > self._server.most_mb * MEGABYTE:
                self.close()
                message = f"{self._server.name}: an answer of more than {self._server.most_mb} MB"
                raise PeerError(message)
        if answer.length:
            message = f"an answer that breaks off {answer.length} bytes before its end"
            raise HTTPException(message)
        answer.close()  # of the answer, not of the connection: the next question may go out
        return bytes(content)

    @contextlib.contextmanager
    def _bounded(self, seconds: float) -> Iterator[threading.Event]:
        """Cut the connection after a time, whatever comes over it: a byte now and then holds nobody for ever."""
        cut, connected = threading.Event(), self._socket
        if connected is None:
            message = f"{self._server.name}: no connection"
            raise PeerError(message)

        def end() -> None:
            cut.set()
            with contextlib.suppress(OSError):
                # Not the method of a TLS socket, which would take its state from under who reads it.
                socket.socket.shutdown(connected, socket.SHUT_RDWR)

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield cut
        finally:
            timer.cancel()

    def _unreached(self, error: Exception) -> PeerError:
        self.close()
        if isinstance(error, ssl.SSLError):
            self.fault = Fault.UNTRUSTED
            return PeerError(f"{self._server.name}: {why_no_tls(error, self._server)}")
        kinds = {socket.gaierror: Fault.UNKNOWN_HOST, TimeoutError: Fault.NO_ANSWER}
        self.fault = next((fault for kind, fault in kinds.items() if isinstance(error, kind)), Fault.NO_CONNECTION)
        return PeerError(f"{self._server.name}: no connection ({_named(error)})")

    def _unanswered(self, error: Exception) -> PeerError:
        if isinstance(error, ssl.SSLError):
            self.fault = Fault.UNTRUSTED
            return PeerError(f"{self._server.name}: {why_no_tls(error, self._server)}")
        self.fault = Fault.NO_ANSWER if isinstance(error, TimeoutError) else Fault.ABORTED
        return PeerError(f"{self._server.name}: no whole answer ({_named(error)})")


def _named(error: Exception) -> str:
    """Name an error; its text may hold the address, and with it the number of a patient."""
    return str(error.strerror) if isinstance(error, OSError) and error.strerror else type(error).__name__
