"""HL7 messages from ten senders: how many are committed a second, how soon they are acted upon, and the memory."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from bench.figures import emit, emit_all
from bench.keeping import database
from bench.processes import by_role, cpu_s, grown, pss_mb
from tests.e2e.site import site

SENDER = Path(__file__).with_name("mllp_sender.py")
SENDERS = 10
TARGET_A_SECOND = 1000.0
SECONDS_TO_APPLY = 300.0
COUNTS = "SELECT count(*), count(*) FILTER (WHERE state = 'applied') FROM hl7_message"


def measure(folder: Path, count: int) -> None:
    """Send ``count`` messages from each sender, and count by ourselves what is in the database afterwards."""
    with site(folder, pacs=None, apps=[], hl7=True) as one:
        one.start()
        time.sleep(2)
        emit("memory of the process for messages, idle", "MB", by_role(one, pss_mb).get("links"))
        with database(one.data) as connection:
            before = by_role(one, cpu_s)
            told = _send(one.hl7_port, count)
            spent = grown(before, by_role(one, cpu_s))
            kept, applied = _counted(connection)
            if kept != told["accepted"] or told["others"]:
                message = f"{told['accepted']} messages were accepted, {told['others']} not, and {kept} are kept"
                raise ValueError(message)
            rate = kept / told["s"]
            emit("messages committed", "1/s", rate, senders=SENDERS, kept=kept, met=rate >= TARGET_A_SECOND)
            for role in ("links", "postgresql"):
                emit(f"CPU of {role} for a message", "ms", 1000 * spent.get(role, 0.0) / kept)
            emit_all("message to its answer", "ms", told["waits"])
            seconds = _all_applied(connection, kept)
            emit("messages applied", "1/s", kept / (told["s"] + seconds), by_the_last_answer=applied, after_s=seconds)


def _send(port: int, count: int) -> dict[str, Any]:
    command = [sys.executable, str(SENDER), str(port), str(SENDERS), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _counted(connection: psycopg.Connection) -> tuple[int, int]:
    row = connection.execute(COUNTS).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def _all_applied(connection: psycopg.Connection, count: int) -> float:
    """Wait until all are acted upon; the seconds that it took."""
    begin = time.monotonic()
    while _counted(connection)[1] < count:
        if time.monotonic() - begin > SECONDS_TO_APPLY:
            message = f"not acted upon within {SECONDS_TO_APPLY:.0f} s"
            raise ValueError(message)
        time.sleep(0.05)
    return time.monotonic() - begin
