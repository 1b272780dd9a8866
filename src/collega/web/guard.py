"""What protects the pages: headers of every answer, requests of other sites refused."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse

from collega.model.code import Text
from collega.web.told import ToldError

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

# Nothing from elsewhere and nothing inline: what a DICOM header smuggles into a page does not run.
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
# The viewer is others' work: it compiles decoders, starts workers, styles itself. It may not run text as a script,
# embed, send forms, or speak to any other server.
VIEWER_POLICY = (
    f"{POLICY}; script-src 'self' 'unsafe-eval'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self' data: blob:; font-src 'self' data:"
)
# A picture that the page holds itself; what stands in an image runs nothing.
PICTURE_POLICY = f"{POLICY}; img-src 'self' data:"
ELSEWHERE = Text(en="a page of another site may not do this", nl="een pagina van een andere site mag dit niet")
FILES = ("/static/", "/viewer/")
POLICIES = (("/viewer/", VIEWER_POLICY), ("/queue", PICTURE_POLICY), ("", POLICY))
HEADERS = (
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
                policy = (b"content-security-policy", _policy(scope))
                message["headers"] = [*message["headers"], policy, *HEADERS, *caching]
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


def _policy(scope: Message) -> bytes:
    path = str(scope.get("path", ""))
    return next(policy for prefix, policy in POLICIES if path.startswith(prefix)).encode()


def _caching(scope: Message) -> bytes:
    """Files are asked for anew, so that pages and scripts are of one version; patient data is not kept."""
    return b"no-cache" if str(scope.get("path", "")).startswith(FILES) else b"no-store"


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
        raise ToldError(403, ELSEWHERE)


def no_page(request: Request) -> None:
    """Refuse what the page of a browser sends, one of ours too: programs alone may do this."""
    if not {"sec-fetch-site", "origin"}.isdisjoint(request.headers):
        raise HTTPException(403, "programs store here, no page of a browser may")
