"""What protects the pages: headers of every answer, requests of other sites refused, bad input explained."""

import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

# Nothing from elsewhere and nothing inline: what a DICOM header smuggles into a page does not run.
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class Headers:
    """Adds the headers; written on the bare interface, since a stream must not be gathered first."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                caching = () if b"cache-control" in given else ((b"cache-control", _caching(scope)),)
                message["headers"] = [*message["headers"], *HEADERS, *caching]
            await send(message)

        await self._app(scope, receive, send_guarded)


class NoNul:
    """Refuses addresses that hold a NUL: no name has one, and the database takes none."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on; ``/fhir`` has errors of its own form, and reads its addresses itself."""
        path, query = str(scope.get("path", "")), bytes(scope.get("query_string", b""))
        if ("\0" in path or b"%00" in query) and not path.startswith("/fhir/"):
            await JSONResponse({"detail": "an address with a NUL"}, status_code=400)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _caching(scope: Message) -> bytes:
    """Files are asked for anew, so that pages and scripts are of one version; patient data is not kept."""
    return b"no-cache" if str(scope.get("path", "")).startswith("/static/") else b"no-store"


def same_origin(request: Request) -> None:
    """Refuse what another site's page makes a browser send (cross-site request forgery).

    A program that is no browser sends neither header and is let through. JSON is asked for, since a
    foreign page cannot send it without asking first.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "send JSON, with Content-Type: application/json")
    own_page(request)


def own_page(request: Request) -> None:
    """Refuse what a page of another site makes a browser send, as a form too."""
    fetched = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    # The first is the browser's own word; a form of a page without referrer says "null" in the second.
    elsewhere = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if elsewhere if fetched is None else fetched != "same-origin":
        raise HTTPException(403, "a page of another site may not do this")


def explain_input(app: FastAPI) -> None:
    """Answer bad input with one sentence for each fault."""

    @app.exception_handler(RequestValidationError)
    async def explain(_request: Request, error: RequestValidationError) -> JSONResponse:
        """Say what was wrong, and where; the input itself is not repeated."""
        faults = []
        for fault in error.errors():
            place = ".".join(str(part) for part in fault["loc"][1:]) or str(fault["loc"][0])
            faults.append(f"{place}: {fault['msg'].removeprefix('Value error, ')}")
        return JSONResponse({"detail": "; ".join(faults)}, status_code=422)


def caller(request: Request) -> str:
    """Name who asks for data of patients; the one gate of such calls, refusing whom it does not know.

    Whom the entrance has let in is known by name. While nobody can sign in, only programs of this machine are
    known. A reverse proxy on it says in ``X-Forwarded-For`` for whom it asks, and uvicorn believes it: those from
    elsewhere stay outside.
    """
    visit = request.scope.get("state", {}).get("visit")
    if visit is not None and visit.person is not None:
        return str(visit.person.name)
    host = request.client.host if request.client else ""
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = False
    if not is_here:
        raise HTTPException(403, "only programs on this machine may ask this, until there is a way to sign in")
    return f"program at {host}"
