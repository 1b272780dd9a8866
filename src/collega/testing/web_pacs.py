"""A small PACS over DICOMweb (PS3.18: STOW-RS, QIDO-RS, WADO-RS): a simulator, for tests. It is no archive."""

import base64
import json
import re
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

from pydicom import Dataset
from pydicom.errors import InvalidDicomError

from collega.testing.pacs_query import answers
from collega.testing.pacs_shelf import Shelf, header_of

LOOPBACK = "127.0.0.1"
ROOT = "/dicom-web"
JSON, XML, HTML = "application/dicom+json", "application/dicom+xml", "text/html"
PLACES = (
    ("STUDY", re.compile(r"/studies")),
    ("SERIES", re.compile(r"/studies/(?P<StudyInstanceUID>[\d.]+)/series")),
    (
        "IMAGE",
        re.compile(r"/studies/(?P<StudyInstanceUID>[\d.]+)/series/(?P<SeriesInstanceUID>[\d.]+)/instances"),
    ),
)
OBJECT = re.compile(r"/studies/[\d.]+/series/[\d.]+/instances/(?P<uid>[\d.]+)")
NOT_KEYS = frozenset({"includefield", "limit", "offset", "fuzzymatching"})
NO_ROOM, NOT_SUPPORTED, COERCED = 0xA700, 0x0122, 0xB000


@dataclass(kw_only=True)
class Moods:
    """How the simulator behaves: set while it runs.

    ``status`` answers everything so, ``html`` with a page to log in, ``elsewhere`` by pointing to that address;
    ``store_status`` and ``query_status`` answer that alone so. ``slow_s``: seconds before each answer; ``drip_s``: so
    long each byte of an answer takes; ``half``: an answer breaks off in its middle; ``loses``: the connection ends when
    an object was kept, instead of an answer. ``token`` and ``password``: who does not bring it is refused.
    ``xml`` answers STOW-RS so; ``silent`` without its list. ``refused_classes`` are not taken (0122), ``one_bad``: one
    of them in a body and nothing of that is kept, nor named; ``fails_on``: classes over which it falls (500);
    ``no_room`` (A700), ``coerces`` (B000). ``hides``: no query shows anything; ``most``: so many answers a page.
    """

    status: int = 0
    store_status: int = 0
    query_status: int = 0
    html: bool = False
    elsewhere: str = ""
    slow_s: float = 0.0
    drip_s: float = 0.0
    half: bool = False
    loses: bool = False
    token: str = ""
    password: str = ""
    xml: bool = False
    silent: bool = False
    refused_classes: frozenset[str] = frozenset()
    fails_on: frozenset[str] = frozenset()
    one_bad: bool = False
    no_room: bool = False
    coerces: bool = False
    hides: bool = False
    most: int = 1000
    levels: frozenset[str] = frozenset({"STUDY", "SERIES", "IMAGE"})
    asked: list[str] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, shelf: Shelf, moods: Moods, tls: ssl.SSLContext | None, port: int) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.shelf = shelf
        self.moods = moods
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.address = f"{'http' if tls is None else 'https'}://{LOOPBACK}:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: who asked has not waited for the answer."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in http.server
        """Log nothing: addresses hold numbers of patients."""

    def do_GET(self) -> None:
        """Answer QIDO-RS or WADO-RS."""
        self._answer("query_status", self._got)

    def do_POST(self) -> None:
        """Answer STOW-RS."""
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer("store_status", lambda: self._stored(content))

    def _answer(self, own: str, act: Any) -> None:  # noqa: ANN401 - one of the two above
        moods = self.server.moods
        moods.asked.append(f"{self.command} {self.path}")
        time.sleep(moods.slow_s)
        status = moods.status or getattr(moods, own)
        if not self._knows():
            self._send(HTTPStatus.UNAUTHORIZED, JSON, b"{}")
        elif moods.elsewhere:
            self._send(HTTPStatus.TEMPORARY_REDIRECT, HTML, b"", {"Location": moods.elsewhere})
        elif moods.html:
            self._send(status or HTTPStatus.OK, HTML, b"<html><body>Please log in</body></html>")
        elif status:
            self._send(status, JSON, b"")
        else:
            act()

    def _knows(self) -> bool:
        moods, said = self.server.moods, self.headers.get("Authorization")
        basic = base64.b64encode(moods.password.encode()).decode()
        wanted = f"Bearer {moods.token}" if moods.token else f"Basic {basic}" if moods.password else said
        return said == wanted

    def _stored(self, content: bytes) -> None:
        """Keep the parts of a body, and say of each what became of it (PS3.18 table 10.5.3-1)."""
        moods = self.server.moods
        boundary = re.search(r"boundary=(\S+)", self.headers.get("Content-Type", ""))
        parts = content.split(f"\r\n--{boundary.group(1)}".encode())[1:-1] if boundary else []
        files = [part.partition(b"\r\n\r\n")[2] for part in parts]
        try:
            headers = [header_of(BytesIO(file)) for file in files]
        except (ValueError, InvalidDicomError):
            self._send(HTTPStatus.BAD_REQUEST, "", b"{}")
            return
        classes = {str(header.SOPClassUID) for header in headers}
        if classes & moods.fails_on:
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, JSON, b"")
            return
        if moods.one_bad and classes & moods.refused_classes and len(files) > 1:
            self._send(HTTPStatus.CONFLICT, JSON, b"")
            return
        words = [(header, self._keep(header, file)) for header, file in zip(headers, files, strict=True)]
        if moods.loses:
            self.close_connection = True
            return
        failed = [status for _, status in words if status not in {0, COERCED}]
        code = HTTPStatus.OK if not failed else HTTPStatus.ACCEPTED if len(failed) < len(words) else HTTPStatus.CONFLICT
        if moods.silent:
            self._send(code, JSON, b"")
        elif moods.xml:
            self._send(code, XML, _xml(words))
        else:
            self._send(code, JSON, json.dumps(_json(words)).encode())

    def _keep(self, header: Dataset, file: bytes) -> int:
        moods = self.server.moods
        if str(header.SOPClassUID) in moods.refused_classes:
            return NOT_SUPPORTED
        if moods.no_room:
            return NO_ROOM
        self.server.shelf.keep(file)
        return COERCED if moods.coerces else 0

    def _got(self) -> None:
        parts = urlsplit(self.path)
        place = parts.path.removeprefix(ROOT)
        if (wanted := OBJECT.fullmatch(place)) is not None:
            kept = self.server.shelf.get(wanted.group("uid"))
            content = kept.path.read_bytes() if kept else b""
            head, end = b"--part\r\nContent-Type: application/dicom\r\n\r\n", b"\r\n--part--\r\n"
            kind = 'multipart/related; type="application/dicom"; boundary=part'
            self._send(HTTPStatus.OK if kept else HTTPStatus.NOT_FOUND, kind, head + content + end)
            return
        found = next(((level, match) for level, form in PLACES if (match := form.fullmatch(place))), None)
        if found is None:
            self._send(HTTPStatus.NOT_FOUND, JSON, b"")
        elif found[0] not in self.server.moods.levels:
            self._send(HTTPStatus.NOT_IMPLEMENTED, JSON, b"")
        else:
            self._search(found[0], found[1].groupdict(), parse_qs(parts.query))

    def _search(self, level: str, place: Mapping[str, str], query: Mapping[str, list[str]]) -> None:
        moods, question = self.server.moods, Dataset()
        question.QueryRetrieveLevel = level
        for keyword in query.get("includefield", []):
            setattr(question, keyword, None)
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")[: 1 + len(place)]:
            setattr(question, keyword, None)
        for keyword, value in [*place.items(), *((key, values[0]) for key, values in query.items())]:
            if keyword not in NOT_KEYS:
                setattr(question, keyword, value)
        kept = () if moods.hides else self.server.shelf.objects(place.get("StudyInstanceUID", ""))
        rows = list(answers(question, (one.header for one in kept)))
        first = int(query.get("offset", ["0"])[0])
        last = first + min(int(query.get("limit", ["1000"])[0]), moods.most)
        more = {"Warning": '299 SIMPACS "there are more"'} if last < len(rows) else {}
        page = [row.to_json_dict() for row in rows[first:last]]
        self._send(HTTPStatus.OK if page else HTTPStatus.NO_CONTENT, JSON, json.dumps(page).encode(), more)

    def _send(self, status: int, kind: str, content: bytes, more: Mapping[str, str] | None = None) -> None:
        moods = self.server.moods
        content = b"" if status == HTTPStatus.NO_CONTENT else content
        self.send_response(status)
        for name, value in {**({"Content-Type": kind} if kind else {}), **(more or {})}.items():
            self.send_header(name, value)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if moods.half:
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
        elif moods.drip_s:
            for byte in content:
                self.wfile.write(bytes([byte]))
                time.sleep(moods.drip_s)
        else:
            self.wfile.write(content)


