"""An app's own screen for the tests: a small web server that does what a vendor's screen does with a token."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.e2e.apps.probe.probe import answer
from tests.e2e.peers import LOOPBACK

JSON = {"Content-Type": "application/json"}


@dataclass
class Screen:
    """A screen, and what it was given by its token."""

    port: int = 0
    given: dict[str, Any] = field(default_factory=dict)
    image: bytes = b""
    token: str = ""
    issuer: str = ""

    @property
    def address(self) -> str:
        """Where readers are sent."""
        return f"http://{LOOPBACK}:{self.port}/open"

    def take(self, token: str, issuer: str) -> None:
        """Exchange the token, and fetch what there is to look at."""
        self.token, self.issuer = token, issuer
        self.given = json.loads(self._ask("/api/launches", json.dumps({"token": token}).encode()))
        self.image = self._ask(f"/api/launches/{self.given['session']}/{self.given['study']['images'][0]['file']}")

    def answer(self) -> None:
        """Give the result, in the schema of ``result.json``."""
        content = json.dumps(answer(self.given["study"], "")).encode()
        self._ask(f"/api/launches/{self.given['session']}/result", content)

    def _ask(self, path: str, content: bytes | None = None) -> bytes:
        request = urllib.request.Request(f"{self.issuer}{path}", data=content, headers=JSON)  # noqa: S310 - of the test
        with urllib.request.urlopen(request, timeout=10) as given:  # noqa: S310 - as above
            return bytes(given.read())


@contextmanager
def own_screen() -> Iterator[Screen]:
    """Run a screen for the block."""
    screen = Screen()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            if parts.path == "/open" and "token" in query:
                screen.take(query["token"][0], query["iss"][0])
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>the screen</title><h1>the screen of the app</h1>")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    screen.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield screen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
