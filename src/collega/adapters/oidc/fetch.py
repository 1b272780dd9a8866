"""Asking the provider over HTTP: bounded in time and size, never sent elsewhere."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

from collega.errors import ConfigurationError, PeerError

MOST_BYTES = 1 << 20
TIMEOUT_S = 10.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A secret of ours goes to the address that was named and to no other."""

    def redirect_request(  # noqa: PLR0913 - as in urllib
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetch:
    """Gets JSON; ``ca`` is who has signed the provider's certificate, the system's authorities where it is empty."""

    ca: str = ""

    def get(self, url: str) -> dict[str, Any]:
        """Get a document.

        Raises
        ------
        PeerError
            There is no such answer.
        """
        return self._open(urllib.request.Request(_private(url), headers={"Accept": "application/json"}))  # noqa: S310

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """Send a form.

        Raises
        ------
        PeerError
            There is no such answer.
        """
        given = {"Accept": "application/json", **headers}
        return self._open(urllib.request.Request(_private(url), urlencode(form).encode(), given))  # noqa: S310 - _private

    def _open(self, request: urllib.request.Request) -> dict[str, Any]:
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), _NoRedirect()]
        if request.full_url.startswith("https://"):
            handlers.append(urllib.request.HTTPSHandler(context=self._context()))
        name = f"the hospital's sign-in at {urlsplit(request.full_url).netloc}"
        try:
            with urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT_S) as answer:
                content = answer.read(MOST_BYTES + 1)
                value = json.loads(content) if len(content) <= MOST_BYTES else None
        except urllib.error.HTTPError as error:
            error.close()
            message = f"{name}: it answers {error.code}"
            raise PeerError(message) from None
        except (OSError, HTTPException) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            message = f"{name}: no answer ({type(reason).__name__})"
            raise PeerError(message) from None
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            message = f"{name}: its answer is no JSON object"
            raise PeerError(message)
        return value

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.ca or None)
        except OSError as error:
            message = f"access.oidc_ca: {self.ca}: not usable for TLS ({error.strerror or type(error).__name__})"
            raise ConfigurationError(message) from None


def _private(url: str) -> str:
    """Refuse an address that others could listen to; the provider's own documents name some of them."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        message = "the hospital's sign-in names an address without TLS"
        raise PeerError(message)
    return url
