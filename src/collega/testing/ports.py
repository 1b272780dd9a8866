"""Free TCP ports for peers that cannot choose their own, and a check of who listens."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

LOOPBACK = "127.0.0.1"
LISTENING = "0A"  # TCP_LISTEN of the kernel, as /proc/net/tcp shows it


@contextmanager
def reserved_ports(number: int = 1) -> Iterator[tuple[int, ...]]:
    """Hold free ports of the loopback interface for programs that are started inside the block.

    The ports are bound, not listened on, with ``SO_REUSEADDR``: the kernel gives them to nobody
    who asks for any free port, and lets a program that names one bind it, provided that it sets
    ``SO_REUSEADDR`` as servers do. Leave the block when the program listens.

    A program that names the same port by chance can still take it; ``owned_by`` finds that out.
    """
    with ExitStack() as stack:
        holders = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) for _ in range(number)]
        for holder in holders:
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            holder.bind((LOOPBACK, 0))
        yield tuple(holder.getsockname()[1] for holder in holders)


def owned_by(pid: int, port: int) -> bool:
    """Whether the process ``pid`` itself listens on TCP ``port``, on any address (Linux)."""
    wanted = {f"socket:[{inode}]" for inode in _listeners(port)}
    return bool(wanted) and not wanted.isdisjoint(_open_files(pid))


def _listeners(port: int) -> Iterator[str]:
    """Inodes of the sockets that listen on ``port`` (proc_net_tcp of the kernel's documentation)."""
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text(encoding="ascii").splitlines()[1:] if table.exists() else ():
            fields = line.split()
            local, state, inode = fields[1], fields[3], fields[9]
            if state == LISTENING and int(local.rpartition(":")[2], 16) == port:
                yield inode


def _open_files(pid: int) -> Iterator[str]:
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                yield str(descriptor.readlink())
            except FileNotFoundError:
                continue  # closed while we looked
    except FileNotFoundError:
        return  # the process has ended
