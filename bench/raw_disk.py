"""The limit: files over TCP to disk without DICOM, each acknowledged by one byte.

``python bench/raw_disk.py PORT FOLDER sync|nosync`` receives, ``send`` sends. A file is announced by its
length in eight bytes; with syncing the file and its folder are on disk before the acknowledgement.
"""

import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

LOOPBACK = "127.0.0.1"
LENGTH = struct.Struct("!Q")
ACKNOWLEDGED = b"\x06"
BUFFER_BYTES = 256 * 1024


def main() -> None:
    """Receive until a signal comes, a thread for each connection."""
    port, folder, sync = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "sync"
    with socket.create_server((LOOPBACK, port)) as listener:
        for number in range(sys.maxsize):
            connection, _ = listener.accept()
            target = folder / str(number)
            threading.Thread(target=_receive, args=(connection, target, sync), daemon=True).start()


def _receive(connection: socket.socket, folder: Path, sync: bool) -> None:  # noqa: FBT001 - of a thread's arguments
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    folder.mkdir(parents=True)
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    buffer = memoryview(bytearray(BUFFER_BYTES))
    with connection:
        number = 0
        while _fill(connection, buffer[: LENGTH.size]):
            name = f"{number:06d}"
            file = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600, dir_fd=place)
            _write(connection, buffer, file, LENGTH.unpack(buffer[: LENGTH.size])[0])
            if sync:
                os.fsync(file)
                os.fsync(place)
            os.close(file)
            connection.sendall(ACKNOWLEDGED)
            number += 1
    os.close(place)


def _write(connection: socket.socket, buffer: memoryview, file: int, length: int) -> None:
    while length:
        count = connection.recv_into(buffer, min(length, len(buffer)))
        if not count:
            message = "the sender has gone in the middle of a file"
            raise ConnectionError(message)
        written = 0
        while written < count:
            written += os.write(file, buffer[written:count])
        length -= count


def _fill(connection: socket.socket, part: memoryview) -> bool:
    """Fill the part; false where the sender has ended."""
    filled = 0
    while filled < len(part):
        count = connection.recv_into(part[filled:])
        if not count:
            return False
        filled += count
    return True


def send(port: int, parts: Sequence[Sequence[Path]]) -> float:
    """Send each part over a connection of its own, all at once; seconds until the last acknowledgement."""
    threads = [threading.Thread(target=_send, args=(port, part)) for part in parts]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - begin


def _send(port: int, files: Sequence[Path]) -> None:
    with socket.create_connection((LOOPBACK, port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for path in files:
            with path.open("rb") as file:
                connection.sendall(LENGTH.pack(path.stat().st_size))
                connection.sendfile(file)
            if connection.recv(1) != ACKNOWLEDGED:
                message = f"{path} was not acknowledged"
                raise ConnectionError(message)


if __name__ == "__main__":
    main()
