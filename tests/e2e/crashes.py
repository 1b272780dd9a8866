"""Workers that die at one chosen point, for the tests."""

import socket

from tests.e2e import crashing_worker, warm
from tests.e2e.site import Site


def crash(one: Site, study: str, point: tuple[str, int, str]) -> int:
    """Let a worker die at a point; gives its exit code."""
    step, number, moment = point
    log = one.data.parent / "crashes.log"
    worker = warm.start([study, step, str(number), moment], one.environment, log, log, what=crashing_worker.main)
    try:
        return worker.wait(60)
    finally:
        worker.kill()


def is_listening(one: Site) -> bool:
    """Whether the receiver of a site takes connections."""
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", one.dicom_port)) == 0
