"""Runs that give way: they wait for room, are stopped for the line and done anew, and end once."""

import asyncio
from collections import Counter

import pytest

from collega.bootstrap.apps.giving_way import GivesWay
from collega.run.leftover import Leftover
from collega.testing import records

pytestmark = pytest.mark.shows("R15", "R5")
APP = records.manifest("plain")


class Site:
    """A line that a test makes busy, and runs that end when it says so."""

    def __init__(self) -> None:
        self.line: Counter[str] = Counter()
        self.begun: list[str] = []
        self.stopped: list[str] = []
        self.may_end = asyncio.Event()
        self.turns = GivesWay(Leftover({}, parallel=2, parallel_remote=2, gpus=0), self._load)

    async def _load(self) -> Counter[str]:
        return self.line

    async def look(self, **line: int) -> None:
        """Make the line so busy, and let the runs see it."""
        self.line = Counter(line)
        await self.turns.look()
        await self.settle()

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    def start(self, name: str) -> "asyncio.Task[str]":
        async def do() -> str:
            self.begun.append(name)
            try:
                await self.may_end.wait()
            except asyncio.CancelledError:
                self.stopped.append(name)
                raise
            return name

        return asyncio.create_task(self.turns.in_turn(APP, do))


async def test_nothing_starts_while_the_line_needs_every_place() -> None:
    site = Site()
    await site.look(live=2)
    run = site.start("a")
    await site.settle()
    assert (site.begun, site.turns.waits) == ([], True)
    site.may_end.set()
    await site.look()
    assert (await run, site.begun, site.turns.waits) == ("a", ["a"], False)


async def test_the_latest_are_stopped_for_the_line_and_done_anew() -> None:
    site = Site()
    await site.look()
    runs = [site.start(name) for name in "abc"]
    await site.settle()
    await site.look(live=1)
    assert site.stopped == ["b", "c"]
    assert not any(run.done() for run in runs)
    await site.look(live=2)
    assert (site.stopped, site.turns.waits) == (["b", "c", "a"], True)
    site.may_end.set()
    await site.look()
    assert await asyncio.gather(*runs) == ["a", "b", "c"]
    assert sorted(site.begun) == ["a", "a", "b", "b", "c", "c"]


async def test_a_run_that_fails_is_not_done_anew() -> None:
    site = Site()

    async def fail() -> None:
        message = "broken"
        raise ValueError(message)

    await site.look()
    with pytest.raises(ValueError, match="broken"):
        await site.turns.in_turn(APP, fail)
    assert not site.turns.waits


async def test_who_gives_up_leaves_nothing_running() -> None:
    site = Site()
    await site.look()
    run = site.start("a")
    await site.settle()
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    assert (run.cancelled(), site.stopped) == (True, ["a"])


async def test_it_looks_again_and_tells_each_time() -> None:
    site = Site()
    told = asyncio.Event()
    looking = asyncio.create_task(site.turns.keep_looking(told.set))
    await asyncio.wait_for(told.wait(), 5)
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
