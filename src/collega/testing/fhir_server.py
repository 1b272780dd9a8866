"""A simulator of a server of records: a little FHIR R4 search over a real socket. It holds records of nobody."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

LOOPBACK = "127.0.0.1"
FHIR_JSON = "application/fhir+json"
Resource = Mapping[str, Any]


@dataclass(kw_only=True)
class Behaviour:
    """How the simulator fails: set while it runs.

    ``status`` answers every question so, with an OperationOutcome; ``html``: a page to log in instead of JSON;
    ``slow_s``: seconds before each answer; ``loop``: the next page is always the same; ``stranger``: another
    patient's resource stands in each answer; ``token``: who does not bring it is refused; ``page`` resources a page;
    ``elsewhere``: the next page is on another server; ``hangs_up``: it breaks off without a word, as one that is down.
    """

    status: int = 0
    html: bool = False
    slow_s: float = 0.0
    loop: bool = False
    stranger: Resource | None = None
    token: str = ""
    page: int = 2
    elsewhere: str = ""
    hangs_up: bool = False
    asked: list[str] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, resources: Sequence[Resource], behaviour: Behaviour, tls: ssl.SSLContext | None) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.resources = resources
        self.behaviour = behaviour
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.address = f"{'http' if tls is None else 'https'}://{LOOPBACK}:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: who asked has not waited for the answer."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in http.server
        """Log nothing: addresses hold numbers of patients."""

    def do_GET(self) -> None:
        """Answer a search, in the way that was set."""
        behaviour = self.server.behaviour
        behaviour.asked.append(self.path)
        time.sleep(behaviour.slow_s)
        if behaviour.hangs_up:
            self.close_connection = True
        elif behaviour.token and self.headers.get("Authorization") != f"Bearer {behaviour.token}":
            self._refuse(HTTPStatus.UNAUTHORIZED)
        elif behaviour.status:
            self._refuse(behaviour.status)
        elif behaviour.html:
            self._send(HTTPStatus.OK, "text/html", b"<html><body>Please log in</body></html>")
        else:
            self._send(HTTPStatus.OK, FHIR_JSON, json.dumps(self._found()).encode())

    def _found(self) -> Resource:
        behaviour = self.server.behaviour
        parts = urlsplit(self.path)
        kind, query = parts.path.rpartition("/")[2], parse_qs(parts.query)
        found = [item for item in self.server.resources if item["resourceType"] == kind and _fits(item, query)]
        first = int(query.get("_offset", ["0"])[0])
        shown = found[first : first + behaviour.page]
        if behaviour.stranger is not None and behaviour.stranger["resourceType"] == kind:
            shown = [*shown, behaviour.stranger]
        bundle: dict[str, Any] = {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "entry": [{"resource": item, "search": {"mode": "match"}} for item in shown],
        }
        own = self.server.address
        after = first if behaviour.loop else first + behaviour.page
        if after < len(found):
            tail = urlencode({**query, "_offset": [str(after)]}, doseq=True)
            bundle["link"] = [{"relation": "next", "url": f"{behaviour.elsewhere or own}{parts.path}?{tail}"}]
        return bundle

    def _refuse(self, status: int) -> None:
        issue = {"severity": "error", "code": "processing", "diagnostics": "as it was set"}
        outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
        self._send(status, FHIR_JSON, json.dumps(outcome).encode())

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _fits(resource: Resource, query: Mapping[str, list[str]]) -> bool:
    """Hold a resource against the parameters that we use: identifier, patient, code, conclusion."""
    numbers = {f"{item['system']}|{item['value']}" for item in resource.get("identifier", [])}
    codings = {f"{item['system']}|{item['code']}" for item in resource.get("code", {}).get("coding", [])}
    concluded = {
        f"{item['system']}|{item['code']}" for one in resource.get("conclusionCode", []) for item in one["coding"]
    }
    subject = resource.get("subject", {}).get("reference", "")
    holds: Mapping[str, Callable[[str], bool]] = {
        "identifier": lambda value: value in numbers,
        "patient": lambda value: str(subject).endswith(f"Patient/{value}"),
        "code": lambda value: bool(codings & set(value.split(","))),
        "conclusion": lambda value: bool(concluded & set(value.split(","))),
    }
    return all(holds[key](values[0]) for key, values in query.items() if key in holds)


@contextmanager
def fhir_server(resources: Sequence[Resource], tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, Behaviour]]:
    """Run the simulator for the block, over TLS where that is given: its address, and how it is to behave."""
    behaviour = Behaviour()
    server = _Server(resources, behaviour, tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"{server.address}/fhir", behaviour
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# ------------------------------------------------------------------------------- resources


def person(identity: str, number: str, *, system: str = "urn:collega:numbers", born: str = "1960-02-29") -> Resource:
    """Make a Patient."""
    numbers = [{"system": system, "value": number}]
    return {"resourceType": "Patient", "id": identity, "identifier": numbers, "birthDate": born}


def observation(  # noqa: PLR0913 - a value and all that is said of it
    identity: str,
    code: str,
    value: float | None,
    unit: str,
    at: str,
    *,
    status: str = "final",
    system: str = "http://loinc.org",
    **more: Any,  # noqa: ANN401 - any element
) -> Resource:
    """Make an Observation of a Patient; ``more`` are further elements."""
    quantity = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return {
        "resourceType": "Observation",
        "id": f"{identity}-{code}-{at}",
        "status": status,
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": f"Patient/{identity}"},
        "effectiveDateTime": at,
        **({"valueQuantity": quantity} if value is not None else {}),
        **more,
    }


def report(identity: str, at: str, text: str, *, status: str = "final") -> Resource:
    """Make a DiagnosticReport of radiology."""
    return {
        "resourceType": "DiagnosticReport",
        "id": f"{identity}-report-{at}",
        "status": status,
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD"}]}],
        "subject": {"reference": f"Patient/{identity}"},
        "effectiveDateTime": at,
        "conclusion": text,
    }
