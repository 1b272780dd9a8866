"""A simulated vendor's own screen: a small web page that takes the launch token, shows the study, sends its result.

It shows no image, and every page of it is called a simulator.
"""

import json
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from collega.model.code import Text
from collega.testing.ports import LOOPBACK
from collega.testing.vendor_screen_page import Shown, page, trouble

NAME = "collega-screen-simulator"
TIMEOUT_S = 10
MOST_OPEN = 500
DUTCH = "nl"
HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",  # the address of a page is the key to it
    "Cache-Control": "no-store",
}
Answerer: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """The app whose screen this is; ``answer`` makes its result of a study, ``names`` has its findings' names."""

    name: Text
    names: Mapping[str, Text]
    answer: Answerer


@dataclass(kw_only=True, slots=True)
class Opened:
    """A study on the screen: who gave it, what is to be said of it, and whether that is sent."""

    issuer: str
    given: Mapping[str, Any]
    result: Mapping[str, Any]
    sent: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What the browser is told: a page, or where to go."""

    content: str = ""
    status: int = HTTPStatus.OK
    location: str = ""


class RefusedError(Exception):
    """collega has refused a token or a result, or is not there; its text says why."""


class VendorScreen:
    """The screen while it runs; made by `vendor_screen`."""

    def __init__(self, app: App) -> None:
        self.url = ""
        self.opened: dict[str, Opened] = {}
        self._app = app

    def open(self, query: Mapping[str, list[str]]) -> Reply:
        """Exchange a token for the study, and lead the browser to a page that it can load again.

        Raises
        ------
        RefusedError
            It is no token, or not one of a site on this machine.
        """
        token, issuer = (query.get(name, [""])[0] for name in ("token", "iss"))
        if urlsplit(issuer).hostname != LOOPBACK or urlsplit(issuer).scheme != "http":
            # A simulator goes to nobody else's address: whoever makes a link could choose it.
            message = "the launch names no site on this machine"
            raise RefusedError(message)
        given = json.loads(_ask(f"{issuer}/api/launches", json.dumps({"token": token}).encode()))
        key = secrets.token_urlsafe(16)
        while len(self.opened) >= MOST_OPEN:
            self.opened.pop(next(iter(self.opened)))
        self.opened[key] = Opened(issuer=issuer, given=given, result=self._app.answer(given["study"]))
        return Reply(status=HTTPStatus.SEE_OTHER, location=f"/studies/{key}")

    def show(self, key: str, language: str) -> Reply:
        """Show a study that was opened."""
        one = self.opened.get(key)
        if one is None:
            return Reply(content=trouble("there is no such study on this screen", language), status=404)
        shown = Shown(
            app=self._app.name.in_language(language),
            names={name: text.in_language(language) for name, text in self._app.names.items()},
            given=one.given,
            result=one.result,
            key=key,
            sent=one.sent,
            board=f"{one.issuer}/",
        )
        return Reply(content=page(shown, language))

    def send(self, key: str) -> Reply:
        """Send the result of a study to whoever gave it, once.

        Raises
        ------
        RefusedError
            It is not taken.
        """
        one = self.opened.get(key)
        if one is not None:
            with one.lock:
                if not one.sent:
                    address = f"{one.issuer}/api/launches/{one.given['session']}/result"
                    _ask(address, json.dumps(one.result).encode())
                    one.sent = True
        return Reply(status=HTTPStatus.SEE_OTHER, location=f"/studies/{key}")


@contextmanager
def vendor_screen(app: App) -> Iterator[VendorScreen]:
    """Run a screen on a free port of the loopback for the block; ``url`` is where readers are sent."""
    screen = VendorScreen(app)
    server = _Server((LOOPBACK, 0), _handler(screen))
    screen.url = f"http://{LOOPBACK}:{server.server_port}/open"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name=NAME)
    thread.start()
    try:
        yield screen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _ask(address: str, content: bytes) -> bytes:
    request = urllib.request.Request(address, data=content, headers={"Content-Type": "application/json"})  # noqa: S310 - of this machine
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        raise RefusedError(_why(error.read())) from None
    except OSError:
        message = "collega does not answer"
        raise RefusedError(message) from None


def _why(content: bytes) -> str:
    try:
        return str(json.loads(content)["detail"])
    except (ValueError, KeyError, TypeError):
        return "collega refuses it"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of a browser that hangs up."""


def _handler(screen: VendorScreen) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = NAME
        timeout = 60

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._say(lambda: screen.open(parse_qs(parts.query)) if parts.path == "/open" else self._shown(parts.path))

        def do_POST(self) -> None:
            self._say(lambda: screen.send(self.path.removeprefix("/studies/").removesuffix("/result")))

        def log_message(self, *_: object) -> None:
            """Say nothing on standard error."""

        def _shown(self, path: str) -> Reply:
            return screen.show(path.removeprefix("/studies/"), self._language)

        @property
        def _language(self) -> str:
            return DUTCH if self.headers.get("Accept-Language", "").lower().startswith(DUTCH) else "en"

        def _say(self, make: Callable[[], Reply]) -> None:
            try:
                reply = make()
            except RefusedError as error:
                reply = Reply(content=trouble(str(error), self._language), status=HTTPStatus.CONFLICT)
            content = reply.content.encode()
            self.send_response(reply.status)
            for name, value in HEADERS.items():
                self.send_header(name, value)
            if reply.location:
                self.send_header("Location", reply.location)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler
