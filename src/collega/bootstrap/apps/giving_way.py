"""Runs that give way: they start where the line leaves room, and are stopped where it needs it back."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from collega.model.app import Manifest
from collega.run.leftover import Leftover, too_many

T = TypeVar("T")
LOOK_S = 0.5
# Looking itself must cost the line little, even where ten thousand studies wait in it.
SHARE_OF_LOOKING = 0.05


@dataclass(kw_only=True, eq=False, slots=True)
class _Run:
    manifest: Manifest
    task: asyncio.Task[object]


class GivesWay:
    """The runs of one command, kept to what the line leaves.

    Parameters
    ----------
    room : Leftover
        What fits beside the line.
    look : callable
        Reads by app what the line runs, or would run if it had the place.
    """

    def __init__(self, room: Leftover, look: Callable[[], Awaitable[Counter[str]]]) -> None:
        self._room, self._look = room, look
        self._line: Counter[str] = Counter()
        self._runs: list[_Run] = []
        self._changed = asyncio.Condition()

    @property
    def waits(self) -> bool:
        """Whether nothing runs because of the line."""
        return bool(self._line) and not self._runs

    async def look(self) -> float:
        """Read once what the line needs, and stop the latest runs that no longer fit; returns the seconds it took."""
        began = time.monotonic()
        self._line = await self._look()
        took = time.monotonic() - began
        for run in self._runs[len(self._runs) - too_many(self._room, self._line, self._manifests()) :]:
            run.task.cancel()
        async with self._changed:
            self._changed.notify_all()
        return took

    async def keep_looking(self, tell: Callable[[], None]) -> None:
        """Look again and again; ``tell`` is called after each look."""
        while True:
            took = await self.look()
            tell()
            await asyncio.sleep(max(LOOK_S, took / SHARE_OF_LOOKING))

    async def in_turn(self, manifest: Manifest, do: Callable[[], Awaitable[T]]) -> T:
        """Do something as soon as there is room for it; where it is stopped for the line, do it anew later."""
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._room.fits(self._line, [*self._manifests(), manifest]))
                task = asyncio.ensure_future(do())
                run = _Run(manifest=manifest, task=task)
                self._runs.append(run)
            try:
                await asyncio.wait({task})
            finally:
                await self._end(run)
            if not task.cancelled():
                return task.result()

    async def _end(self, run: _Run) -> None:
        run.task.cancel()
        await asyncio.wait({run.task})
        self._runs.remove(run)
        async with self._changed:
            self._changed.notify_all()

    def _manifests(self) -> list[Manifest]:
        return [run.manifest for run in self._runs]
