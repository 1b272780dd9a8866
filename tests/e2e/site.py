"""A running collega for the tests: the real command in its own processes, on free ports."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collega.testing.ports import reserved_ports
from tests.e2e import warm
from tests.e2e.clusters import lay_out_cluster
from tests.e2e.peers import LOOPBACK, wait_until

SECONDS_TO_START = 40
SECONDS_TO_STOP = 40


@dataclass(kw_only=True)
class Site:
    """One site: its data folder and settings live on while its processes come and go."""

    data: Path
    dicom_port: int
    web_port: int
    hl7_port: int = 0
    environment: dict[str, str]
    cold: bool = False
    processes: list[warm.Process] = field(default_factory=list)

    def start(self, *arguments: str, ready: bool = True) -> warm.Process:
        """Start ``collega serve`` and wait until it can take work."""
        if not self.cold and not (self.data / "pg").exists() and "COLLEGA_DATABASE__URL" not in self.environment:
            lay_out_cluster(self.data)
        begin, log = (warm.cold if self.cold else warm.start), self.data.parent / "serve.log"
        process = begin(["serve", *arguments], self.environment, log, log)
        self.processes.append(process)
        if ready:
            wait_until(lambda: self.is_ready() or process.poll() is not None, "collega is ready", SECONDS_TO_START)
            assert process.poll() is None, self.log()
        return process

    def is_ready(self) -> bool:
        """Whether ``/healthz`` answers 200."""
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{self.web_port}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError, OSError):
            return False

    def get(self, path: str) -> Any:
        """Read JSON from the web port."""
        with urllib.request.urlopen(f"http://{LOOPBACK}:{self.web_port}{path}", timeout=30) as answer:
            return json.load(answer)

    def command(self, *arguments: str, code: int = 0) -> str:
        """Run a command of collega and give its standard output."""
        done = warm.run(arguments, self.environment)
        assert done.returncode == code, done.stderr
        return done.stdout

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Run a command with ``--json`` and read its value."""
        done = warm.run((*arguments, "--json"), self.environment)
        assert (done.returncode, bool(done.stdout)) == (code, True), done.stderr
        return json.loads(done.stdout)

    def account(self, study_uid: str) -> dict[str, Any]:
        """Ask the site what it knows of a study."""
        found: dict[str, Any] = self.get(f"/api/studies/{study_uid}")
        return found

    def log(self) -> str:
        """Read what the processes said last."""
        return (self.data.parent / "serve.log").read_text(errors="replace")[-4000:]

    def kill(self, *, database: bool) -> None:
        """Kill the whole tree at once, as a loss of power would; the database too where asked."""
        pids = [pid for process in self.processes if process.poll() is None for pid in family(process.pid)]
        if database:
            pids += self.database_processes()
        for pid in pids:
            _kill(pid)
        for process in self.processes:
            process.wait(10)

    def stop(self) -> list[int]:
        """Ask every process to end; returns the exit codes."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        return [process.wait(SECONDS_TO_STOP) for process in self.processes]

    def database_processes(self) -> list[int]:
        """List the processes of the embedded server of this site, none where it is down."""
        try:
            first = int((self.data / "pg" / "postmaster.pid").read_text().split("\n", 1)[0])
            # A server that was killed leaves its file; the number may be another process by now.
            is_ours = Path(f"/proc/{first}/cwd").readlink() == self.data / "pg"
        except (OSError, ValueError):
            return []
        return family(first) if is_ours else []

    def left_over(self) -> list[int]:
        """List processes of this site's sessions, or with its data folder open or named, that should be gone."""
        found, sessions = [], {process.pid for process in self.processes}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                named = str(self.data) in (entry / "environ").read_bytes().decode(errors="replace")
                inside = str((entry / "cwd").readlink()).startswith(str(self.data))
                ours = os.getsid(int(entry.name)) in sessions
            except OSError:
                continue
            if (named or inside or ours) and int(entry.name) != os.getpid():
                found.append(int(entry.name))
        return found


def family(pid: int) -> list[int]:
    """List a process and all its descendants."""
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return [pid]
    return [pid, *(descendant for child in children for descendant in family(child))]


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def site(
    folder: Path,
    *,
    pacs: tuple[str, int] | None,
    apps: Sequence[Path] = (),
    settings: Mapping[str, str] | None = None,
    hl7: bool = False,
    cold: bool = False,
) -> Iterator[Site]:
    """Make a site below ``folder`` that delivers to ``pacs`` (AE title, port); its processes end with the block.

    Only with ``hl7`` does it listen for messages. Where ``cold``, as always outside the tests, it is started as a site
    starts it: a new process, without a database at first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("COLLEGA_")}
    with reserved_ports(3) as (dicom_port, web_port, hl7_port):
        environment = {
            **kept,
            "COLLEGA_DATA": str(folder / "data"),
            "COLLEGA_DICOM__PORT": str(dicom_port),
            "COLLEGA_WEB__PORT": str(web_port),
            "COLLEGA_HL7__PORT": str(hl7_port if hl7 else 0),
            "COLLEGA_DEFAULT_STAGE": "live",
            "COLLEGA_DICOM__RESERVE_MB": "0",
            # Tests count what a PACS is asked: rounds of coverage only where a test wants them.
            "COLLEGA_COVERAGE__EVERY_MINUTES": "0",
            "COLLEGA_RECEIVE__COUNT_AFTER_S": "0",
            "COLLEGA_DISK__WARN_PERCENT_FREE": "0",
            "COLLEGA_DISK__REFUSE_PERCENT_FREE": "0",
        }
        if pacs is not None:
            aet, port = pacs
            environment |= {"COLLEGA_PACS__HOST": LOOPBACK, "COLLEGA_PACS__PORT": str(port), "COLLEGA_PACS__AET": aet}
        if apps:
            environment["COLLEGA_APPS"] = os.pathsep.join(map(str, apps))
        environment |= settings or {}
        one = Site(
            data=folder / "data",
            dicom_port=dicom_port,
            web_port=web_port,
            hl7_port=hl7_port,
            environment=environment,
            cold=cold or not warm.is_a_test(),
        )
        try:
            yield one
        finally:
            try:
                one.stop()
            except subprocess.TimeoutExpired:
                one.kill(database=True)
            # A killed supervisor leaves the database running: hold it once more, and let go.
            if one.database_processes():
                warm.run(["worklist"], environment)


def wait_for(condition: Any, what: str, seconds: float = 60) -> None:
    """Wait until ``condition`` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            message = f"not within {seconds} s: {what}"
            raise AssertionError(message)
        time.sleep(0.05)
