"""Asking a system that may never answer."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from typing import ParamSpec, TypeVar

from collega.errors import PeerError
from collega.ports.machine import Clock

P = ParamSpec("P")
R = TypeVar("R")


class Patience:
    """Waits until a moment, and no longer.

    Parameters
    ----------
    clock : Clock
    end : datetime
        After it no answer is waited for.
    threads : Executor, optional
        Where calls are made, else where the event loop makes all that block.
    """

    def __init__(self, clock: Clock, end: datetime, threads: Executor | None = None) -> None:
        self._clock = clock
        self._threads = threads
        self._end = end

    @property
    def seconds(self) -> float:
        """Seconds that are left."""
        return max((self._end - self._clock.now()).total_seconds(), 0.0)

    async def ask(self, call: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Make a call that blocks, off the event loop.

        Raises
        ------
        PeerError
            No answer came in time, or the call says so.
        """
        made = asyncio.get_running_loop().run_in_executor(self._threads, partial(call, *arguments, **named))
        try:
            return await asyncio.wait_for(made, self.seconds)
        except TimeoutError:
            message = "no answer in time"
            raise PeerError(message) from None
