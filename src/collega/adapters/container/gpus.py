"""Graphics processors: each attempt holds its own, whichever process of this machine runs it."""

import asyncio
import fcntl
import hashlib
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from collega.errors import TransientError

# A comparison that holds one lets go of it within a second or two once a study of the line waits.
PATIENCE_S = 10.0
LOOK_S = 0.05


class Gpus:
    """The graphics processors of this machine, lent to attempts.

    Parameters
    ----------
    devices : Sequence of str
        The setting ``run.gpu_devices``.
    folder : Path
        Where each has a file that is locked while it is lent. The system lets go of a lock with the process that
        holds it, so that a killed worker leaves none behind.
    patience_s : float
        How long an attempt waits for one.
    """

    def __init__(self, devices: Sequence[str], folder: Path, patience_s: float = PATIENCE_S) -> None:
        self.count = len(devices)
        self._devices = tuple(devices)
        self._folder = folder
        self._patience_s = patience_s

    @asynccontextmanager
    async def lent(self, count: int) -> AsyncIterator[tuple[str, ...]]:
        """Lend some for the block.

        Raises
        ------
        TransientError
            Others have held them all the time.
        """
        with ExitStack() as locks:
            deadline = time.monotonic() + self._patience_s
            while (taken := self._take(count, locks)) is None:
                if time.monotonic() > deadline:
                    message = f"{count} graphics processors are asked for, others hold those of this site"
                    raise TransientError(message)
                await asyncio.sleep(LOOK_S)
            yield taken

    def _take(self, count: int, locks: ExitStack) -> tuple[str, ...] | None:
        """Lock as many as are asked for, or none: who holds some and waits for more may wait for ever."""
        taken: list[str] = []
        with ExitStack() as ours:
            for device in self._devices:
                if len(taken) == count:
                    break
                if self._lock(device, ours):
                    taken.append(device)
            if len(taken) < count:
                return None
            locks.push(ours.pop_all())
        return tuple(taken)

    def _lock(self, device: str, locks: ExitStack) -> bool:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        # Machines that share a data folder have each their own processors.
        name = hashlib.sha256(f"{os.uname().nodename} {device}".encode()).hexdigest()[:16]
        file = (self._folder / f"{name}.lock").open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        locks.enter_context(file)
        return True
