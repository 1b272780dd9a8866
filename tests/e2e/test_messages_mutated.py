"""Damaged messages over real connections, into PostgreSQL: each is answered, and applied or listed with its reason."""

import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from collega.testing.hl7_messages import order, verdict
from tests.e2e.message_mutation import corpus, framed_messages, stream
from tests.e2e.messages import Ris
from tests.e2e.peers import LOOPBACK
from tests.e2e.site import Site, site, wait_for
from tests.e2e.test_messages_kill import process_for_messages

pytestmark = pytest.mark.shows("R31", "R59")
IN_CI, IN_SOAK = 500, 20_000
SIDE_BY_SIDE = 16
# State in the table -> the answer of its sender.
ANSWERED = {"applied": "AA", "failed": "AA", "unusable": "AE", "refused": "AR"}
UNFORESEEN = ("Traceback", "were not kept", "while it was applied", "could not be held")


def said(port: int, encoded: bytes) -> Sequence[bytes]:
    """Send a stream on a connection of its own, and give all that is answered."""
    with socket.create_connection((LOOPBACK, port), timeout=60) as line:
        try:
            line.sendall(encoded)
            line.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has hung up already: what it said is still to be read
        got = b""
        try:
            while part := line.recv(1 << 16):
                got += part
        except ConnectionResetError:
            pass
    return [part.lstrip(b"\x0b") for part in got.split(b"\x1c\r") if part]


def code(answer: bytes) -> str:
    """Give AA, AE or AR, by whatever separator the answer has."""
    return answer.partition(b"\rMSA")[2][1:3].decode()


def rows(one: Site) -> dict[bytes, tuple[str, str]]:
    """Read what is in the table: bytes -> state and reason."""
    with psycopg.connect(f"host={one.data / 'pg'} user=postgres dbname=postgres", autocommit=True) as connection:
        found = connection.execute("SELECT encoded, state, reason FROM hl7_message").fetchall()
    return {bytes(encoded): (state, reason) for encoded, state, reason in found}


def waits(one: Site) -> bool:
    with psycopg.connect(f"host={one.data / 'pg'} user=postgres dbname=postgres", autocommit=True) as connection:
        return bool(connection.execute("SELECT 1 FROM hl7_message WHERE state = 'waiting' LIMIT 1").fetchone())


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path / "site", pacs=None, apps=[], hl7=True) as one:
        one.start()
        yield one


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("count", [IN_CI, pytest.param(IN_SOAK, marks=pytest.mark.slow)])
def test_no_damaged_message_is_lost_or_stops_those_after_it(house: Site, count: int) -> None:
    streams = [stream(corpus(), seed) for seed in range(count)]
    process = process_for_messages(house)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as senders:
        answers = list(senders.map(lambda encoded: said(house.hl7_port, encoded), streams))
    whole = [list(framed_messages(encoded)) for encoded in streams]
    short = [seed for seed in range(count) if len(answers[seed]) != len(whole[seed])]
    assert not short, f"seeds {short[:10]}: not every whole message is answered"
    with Ris(house.hl7_port) as ris:
        assert verdict(ris.send(order(id_="last", accession="LAST"))) == "AA"
    wait_for(lambda: not waits(house), "nothing waits", 300)
    kept = rows(house)
    kept.pop(order(id_="last", accession="LAST"))
    assert set(kept) == {message for some in whole for message in some}
    pairs = [pair for some, back in zip(whole, answers, strict=True) for pair in zip(some, back, strict=True)]
    codes = {message: code(answer) for message, answer in pairs}
    assert {message: ANSWERED[state] for message, (state, _) in kept.items()} == codes
    counted = Counter(state for state, _ in kept.values())
    assert all(reason for state, reason in kept.values() if state != "applied")
    assert counted["applied"] > count / 20, counted
    listed = house.json("messages", "list", "--limit", "10000")
    assert len(listed) == min(10_000, len(kept) - counted["applied"])
    assert process_for_messages(house) == process, "it never ended"
    log = (house.data.parent / "serve.log").read_text(errors="replace")
    assert not [word for word in UNFORESEEN if word in log]
