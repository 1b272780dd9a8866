"""Free ports, and who listens on one."""

import os
import socket
import subprocess
import sys

from collega.testing.ports import owned_by, reserved_ports

LISTEN = """
import socket, sys
with socket.socket() as one:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind((sys.argv[1], int(sys.argv[2])))
    one.listen()
    print("listening", flush=True)
    sys.stdin.read()
"""


def listener(host: str, port: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", LISTEN, host, str(port)]
    child = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "listening\n"
    return child


def test_a_reserved_port_goes_to_the_program_that_names_it() -> None:
    for host in ("127.0.0.1", "0.0.0.0"):  # noqa: S104 - Orthanc binds all addresses
        with reserved_ports() as (port,):
            child = listener(host, port)
            assert owned_by(child.pid, port)
            assert not owned_by(os.getpid(), port)
        child.communicate()
        assert not owned_by(child.pid, port)


def test_nobody_who_asks_for_any_port_gets_a_reserved_one() -> None:
    with reserved_ports(200) as ports:
        assert len(set(ports)) == 200
        for _ in range(2000):
            with socket.socket() as other:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                other.bind(("127.0.0.1", 0))
                assert other.getsockname()[1] not in ports


def test_a_bound_port_without_a_listener_is_owned_by_nobody() -> None:
    with reserved_ports() as (port,):
        assert not owned_by(os.getpid(), port)


def test_the_port_of_an_outgoing_connection_is_not_listened_on() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert owned_by(os.getpid(), server.getsockname()[1])
        assert not owned_by(os.getpid(), client.getsockname()[1])


def test_a_listener_over_ipv6_is_seen() -> None:
    with socket.socket(socket.AF_INET6) as one:
        one.bind(("::1", 0))
        one.listen()
        assert owned_by(os.getpid(), one.getsockname()[1])


def test_a_process_that_does_not_exist_owns_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one:
        assert not owned_by(2**22 + 1, one.getsockname()[1])
