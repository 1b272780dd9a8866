"""collega itself in the demonstration: the command ``serve`` in its own processes, on free ports."""

import contextlib
import ctypes
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from collega.adapters.postgres.embedded import EmbeddedPostgres
from collega.bootstrap.demo.day import night_zone
from collega.config import PREFIX, Settings, load
from collega.errors import CollegaError, InputError, PeerError
from collega.testing.ports import LOOPBACK, reserved_ports

AE_TITLE = "COLLEGA"
SECONDS_TO_START = 60.0
SECONDS_TO_STOP = 40.0
LOG_LENGTH = 1500
# A day pressed into minutes leaves no time for the patience of a site.
QUIET_VOLUME_S = 1.0
PACS_RETRIES = {"retry_first_s": 0.5, "retry_most_s": 2.0}
APP_RETRY_S = 0.5
APPROVER = "AI lead"  # the name under which a pack of feedback is approved here
NOTICE = (
    "DEMONSTRATION: simulated scanners, PACS and readers; not for clinical use · "
    "DEMONSTRATIE: gesimuleerde scanners, PACS en lezers; niet voor klinisch gebruik"
)
PR_SET_PDEATHSIG = 1
MARK = "demo"  # folder below the data folder by which a later run knows a demonstration's
# Variables of the user that the demonstration does not follow: it speaks to its own peers alone.
OWN_SECTIONS = (
    *("DATABASE__", "DICOM__", "FEEDBACK__", "HL7__", "INPUTS__", "PACS__", "RECEIVE__", "ROUTE__", "WEB__"),
    *("APPS", "DEFAULT_STAGE", "CONFIG", "DATA"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Folders of the demonstration; those of a temporary one are removed at its end."""

    data: Path
    temporary: bool

    @property
    def demo(self) -> Path:
        """What belongs to the demonstration alone: films, the PACS's shelf, settings, log."""
        return self.data / MARK

    @property
    def shelf(self) -> Path:
        """What the simulated PACS keeps."""
        return self.demo / "simulated-pacs"

    @property
    def log(self) -> Path:
        """What collega's processes say."""
        return self.demo / "serve.log"


@contextlib.contextmanager
def place(environment: Mapping[str, str]) -> Iterator[Place]:
    """Find the data folder: the one that is set, else a temporary one for the length of the block.

    Raises
    ------
    InputError
        The folder that is set holds studies of a site: generated patients do not belong there.
    """
    named = environment.get(f"{PREFIX}DATA")
    if named:
        data = Path(named).expanduser().absolute()
        if _holds_studies(data) and not (data / MARK).is_dir():
            message = f"{data} holds studies that no demonstration made; set COLLEGA_DATA to another folder, or to none"
            raise InputError(message)
        (data / MARK).mkdir(parents=True, exist_ok=True)
        yield Place(data=data, temporary=False)
        return
    top = Path(tempfile.mkdtemp(prefix="collega-demo-"))
    try:
        (top / "data" / MARK).mkdir(parents=True)
        yield Place(data=top / "data", temporary=True)
    finally:
        shutil.rmtree(top, ignore_errors=True)


def _holds_studies(data: Path) -> bool:
    studies = data / "studies"
    return studies.is_dir() and any(studies.iterdir())


class Server:
    """A running ``collega serve``."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, settings: Settings) -> None:
        self._process = process
        self._log = log
        self.settings = settings
        self.dicom_port = settings.dicom.port
        self.web_port = settings.web.port
        self.hl7_port = settings.hl7.port
        self.zone = ZoneInfo(settings.site.timezone)

    def check(self) -> None:
        """Raise `PeerError` where it has ended."""
        if self._process.poll() is not None:
            text = self._log.read_text(errors="replace")[-LOG_LENGTH:]
            message = f"collega ended with exit code {self._process.returncode}:\n{text}"
            raise PeerError(message)

    def get(self, path: str) -> Any:  # noqa: ANN401 - decoded JSON
        """Read JSON from its web port; None where it has no answer."""
        try:
            address = f"http://{LOOPBACK}:{self.web_port}{path}"
            with urllib.request.urlopen(address, timeout=10) as answer:
                return json.load(answer)
        except (urllib.error.URLError, OSError, ValueError):
            return None

    def post(self, path: str, value: object) -> int:
        """Send JSON to its web port; returns the status of the answer, 0 for none."""
        return self._send(path, json.dumps(value), "application/json")

    def send_form(self, path: str, fields: Mapping[str, str]) -> int:
        """Send what a page's form sends; returns the status of the answer, 0 for none."""
        return self._send(path, urlencode(fields), "application/x-www-form-urlencoded")

    def _send(self, path: str, content: str, kind: str) -> int:
        connection = http.client.HTTPConnection(LOOPBACK, self.web_port, timeout=10)
        try:
            connection.request("POST", path, content.encode(), {"Content-Type": kind})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def wait(self) -> None:
        """Return when it can take work."""
        end = time.monotonic() + SECONDS_TO_START
        while self.get("/healthz") is None:
            self.check()
            if time.monotonic() > end:
                message = f"collega is not ready after {SECONDS_TO_START:g} s; see {self._log}"
                raise PeerError(message)
            time.sleep(0.05)

    def stop(self, data: Path) -> None:
        """End it and its database."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # After a kill nobody is left to stop the database: hold it once more, and let go.
        if (data / "pg" / "postmaster.pid").exists():
            with contextlib.suppress(CollegaError, OSError):
                database = EmbeddedPostgres(data)
                database.start()
                database.stop()


@contextlib.contextmanager
def serving(  # noqa: PLR0913 - what a server is told at its start
    where: Place,
    environment: Mapping[str, str],
    pacs: tuple[str, int],
    apps: Sequence[Path],
    inputs: Mapping[str, object],
    destination: Mapping[str, object],
) -> Iterator[Server]:
    """Run ``collega serve`` with these apps for the block, delivering to ``pacs`` (AE title, port), telling a RIS.

    ``inputs`` are the settings that say where apps' further inputs come from.
    """
    kept = {name: value for name, value in environment.items() if not _is_own(name)}
    with reserved_ports(3) as (dicom_port, web_port, hl7_port):
        settings = where.demo / "collega.toml"
        written = _settings(where, pacs, apps, inputs, (dicom_port, web_port, hl7_port))
        settings.write_text(written + _table("hl7.destinations", destination), encoding="utf-8")
        loaded = load(settings, kept)  # what is wrong is told before anything is started
        with where.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "collega", "serve", "--config", str(settings)],
                env=kept,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the demonstration, which then stops it in order
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call
            )
        server = Server(process, where.log, loaded)
        try:
            server.wait()
            yield server
        finally:
            server.stop(where.data)


def _is_own(name: str) -> bool:
    return name.startswith(PREFIX) and name.removeprefix(PREFIX).startswith(OWN_SECTIONS)


def _settings(
    where: Place,
    pacs: tuple[str, int],
    apps: Sequence[Path],
    inputs: Mapping[str, object],
    ports: tuple[int, int, int],
) -> str:
    """Write the settings of the demonstration, as a site would write its own."""
    dicom_port, web_port, hl7_port = ports
    values: dict[str, Mapping[str, object]] = {
        "dicom": {"host": LOOPBACK, "port": dicom_port, "aet": AE_TITLE, "reserve_mb": 64},
        "web": {"host": LOOPBACK, "port": web_port, "notice": NOTICE},
        "site": {"timezone": night_zone(datetime.now(UTC))},
        "hl7": {"port": hl7_port},
        "reports": {"language": "nl"},  # which the simulated RIS writes
        "receive": {"quiet_volume_s": QUIET_VOLUME_S},
        "pacs": {"host": LOOPBACK, "port": pacs[1], "aet": pacs[0], **PACS_RETRIES},
        "route": {"max_study_age_days": 0},
        "run": {"retry_wait_s": APP_RETRY_S},
        "feedback": {"approvers": [APPROVER]},
        "inputs": inputs,
    }
    lines = ["# Settings of a demonstration.", f"data = {json.dumps(str(where.data))}", 'default_stage = "live"']
    lines += [f"apps = {json.dumps([str(folder) for folder in apps])}"]
    for section, entries in values.items():
        lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in entries.items())]
    return "\n".join(lines) + "\n"


def _table(name: str, entries: Mapping[str, object]) -> str:
    return "\n".join([f"[[{name}]]", *(f"{key} = {json.dumps(value)}" for key, value in entries.items())]) + "\n"


def _end_with_parent() -> None:
    """Be asked to end when the demonstration ends, however it ends (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() == 1:
        os._exit(1)
