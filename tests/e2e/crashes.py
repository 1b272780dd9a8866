"""Workers that die at one chosen point, for the tests."""

import socket
import subprocess
import sys
from pathlib import Path

from tests.e2e.peers import end
from tests.e2e.site import Site


def crash(one: Site, study: str, point: tuple[str, int, str]) -> int:
    """Let a worker die at a point; gives its exit code."""
    step, number, moment = point
    with (one.data.parent / "crashes.log").open("ab") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.crashing_worker", study, step, str(number), moment],
            env=one.environment, cwd=Path(__file__).parents[2], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        return worker.wait(60)
    finally:
        end(worker)


def is_listening(one: Site) -> bool:
    """Whether the receiver of a site takes connections."""
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", one.dicom_port)) == 0
