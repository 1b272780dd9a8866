"""CT slices that pour in over four associations, as new studies, while something else is measured."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from bench import send_slices, slices
from tests.e2e.peers import end

ASSOCIATIONS = 4
# storescu gives each object a UID of its own, each 250 objects a series, and each two series a study.
INVENTED = ("+IR", "250", "+IS", "2")


@dataclass(frozen=True, kw_only=True)
class Pour:
    """Four senders."""

    senders: Sequence[Popen[bytes]]

    def goes_on(self) -> bool:
        """Whether all four still send.

        Raises
        ------
        ConnectionError
            An object was not taken.
        """
        codes = [sender.poll() for sender in self.senders]
        if any(codes):
            message = f"storescu ended with {codes}: an object was not taken"
            raise ConnectionError(message)
        return all(code is None for code in codes)


@contextmanager
def pouring(folder: Path, port: int, each: int) -> Iterator[Pour]:
    """Send ``each`` slices of half a megabyte over each of four associations; what is left is not sent."""
    batches = slices.written(folder, studies=ASSOCIATIONS, each=1, edge=slices.LARGE_EDGE)
    again = ("--repeat", str(each), *INVENTED)
    senders = [send_slices.started(port, "COLLEGA", [batch], *again) for batch in batches]
    try:
        yield Pour(senders=senders)
    finally:
        for sender in senders:
            end(sender)
