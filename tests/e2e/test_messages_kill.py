"""The process for messages is killed while a sender pours: nothing is lost, and nothing is there twice."""

import itertools
import os
import signal
import threading
import time
from pathlib import Path

import psycopg
import pytest

from collega.testing.hl7_messages import order, verdict
from collega.testing.ports import owned_by
from tests.e2e.messages import Ris
from tests.e2e.site import Site, family, site, wait_for

pytestmark = pytest.mark.shows("R59")
KILLS, MESSAGES = 4, 400
KEPT = """SELECT count(*), count(DISTINCT control_id), count(*) FILTER (WHERE state = 'applied')
    FROM hl7_message"""


def process_for_messages(one: Site) -> int | None:
    """Find the process that listens for messages."""
    found = [pid for process in one.processes for pid in family(process.pid) if owned_by(pid, one.hl7_port)]
    return found[0] if found else None


def test_kills_while_a_sender_pours_lose_and_double_nothing(tmp_path: Path) -> None:
    messages = [order(id_=str(number), accession=f"A{number}") for number in range(MESSAGES)]
    killed: list[int] = []
    with site(tmp_path / "site", pacs=None, apps=[], hl7=True) as one:
        one.start()
        assert one.get("/healthz")["links"] is True
        done = threading.Event()

        def kill() -> None:
            while len(killed) < KILLS and not done.wait(0.7):
                pid = process_for_messages(one)
                if pid is not None and pid not in killed:
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)

        killer = threading.Thread(target=kill)
        killer.start()
        resent = _send_until_answered(one.hl7_port, messages)
        done.set()
        killer.join()
        with psycopg.connect(f"host={one.data / 'pg'} user=postgres dbname=postgres", autocommit=True) as connection:
            wait_for(lambda: connection.execute(KEPT).fetchone() == (MESSAGES,) * 3, "all are applied, once", 30)
        wait_for(one.is_ready, "the supervisor has started it again", 20)
        assert [row["state"] for row in one.json("messages", "list", "--state", "applied", "--limit", "1")] == [
            "applied"
        ]
    assert killed
    assert resent >= len(killed) - 1, "a kill breaks the connection"


def _send_until_answered(port: int, messages: list[bytes]) -> int:
    """Send each until it is answered, as a RIS does; how often one had to be sent again."""
    resent, waiting = 0, itertools.chain(messages)
    message = next(waiting, None)
    deadline = time.monotonic() + 90
    while message is not None and time.monotonic() < deadline:
        try:
            with Ris(port) as ris:
                while message is not None:
                    answer = ris.send(message)
                    if not answer:
                        break
                    assert verdict(answer) == "AA"
                    message = next(waiting, None)
        except OSError:
            time.sleep(0.05)
        resent += 1
    assert message is None, "not all were answered in time"
    return resent
