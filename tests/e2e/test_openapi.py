"""The whole description of the application, asked by a generator: whatever comes in, nothing of ours breaks."""

import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from tests.e2e.peers import LOOPBACK
from tests.e2e.site import site

# A stream has no end, so that no answer of it can be waited for.
STREAMS = {"/api/live"}
SERVER_ERROR = 500


@schemathesis.serializer("multipart/related")
def as_it_is(_context: Any, value: Any) -> bytes:
    """Send what was generated for a body in parts; what is built so is in the tests of DICOMweb."""
    return bytes(value) if isinstance(value, bytes | bytearray) else str(value).encode("utf-8", "replace")


# What a generator hits upon now and then, and what has broken something once.
ODD = (
    "/api/studies/%00",
    "/studies/%00/apps/x",
    "/studies/1/apps/%00/kept/99999999999999999999",
    "/api/worklist?offset=99999999999999999999999",
    "/feedback-packs/%00",
    "/feedback-packs/%ff",
    "/fhir/ImagingStudy/%00",
    "/fhir/ImagingStudy/%ff",
    "/fhir/ImagingStudy?identifier=%ed%a0%80",
    "/fhir/ImagingStudy?identifier=%00",
    "/dicom-web/studies/%ff",
    "/dicom-web/studies?PatientName=%ff*",
    "/dicom-web/studies?PatientID=%00",
    "/dicom-web/studies/1/series/1/instances/1/frames/99999999999999999999",
    "/dicom-web/studies?limit=99999999999999999999",
    "/dicom-web/studies?SeriesNumber=1",
)


@dataclass(kw_only=True)
class Asker:
    """Asks one operation after another, each within its share of the time."""

    examples: int
    seconds: float
    asked: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def ask_all(self, url: str) -> None:
        found = list(schemathesis.openapi.from_url(url).get_all_operations())
        assert all(isinstance(result, Ok) for result in found), "the description is valid"
        described = [result.ok() for result in found if isinstance(result, Ok)]
        operations = [operation for operation in described if operation.path not in STREAMS]
        end = time.monotonic() + self.seconds
        for number, operation in enumerate(operations):
            left = len(operations) - number
            self._ask(operation, time.monotonic() + (end - time.monotonic()) / left)

    def ask_odd(self, base: str) -> None:
        for path in ODD:
            try:
                urllib.request.urlopen(base + path, timeout=20).close()  # noqa: S310 - an address of ours
            except urllib.error.HTTPError as error:
                if error.code >= SERVER_ERROR:
                    self.broken.append(f"{error.code} {path}")

    def _ask(self, operation: Any, until: float) -> None:
        @settings(
            max_examples=self.examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            times = self.asked.get(operation.label, 0)
            if times and time.monotonic() > until:
                return
            self.asked[operation.label] = times + 1
            answer = case.call(timeout=20, allow_redirects=False)
            if answer.status_code >= SERVER_ERROR:
                self.broken.append(f"{answer.status_code} {case.as_curl_command()}")

        ask()


def ask_everything(folder: Path, examples: int, seconds: float) -> dict[str, int]:
    """Ask every operation so many times, within so many seconds; how often each was asked."""
    asker = Asker(examples=examples, seconds=seconds)
    with site(folder, pacs=None) as one:
        one.start()
        asker.ask_odd(f"http://{LOOPBACK}:{one.web_port}")
        asker.ask_all(f"http://{LOOPBACK}:{one.web_port}/openapi.json")
        assert not asker.broken, "\n".join(asker.broken[:20])
        assert one.is_ready()
        assert "Traceback" not in one.log()
    return asker.asked


@pytest.mark.timeout(180)
@pytest.mark.shows("R59")
def test_no_question_breaks_the_application(tmp_path: Path) -> None:
    asked = ask_everything(tmp_path, 8, 40)
    assert {"GET /fhir/Observation", "GET /api/worklist", "GET /", "POST /fhir/Task/_search"} <= set(asked)
    assert {"GET /dicom-web/studies", "POST /dicom-web/studies"} <= set(asked)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_question_of_many_breaks_the_application(tmp_path: Path) -> None:
    asked = ask_everything(tmp_path, 300, 1200)
    assert min(asked.values()) >= 1
