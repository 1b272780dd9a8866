"""One reader at a time: pynetdicom's own thread of an association must not take the answers to our calls.

It reads whatever comes, and stands still while a call waits for its answer. Its mark of that (``_is_paused``) is set a
moment before it stands still, and for a moment after it goes on. On a busy machine those moments are long: the thread
took the answer, and the call waited for it until its time was up.
"""

import threading

from pynetdicom.association import Association
from pynetdicom.events import Event

LOOK_SECONDS = 0.1


class Standstill(threading.Event):
    """In the place of the event at which that thread waits: `clear` returns once it stands still.

    Parameters
    ----------
    reader : Association
        The thread that waits here whenever the event is not set.
    """

    def __init__(self, reader: Association) -> None:
        super().__init__()
        self._reader = reader
        self._changed = threading.Condition()
        self._may_go = True
        self._stands = False

    def is_set(self) -> bool:
        """Whether the reader may go on."""
        return self._may_go

    def set(self) -> None:
        """Let the reader go on."""
        with self._changed:
            self._may_go, self._stands = True, False
            self._changed.notify_all()

    def clear(self) -> None:
        """Wait until the reader stands still, or has ended; it waits not for itself."""
        with self._changed:
            self._may_go = False
            while not (self._stands or self._may_go) and self._is_another():
                self._changed.wait(LOOK_SECONDS)

    def wait(self, timeout: float | None = None) -> bool:
        """Stand still, as the reader, until it may go on."""
        with self._changed:
            while not self._may_go:
                self._stands = True
                # A service that ends in a thread of its own (a report of commitment) takes the mark away meanwhile.
                self._reader._is_paused = True  # noqa: SLF001 - as below
                self._changed.notify_all()
                if not self._changed.wait(LOOK_SECONDS if timeout is None else timeout) and timeout is not None:
                    return False
        return True

    def _is_another(self) -> bool:
        return self._reader.is_alive() and threading.current_thread() is not self._reader


def keep_answers(event: Event) -> None:
    """Handle ``EVT_ESTABLISHED`` of an association that we ask for: its thread reads nothing yet."""
    event.assoc._reactor_checkpoint = Standstill(event.assoc)  # noqa: SLF001 - there is no other way in
