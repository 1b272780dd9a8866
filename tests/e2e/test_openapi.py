"""The whole description of the application, asked by a generator: whatever comes in, nothing of ours breaks."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from collega.bootstrap.people.session_tokens import form_token
from collega.model.access import Action, PersonRole, of_token
from collega.model.token import TokenRight
from collega.web.access import door
from tests.e2e.peers import LOOPBACK
from tests.e2e.people import enter
from tests.e2e.site import Site, site

# A stream has no end, so that no answer of it can be waited for.
STREAMS = {"/api/live"}
# These may end the session by which they are asked, at once or after a few wrong words: each has one of its own.
ENDINGS = {"/sign-out", "/session/lock", "/session/unlock", "/me/pin", "/me/password", "/me/sessions/{key}/end"}
SERVER_ERROR = 500
REFUSED = {401, 423}  # nobody is known, or the session is locked


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


@dataclass(frozen=True, kw_only=True)
class Known:
    """How somebody is known, and what that one may do; None: everything."""

    headers: Mapping[str, str] = field(default_factory=dict)
    rights: frozenset[Action] | None = None


def nobody(_name: str) -> Sequence[Known]:
    """Sign nobody in: as long as there is no account, this machine is let in."""
    return [Known()]


def signed_in(one: Site, name: str) -> Sequence[Known]:
    """Let in a person who has every role, and a program whose token has every right."""
    rights = list(TokenRight)
    secret = one.json("tokens", "new", name, "--may", ",".join(rights), "--by", "a test")["token"]
    session = enter(one, {name: tuple(PersonRole)})[name]
    return [
        Known(headers={"Cookie": f"collega={session}", "X-Form-Token": form_token(session)}),
        Known(headers={"Authorization": f"Bearer {secret}"}, rights=frozenset(of_token(frozenset(rights)))),
    ]


@dataclass(kw_only=True)
class Asker:
    """Asks one operation after another, each within its share of the time."""

    examples: int
    seconds: float
    let_in: Callable[[str], Sequence[Known]]
    asked: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def ask_all(self, base: str) -> None:
        known = self.let_in("asker")
        described = f"{base}/openapi.json"
        found = list(schemathesis.openapi.from_url(described, headers=dict(known[0].headers)).get_all_operations())
        assert all(isinstance(result, Ok) for result in found), "the description is valid"
        read = [result.ok() for result in found if isinstance(result, Ok)]
        operations = [operation for operation in read if operation.path not in STREAMS]
        end = time.monotonic() + self.seconds
        for number, operation in enumerate(operations):
            left = len(operations) - number
            who = self.let_in(f"asker-{number}") if operation.path in ENDINGS else known
            self._ask(operation, who, time.monotonic() + (end - time.monotonic()) / left)

    def ask_odd(self, base: str) -> None:
        for path in ODD:
            try:
                urllib.request.urlopen(base + path, timeout=20).close()  # noqa: S310 - an address of ours
            except urllib.error.HTTPError as error:
                if error.code >= SERVER_ERROR:
                    self.broken.append(f"{error.code} {path}")

    def _ask(self, operation: Any, known: Sequence[Known], until: float) -> None:
        need = door(operation.method.upper(), operation.path).need
        may = [one for one in known if one.rights is None or need in one.rights]

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
            answer = case.call(timeout=20, allow_redirects=False, headers=dict(may[times % len(may)].headers))
            if answer.status_code in REFUSED and isinstance(need, Action):
                self.refused[operation.path] = f"{answer.status_code} {answer.text[:100]}"
            if answer.status_code >= SERVER_ERROR:
                self.broken.append(f"{answer.status_code} {case.as_curl_command()}")

        ask()


def ask_everything(folder: Path, examples: int, seconds: float, *, signs_in: bool = False) -> dict[str, int]:
    """Ask every operation so many times, within so many seconds; how often each was asked."""
    with site(folder, pacs=None) as one:
        one.start()
        asker = Asker(examples=examples, seconds=seconds, let_in=partial(signed_in, one) if signs_in else nobody)
        asker.ask_odd(f"http://{LOOPBACK}:{one.web_port}")
        asker.ask_all(f"http://{LOOPBACK}:{one.web_port}")
        assert not asker.broken, "\n".join(asker.broken[:20])
        assert one.is_ready()
        assert "Traceback" not in one.log()
        assert not signs_in or not set(asker.refused) - ENDINGS, asker.refused
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
    asked = ask_everything(tmp_path, 300, 1200, signs_in=True)
    assert min(asked.values()) >= 1
