"""Graphics processors: each attempt holds its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from collega.errors import TransientError


class Gpus:
    """The graphics processors of this machine, lent to attempts."""

    def __init__(self, devices: Sequence[str]) -> None:
        self.count = len(devices)
        self._free = list(devices)

    @contextmanager
    def lent(self, count: int) -> Iterator[tuple[str, ...]]:
        """Lend some for the block.

        Raises
        ------
        TransientError
            Others hold them at the moment.
        """
        if count > len(self._free):
            message = f"{count} graphics processors are asked for, {len(self._free)} of {self.count} are free"
            raise TransientError(message)
        taken = tuple(self._free[:count])
        del self._free[:count]
        try:
            yield taken
        finally:
            self._free.extend(taken)
