"""The process for messages is killed while a sender pours: nothing is lost, and nothing is there twice."""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from collega.testing.hl7_messages import order, verdict
from collega.testing.ports import owned_by
from tests.e2e.messages import Ris
from tests.e2e.peers import LOOPBACK, end
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
        answered: list[bytes] = []
        done = threading.Event()

        def kill() -> None:
            # By what was answered, not by the clock: a fast machine has sent all of them within a second.
            while len(killed) < KILLS and not done.wait(0.02):
                if len(answered) * (KILLS + 1) < len(killed) * MESSAGES:
                    continue
                pid = process_for_messages(one)
                if pid is not None and pid not in killed:
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)

        killer = threading.Thread(target=kill)
        killer.start()
        resent = _send_until_answered(one.hl7_port, messages, answered)
        done.set()
        killer.join()
        with psycopg.connect(f"host={one.data / 'pg'} user=postgres dbname=postgres", autocommit=True) as connection:
            wait_for(lambda: connection.execute(KEPT).fetchone() == (MESSAGES,) * 3, "all are applied, once", 30)
        wait_for(one.is_ready, "the supervisor has started it again", 20)
        assert [row["state"] for row in one.json("messages", "list", "--state", "applied", "--limit", "1")] == [
            "applied"
        ]
    assert len(killed) >= KILLS - 1, "the last may come when all is sent"
    assert resent >= len(killed) - 1, "a kill breaks the connection"


SAID = """SELECT control_id, repeats, (SELECT count(*) FROM order_said o WHERE o.message_key = m.message_key)
    FROM hl7_message m ORDER BY control_id"""


@pytest.mark.parametrize("moment", [pytest.param("before", marks=pytest.mark.slow), "after"])
def test_a_kill_between_commit_and_answer_loses_and_doubles_nothing(tmp_path: Path, moment: str) -> None:
    messages = [order(id_=str(number), accession=f"A{number}") for number in range(3)]
    with site(tmp_path / "site", pacs=None, apps=[]) as one, process(one, "1", moment) as (port, crashing):
        with Ris(port) as ris:
            assert verdict(ris.send(messages[0])) == "AA"
            assert ris.send(messages[1]) == b"", "the kill comes before the answer"
        assert crashing.wait(20) == -signal.SIGKILL
        with psycopg.connect(f"host={one.data / 'pg'} user=postgres dbname=postgres", autocommit=True) as connection:
            is_kept = moment == "after"
            kept = [row[0] for row in connection.execute(SAID).fetchall()]
            assert kept == (["0", "1"] if is_kept else ["0"])
            one.environment["COLLEGA_HL7__PORT"] = str(port)
            one.start("--role", "links", ready=False)
            wait_for(lambda: is_open(port), "it listens again", 20)
            if is_kept:  # nobody has sent it again yet
                wait_for(lambda: connection.execute(SAID).fetchall()[-1] == ("1", 0, 1), "it is acted upon", 20)
            with Ris(port) as ris:
                assert [verdict(ris.send(message)) for message in messages[1:]] == ["AA", "AA"]
            expected = [("0", 0, 1), ("1", int(is_kept), 1), ("2", 0, 1)]
            wait_for(lambda: connection.execute(SAID).fetchall() == expected, "each is there once", 20)
            orders = connection.execute("SELECT accession FROM imaging_order ORDER BY accession").fetchall()
            assert [row[0] for row in orders] == ["A0", "A1", "A2"]


@contextlib.contextmanager
def process(one: Site, control_id: str, moment: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run a site whose process for messages dies at a point; gives its port."""
    one.start()
    with (one.data.parent / "crashes.log").open("ab") as log:
        crashing = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.crashing_links", control_id, moment],
            env=one.environment | {"COLLEGA_HL7__PORT": str(one.hl7_port)},
            cwd=Path(__file__).parents[2], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_for(lambda: is_open(one.hl7_port) or crashing.poll() is not None, "it listens", 20)
        yield one.hl7_port, crashing
    finally:
        end(crashing)


def is_open(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex((LOOPBACK, port)) == 0


def _send_until_answered(port: int, messages: list[bytes], answered: list[bytes]) -> int:
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
                    answered.append(message)
                    message = next(waiting, None)
        except OSError:
            time.sleep(0.05)
        resent += 1
    assert message is None, "not all were answered in time"
    return resent
