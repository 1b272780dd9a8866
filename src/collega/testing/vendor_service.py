"""A simulator of a vendor's HTTP service: real sockets, a settable manner, answers that the caller makes.

It looks at no pixel and says so: its header Server and its `/health` call it a simulator.
"""

import json
import mmap
import random
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import IO, Any, TypeAlias, cast

from collega.formats.multipart import Part, closing, media_type, part_head, split
from collega.testing.ports import LOOPBACK

NAME = "collega vendor simulator"
BOUNDARY = "of-the-simulator"
PIECE = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the service says: a status, and content of a type."""

    content: bytes
    content_type: str = "application/json"
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


class Files(Mapping[str, bytes]):
    """The files of a study under their names, read from the disk when they are asked for."""

    def __init__(self, body: mmap.mmap, parts: Sequence[Part]) -> None:
        self._body = body
        self._parts = {part.filename: part for part in parts}

    def __getitem__(self, name: str) -> bytes:
        part = self._parts[name]
        return self._body[part.start : part.end]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


AnswerStudy: TypeAlias = Callable[[Mapping[str, Any], Files], Answer]


def json_answer(value: object, status: int = HTTPStatus.OK) -> Answer:
    """Answer with JSON: our result, or a vendor's own."""
    return Answer(content=json.dumps(value).encode(), status=status)


def parts_answer(parts: Sequence[tuple[str, str, bytes]]) -> Answer:
    """Answer with several parts, each of a type, a file name and its content."""
    content = b"".join(
        part_head(BOUNDARY, "part", content_type, name) + content for content_type, name, content in parts
    )
    return Answer(content=content + closing(BOUNDARY), content_type=f"multipart/mixed; boundary={BOUNDARY}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How the service behaves.

    ``delay_s``: seconds that it takes; ``is_later``: it answers 202 at once, and its answer is to be
    fetched; ``failures``: share of studies at which it answers 500, drawn with ``seed``;
    ``busy``: so many times it says 503 at first; ``keeps_all``: it keeps every byte that it hears.
    """

    delay_s: float = 0.0
    is_later: bool = False
    failures: float = 0.0
    busy: int = 0
    keeps_all: bool = False
    seed: int = 20260301


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One question as it came in: which attempt, and the names of its files."""

    key: str
    job: str
    files: tuple[str, ...]


class VendorService:
    """The service while it runs; made by `vendor_service`.

    Attributes
    ----------
    heard : bytearray
        Every byte of requests that came, headers too, where the manner ``keeps_all``.
    """

    def __init__(self, answer: AnswerStudy, manner: Manner) -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self.heard = bytearray()
        self._answer = answer
        self._manner = manner
        self._draw = random.Random(manner.seed)  # noqa: S311 - a simulation that can be repeated
        self._lock = threading.Lock()
        self._answers: dict[str, tuple[float, Answer]] = {}
        self._put_off = 0

    @property
    def keeps_all(self) -> bool:
        """Whether every byte is kept."""
        return self._manner.keeps_all

    def take(self, headers: Mapping[str, str], body: mmap.mmap) -> Answer:
        """Answer a study; the same attempt gets the same answer, and is not looked at again."""
        _, parameters = media_type(headers.get("Content-Type", ""))
        told, *files = split(body, parameters.get("boundary", ""))
        key = headers.get("Idempotency-Key", "")
        given = Files(body, files)
        with self._lock:
            self.asked.append(Asked(key=key, job=headers.get("Collega-Job", ""), files=tuple(given)))
            if self._put_off < self._manner.busy:
                self._put_off += 1
                return Answer(content=b"", status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "0"})
            if key not in self._answers:
                made = self._make(json.loads(body[told.start : told.end]), given)
                self._answers[key] = time.monotonic() + self._manner.delay_s, made
            ready_at, answer = self._answers[key]
        if self._manner.is_later:
            return Answer(content=b"", status=HTTPStatus.ACCEPTED, headers={"Location": f"answers/{key}", **SOON})
        time.sleep(max(0.0, ready_at - time.monotonic()))
        return answer

    def fetch(self, key: str) -> Answer:
        """Give an answer that was promised, or say that it is not there yet."""
        with self._lock:
            ready_at, answer = self._answers.get(key, (0.0, Answer(content=b"", status=HTTPStatus.NOT_FOUND)))
        return answer if time.monotonic() >= ready_at else Answer(content=b"", status=HTTPStatus.ACCEPTED, headers=SOON)

    def _make(self, study: Mapping[str, Any], files: Files) -> Answer:
        if self._draw.random() < self._manner.failures:
            return json_answer({"error": "the simulator fails as it was told to"}, HTTPStatus.INTERNAL_SERVER_ERROR)
        return self._answer(study, files)


SOON = {"Retry-After": "0"}


@contextmanager
def vendor_service(
    answer: AnswerStudy, manner: Manner | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[VendorService]:
    """Run a service on a free port of the loopback, with TLS where a context is given."""
    service = VendorService(answer, manner or Manner())
    server = _Server((LOOPBACK, 0), _handler(service))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    service.url = f"{'https' if tls else 'http'}://{LOOPBACK}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name=NAME)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # one that sleeps does not hold up the end
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that hangs up, or finds no agreement on TLS."""


def _handler(service: VendorService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = NAME.replace(" ", "-")
        timeout = 60

        def setup(self) -> None:
            super().setup()
            if service.keeps_all:
                self.rfile = cast("BufferedIOBase", _Listener(self.rfile, service.heard))

        def do_POST(self) -> None:
            if self.path != "/studies" or "Content-Length" not in self.headers:
                self._say(Answer(content=b"", status=HTTPStatus.NOT_FOUND))
                return
            with tempfile.TemporaryFile() as file:
                _copy(self.rfile, file, int(self.headers["Content-Length"]))
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
                    answer = service.take(dict(self.headers.items()), body)
            self._say(answer)

        def do_GET(self) -> None:
            if self.path == "/health":
                self._say(json_answer({"service": NAME, "status": "ok"}))
                return
            self._say(service.fetch(self.path.removeprefix("/answers/")))

        def log_message(self, *_: object) -> None:
            """Say nothing on standard error."""

        def _say(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

    return Handler


class _Listener:
    """Reads from a stream, and keeps what it has read."""

    def __init__(self, stream: BufferedIOBase, heard: bytearray) -> None:
        self._stream, self._heard = stream, heard

    def read(self, size: int = -1) -> bytes:
        """Read bytes."""
        return self._kept(self._stream.read(size))

    def readline(self, size: int = -1) -> bytes:
        """Read a line."""
        return self._kept(self._stream.readline(size))

    def close(self) -> None:
        """Let go."""
        self._stream.close()

    @property
    def closed(self) -> bool:
        """Whether it was let go of."""
        return self._stream.closed

    def _kept(self, read: bytes) -> bytes:
        self._heard += read
        return read


def _copy(source: BufferedIOBase, target: IO[bytes], length: int) -> None:
    while length > 0 and (piece := source.read(min(PIECE, length))):
        target.write(piece)
        length -= len(piece)
    target.flush()
