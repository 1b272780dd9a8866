"""One GET after another to one server: bounded in time and size, never sent elsewhere."""

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

from collega.adapters.rest.server import MEGABYTE, Server
from collega.adapters.rest.tls import tls_context, why_no_tls
from collega.errors import PeerError

CHUNK = 65536


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token, and the number of a patient, go to the server that was named and to no other."""

    def redirect_request(  # noqa: PLR0913 - as in urllib
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        """Follow nothing."""


class RestClient:
    """Asks one server.

    Parameters
    ----------
    server : Server

    Raises
    ------
    ConfigurationError
        A file for TLS cannot be used.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), _NoRedirect()]
        if server.url.startswith("https://"):
            handlers.append(urllib.request.HTTPSHandler(context=tls_context(server)))
        self._opener = urllib.request.build_opener(*handlers)

    def address(self, path: str, query: Mapping[str, str | list[str]] | None = None) -> str:
        """Write the address of something on the server."""
        tail = f"?{urlencode(query, doseq=True)}" if query else ""
        return f"{self._server.url.rstrip('/')}/{path}{tail}"

    def json(self, address: str, accept: str) -> Any:  # noqa: ANN401 - any JSON
        """Get JSON; whatever else comes, such as a page to log in, is no answer.

        Raises
        ------
        PeerError
            There is no such answer.
        """
        kind, content = self.get(address, accept)
        if "json" not in kind.lower():
            message = f"{self._name}: it answers with {kind or 'no media type'}, not JSON"
            raise PeerError(message)
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            message = f"{self._name}: its answer is no JSON"
            raise PeerError(message) from None

    def get(self, address: str, accept: str) -> tuple[str, bytes]:
        """Get an answer: its media type, and all of it.

        Raises
        ------
        PeerError
            The server is not there, says no, sends too much, or is not ready in time.
        """
        if not self.is_own(address):
            message = f"{self._name}: it points to another server"
            raise PeerError(message)
        request = urllib.request.Request(address, headers={"Accept": accept, **self._server.authorization()})  # noqa: S310 - is_own
        end = time.monotonic() + self._server.timeout_s
        try:
            with self._opener.open(request, timeout=self._server.timeout_s) as answer:
                if answer.status == HTTPStatus.NO_CONTENT:
                    return accept, b"[]"
                return str(answer.headers.get("Content-Type") or ""), self._read(answer, end)
        except urllib.error.HTTPError as error:
            error.close()
            message = f"{self._name}: it answers {error.code}{REASONS.get(error.code, '')}"
            raise PeerError(message) from None
        except (OSError, HTTPException) as error:
            # The text of an error may hold the address, and with it the number of a patient.
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            said = why_no_tls(reason, self._server) if isinstance(reason, ssl.SSLError) else ""
            message = f"{self._name}: {said or f'no answer ({type(reason).__name__})'}"
            raise PeerError(message) from None

    def is_own(self, address: str) -> bool:
        """Tell whether an address is on this server."""
        own, other = urlsplit(self._server.url), urlsplit(address)
        return (own.scheme, own.netloc) == (other.scheme, other.netloc)

    @property
    def _name(self) -> str:
        return self._server.name

    def _read(self, answer: IO[bytes], end: float) -> bytes:
        """Read to the end; a server that sends a byte now and then does not hold us for ever."""
        content = bytearray()
        while chunk := answer.read1(CHUNK) if hasattr(answer, "read1") else answer.read(CHUNK):
            content += chunk
            if len(content) > self._server.most_mb * MEGABYTE:
                message = f"{self._name}: an answer of more than {self._server.most_mb} MB"
                raise PeerError(message)
            if time.monotonic() > end:
                message = f"{self._name}: its answer takes too long"
                raise PeerError(message)
        return bytes(content)


REASONS: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: ", it does not know our token",
    HTTPStatus.FORBIDDEN: ", it does not let us see this",
    HTTPStatus.NOT_FOUND: ", there is no such thing at that address",
}
