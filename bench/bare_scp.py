"""The limit of a receiver that answers when an object is on disk: DICOM, a file, a name, and nothing else.

``python bench/bare_scp.py PORT FOLDER sync|nosync``: takes associations and writes objects with collega's own wire and
files, but reads no header, sums up no pixels, and has no database. What a sender waits for here is what no receiver
of this make can save.
"""

import itertools
import socket
import sys
import threading
from pathlib import Path

from collega.adapters.dimse import commands, wire
from collega.adapters.dimse.commands import Command
from collega.adapters.dimse.negotiation import STORAGE, accept, read_request
from collega.adapters.dimse.wire import PduType, Wire
from collega.adapters.files.incoming import IncomingFile

LOOPBACK = "127.0.0.1"
MOST_PDU_BYTES = 1 << 17
VERIFICATION = "1.2.840.10008.1.1"
NAMES = itertools.count(1)


def main() -> None:
    """Receive until a signal comes, a thread for each association."""
    port, folder, sync = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "sync"
    sys.setswitchinterval(0.00005)  # as collega's receiver
    with socket.create_server((LOOPBACK, port)) as listener:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, folder, sync), daemon=True).start()


def _serve(connection: socket.socket, folder: Path, sync: bool) -> None:  # noqa: FBT001 - of a thread's arguments
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    peer = Wire(connection, MOST_PDU_BYTES)
    _, content = peer.next_pdu()
    reply, _ = accept(read_request(content), STORAGE | {VERIFICATION}, MOST_PDU_BYTES)
    peer.send(reply)
    with connection:
        spare = IncomingFile(folder.parent, folder.name, sync=sync)
        while (command := _command(peer)) is not None:
            context, request = command
            if request.has_data_set:
                _take(peer, spare)
                spare.keep(f"{folder.name}/{next(NAMES)}")
            said = commands.response(request, 0)
            peer.send(wire.p_data(context, wire.COMMAND | wire.LAST_FRAGMENT, said))
            if request.has_data_set:
                spare.close()
                spare = IncomingFile(folder.parent, folder.name, sync=sync)
        spare.close()


def _command(peer: Wire) -> tuple[int, Command] | None:
    """Take the next request, which a sender puts into one PDV; None where the association ends."""
    kind, content = peer.next_pdu()
    if kind != PduType.P_DATA:
        peer.send(wire.release_reply())
        return None
    ((context, _, encoded),) = wire.pdvs(content)
    return context, commands.read_command(bytes(encoded))


def _take(peer: Wire, file: IncomingFile) -> None:
    """Write a data set; what is here already goes to the file by one call."""
    fragments: list[memoryview] = []
    while True:
        _, content = peer.next_pdu()
        is_last = False
        for _, control, fragment in wire.pdvs(content):
            fragments.append(fragment)
            is_last = bool(control & wire.LAST_FRAGMENT)
        if is_last or not peer.has_next():
            file.write(*fragments)
            fragments.clear()
        if is_last:
            return


if __name__ == "__main__":
    main()
