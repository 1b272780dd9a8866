"""Every line of the log has what it must have, and none has a value that a patient came with."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.shows("R31", "R59")
UID = "1.2.826.0.1.3680043.10.4711.31415926"
HEADER = """
import asyncio, logging, threading, warnings
import structlog
from collega.cli import logs
from collega.config import load
from collega.errors import QuarantineError
logs.configure(load(), "worker")
log = structlog.get_logger()
def fail():
    raise ValueError("Zwartkruis^Quirine 19310704")
"""
SAYINGS = {
    "a line of ours": 'log.info("object received", study="abc")',
    "an exception that quotes what came": """
try:
    fail()
except ValueError:
    log.exception("step failed")
""",
    "its cause quotes too": """
try:
    try:
        fail()
    except ValueError as error:
        raise RuntimeError("Quirine") from error
except RuntimeError:
    log.exception("step failed")
""",
    "a library": """
try:
    fail()
except ValueError:
    logging.getLogger("procrastinate.worker").exception("Job run[1] ended")
""",
    "a task that nobody awaits": """
async def main():
    async def lost():
        fail()
    task = asyncio.create_task(lost())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
asyncio.run(main())
""",
    "a thread": "thread = threading.Thread(target=fail); thread.start(); thread.join()",
    "a warning": 'warnings.warn("Invalid value for VR PN: Zwartkruis^Quirine")',
    "a library that reads values": 'logging.getLogger("pydicom").error("Invalid value: Zwartkruis^Quirine")',
    "a UID": f'log.warning("not found", why="study {UID} is not there")',
    "the end of the process": "fail()",
}
SILENT = {"a warning", "a library that reads values"}


def said(code: str, *, json_lines: bool) -> str:
    """Run a few lines in a process of their own; what it logs."""
    environment = {**os.environ, "COLLEGA_LOG__JSON_LINES": str(json_lines).lower(), "COLLEGA_LOG__LEVEL": "debug"}
    done = subprocess.run(
        [sys.executable, "-c", HEADER + code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize("what", list(SAYINGS))
def test_lines_for_machines(what: str) -> None:
    text = said(SAYINGS[what], json_lines=True)
    assert not [word for word in ("Zwartkruis", "Quirine", "19310704", UID) if word in text]
    lines = [json.loads(line) for line in text.splitlines()]
    assert bool(lines) == (what not in SILENT)
    for line in lines:
        assert list(line)[:4] == ["time", "level", "role", "event"]
        assert line["time"].endswith("Z")
        assert (line["role"], bool(line["event"])) == ("worker", True)


@pytest.mark.parametrize("what", list(SAYINGS))
def test_lines_for_people(what: str) -> None:
    text = said(SAYINGS[what], json_lines=False)
    assert bool(text) == (what not in SILENT)
    assert not [word for word in ("Zwartkruis", "Quirine", "19310704", UID) if word in text]


def test_an_exception_keeps_its_type_and_its_way() -> None:
    (line,) = map(json.loads, said(SAYINGS["an exception that quotes what came"], json_lines=True).splitlines())
    kind, *way = line["exception"].splitlines()
    assert kind == "ValueError"
    assert any(frame.endswith(" fail") for frame in way)


def test_an_error_of_ours_keeps_its_text() -> None:
    code = (
        'try:\n    raise QuarantineError("conflict", "other pixels")\nexcept QuarantineError:\n    log.exception("x")'
    )
    (line,) = map(json.loads, said(code, json_lines=True).splitlines())
    assert line["exception"].splitlines()[0] == "QuarantineError: other pixels"


def test_a_uid_becomes_the_key_of_its_folder() -> None:
    (line,) = map(json.loads, said(SAYINGS["a UID"], json_lines=True).splitlines())
    assert line["why"].startswith("study uid:")
