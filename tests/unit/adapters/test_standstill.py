"""The thread that reads an association stands still while a call waits for its answer."""

import threading
import time
from collections.abc import Callable

import pytest
from pynetdicom import AE, evt

from collega.adapters.dimse import standstill
from collega.adapters.dimse.associate import associate, caller
from collega.testing import pacs_sockets

ROUNDS = 300
VERIFICATION = "1.2.840.10008.1.1"
Make = Callable[[threading.Thread], threading.Event]


class Reader(threading.Thread):
    """Reads on and on, and is held up whenever it goes on, as on a busy machine."""

    def __init__(self, make: Make) -> None:
        super().__init__(daemon=True)
        self.point = make(self)
        self.has_stopped = False
        self.is_reading = False

    def run(self) -> None:
        while not self.has_stopped:
            self.point.wait()
            self.is_reading = True
            time.sleep(0.0005)
            self.is_reading = False


@pytest.mark.shows("R31")
@pytest.mark.parametrize("make", [standstill.Standstill, pacs_sockets.Standstill])
def test_a_call_begins_only_once_the_reader_stands_still(make: Make) -> None:
    reader = Reader(make)
    reader.start()
    seen = []
    for _ in range(ROUNDS):
        reader.point.clear()
        seen.append(reader.is_reading)
        reader.point.set()
    reader.has_stopped = True
    reader.join(5)
    assert not any(seen)
    assert not reader.is_alive(), "it goes on where nobody calls"
    reader.point.clear()  # one that has ended is not waited for


@pytest.mark.shows("R31")
def test_every_association_that_we_ask_for_has_it() -> None:
    entity = AE()
    entity.add_supported_context(VERIFICATION)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, lambda _: 0)])
    assert server
    assert server.socket
    ours = caller("COLLEGA", 5)
    ours.add_requested_context(VERIFICATION)
    try:
        association = associate(ours, server.socket.getsockname()[:2], "ANY-SCP")
        assert isinstance(association._reactor_checkpoint, standstill.Standstill)  # noqa: SLF001 - that it is in use
        assert [association.send_c_echo().Status for _ in range(3)] == [0, 0, 0]
        association.release()
        assert association.is_released
    finally:
        server.shutdown()