Words = Sequence[tuple[Dataset, int]]


def _split(words: Words) -> Iterator[tuple[str, str, Words]]:
    """Give the two lists of an answer: tag, tag of the reason, and what stands in it."""
    yield "00081199", "00081196", [word for word in words if word[1] in {0, COERCED}]
    yield "00081198", "00081197", [word for word in words if word[1] not in {0, COERCED}]


def _json(words: Words) -> Mapping[str, Any]:
    answer: dict[str, Any] = {}
    for tag, reason, listed in _split(words):
        answer[tag] = {"vr": "SQ"}
        for header, status in listed:
            item: dict[str, Any] = {
                "00081150": {"vr": "UI", "Value": [str(header.SOPClassUID)]},
                "00081155": {"vr": "UI", "Value": [str(header.SOPInstanceUID)]},
            }
            if status:
                item[reason] = {"vr": "US", "Value": [status]}
            answer[tag].setdefault("Value", []).append(item)
    return answer


def _xml(words: Words) -> bytes:
    root = ET.Element("NativeDicomModel", xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM")
    for tag, reason, listed in _split(words):
        sequence = ET.SubElement(root, "DicomAttribute", {"tag": tag, "vr": "SQ"})
        for number, (header, status) in enumerate(listed, start=1):
            item = ET.SubElement(sequence, "Item", number=str(number))
            said = {"00081150": header.SOPClassUID, "00081155": header.SOPInstanceUID}
            for attribute, value in {**said, **({reason: status} if status else {})}.items():
                element = ET.SubElement(item, "DicomAttribute", {"tag": attribute, "vr": "UI"})
                ET.SubElement(element, "Value", number="1").text = str(value)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


@dataclass(frozen=True, kw_only=True, slots=True)
class WebPacs:
    """A running simulator: its address, what it keeps, how it behaves."""

    url: str
    shelf: Shelf
    moods: Moods


@contextmanager
def web_pacs(folder: Path, tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[WebPacs]:
    """Run the simulator for the block, over TLS where that is given; the same folder continues it."""
    moods, shelf = Moods(), Shelf(folder, time.monotonic)
    server = _Server(shelf, moods, tls, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield WebPacs(url=f"{server.address}{ROOT}", shelf=shelf, moods=moods)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
