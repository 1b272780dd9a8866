"""Words to systemd, on a real socket of the kind that systemd opens."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collega.cli.notify import Notifier, answers
from collega.testing.ports import reserved_ports

pytestmark = pytest.mark.shows("R31")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """Be systemd: a datagram socket, and its name."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(2)
        yield channel, str(tmp_path / "notify")


def test_words_arrive_as_one_message(manager: tuple[socket.socket, str]) -> None:
    channel, name = manager
    Notifier({"NOTIFY_SOCKET": name}).say("READY=1", "STATUS=taking work")
    assert channel.recv(4096) == b"READY=1\nSTATUS=taking work"


def test_an_abstract_socket() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        name = f"collega-test-{os.getpid()}-{time.monotonic_ns()}"
        channel.bind(f"\0{name}")
        channel.settimeout(2)
        Notifier({"NOTIFY_SOCKET": f"@{name}"}).say("STOPPING=1")
        assert channel.recv(4096) == b"STOPPING=1"


def test_nobody_listens(tmp_path: Path) -> None:
    Notifier({}).say("READY=1")
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).say("READY=1")


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"NOTIFY_SOCKET": "x", "WATCHDOG_USEC": "30000000"}, 10.0),
        ({"NOTIFY_SOCKET": "x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 10.0),
        ({"NOTIFY_SOCKET": "x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"NOTIFY_SOCKET": "x", "WATCHDOG_USEC": "0"}, None),
        ({"NOTIFY_SOCKET": "x", "WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "30000000"}, None),
        ({}, None),
    ],
)
def test_how_often_it_must_be_heard(environment: dict[str, str], seconds: float | None) -> None:
    assert Notifier(environment).alive_every == seconds


def test_a_site_that_is_not_there_is_not_ready() -> None:
    with reserved_ports() as (port,):
        assert not answers("127.0.0.1", port)
