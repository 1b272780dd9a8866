"""A mail server and a web hook on the loopback interface that keep what they get."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from collega.testing.ports import LOOPBACK, reserved_ports


@dataclass
class Letters:
    """What a mail server got; ``answer`` is what it says to each letter."""

    port: int = 0
    answer: str = "250 OK"
    got: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("2"):
            assert isinstance(envelope.content, bytes)
            letter = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(letter, EmailMessage)
            self.got.append(letter)
        return self.answer

    def subjects(self) -> list[str]:
        return [str(letter["Subject"]) for letter in self.got]


def _accept(_server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    is_right = mechanism in {"LOGIN", "PLAIN"} and data.password == b"a secret"
    return AuthResult(success=is_right, handled=False)


@contextmanager
def mail_server(*, port: int = 0, login: bool = False) -> Iterator[Letters]:
    """Run a mail server until the block ends."""
    letters = Letters()
    with reserved_ports() as (free,):
        letters.port = port or free
    extra: dict[str, Any] = (
        {"auth_required": True, "auth_require_tls": False, "authenticator": _accept} if login else {}
    )
    controller = Controller(letters, hostname=LOOPBACK, port=letters.port, **extra)
    controller.start()
    try:
        yield letters
    finally:
        controller.stop()


@dataclass
class Posts:
    """What a web hook got, with its headers; ``status`` is what it answers."""

    url: str = ""
    status: int = 204
    got: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    tries: int = 0

    def kinds(self) -> list[str]:
        return [str(item["kind"]) for item in self.got]


@contextmanager
def hook_server() -> Iterator[Posts]:
    """Run a web hook until the block ends."""
    posts = Posts()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            posts.tries += 1
            if posts.status < 300:
                posts.got.append(json.loads(content))
                posts.keys.append(str(self.headers["Idempotency-Key"]))
            self.send_response(posts.status)
            if 300 <= posts.status < 400:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    posts.url = f"http://{LOOPBACK}:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield posts
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
