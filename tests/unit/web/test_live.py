"""The stream of changes: nothing is missed, nobody waits for another, a lost database is told."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest

from collega.web.live import MOST_RESUMED, QUEUE, Hub

Change = tuple[int, str] | None


class Line:
    """A database connection in memory; ``cut`` breaks it."""

    def __init__(self) -> None:
        self.changes: asyncio.Queue[Change | Exception] = asyncio.Queue()
        self.past: list[tuple[int, str]] = []
        self.connections = 0
        self.works = True

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[AsyncIterator[Change]]:
        if not self.works:
            raise ConnectionError
        self.connections += 1
        yield self._heard()

    async def _heard(self) -> AsyncIterator[Change]:
        while True:
            change = await self.changes.get()
            if isinstance(change, Exception):
                raise change
            yield change

    async def changed_since(self, event_key: int, most: int) -> list[tuple[int, str]]:
        return [one for one in self.past if one[0] > event_key][:most]


@pytest.fixture
async def line() -> Line:
    return Line()


@contextlib.asynccontextmanager
async def running(line: Line, heartbeat_s: float = 5.0) -> AsyncIterator[Hub]:
    hub = Hub(line, heartbeat_s=heartbeat_s, again_s=0.01)
    task = asyncio.create_task(hub.run())
    for _ in range(20):  # turns of the loop until it listens
        await asyncio.sleep(0)
    try:
        yield hub
    finally:
        task.cancel()


async def take(stream: AsyncIterator[str], count: int) -> list[tuple[str, dict[str, str], str]]:
    """Read so many events: (event, data, id)."""
    found = []
    async with asyncio.timeout(2):
        async for text in stream:
            fields = dict(part.split(": ", 1) for part in text.strip().split("\n"))
            if "event" in fields:
                found.append((fields["event"], json.loads(fields["data"]), fields.get("id", "")))
            if len(found) == count:
                break
    return found


async def joined(hub: Hub, last: int | None = None) -> AsyncIterator[str]:
    """Open a stream and read past its beginning."""
    stream = hub.stream(last)
    await anext(stream)
    await anext(stream)
    return stream


async def test_every_stream_hears_every_change(line: Line) -> None:
    async with running(line) as hub:
        streams = [await joined(hub) for _ in range(3)]
        line.changes.put_nowait((7, "abc"))
        for stream in streams:
            assert await take(stream, 1) == [("change", {"study": "abc"}, "7")]
        assert line.connections == 1


async def test_a_browser_that_comes_back_hears_what_it_has_missed(line: Line) -> None:
    line.past = [(1, "old"), (5, "a"), (6, "b")]
    async with running(line) as hub:
        assert await take(hub.stream(4), 2) == [("change", {"study": "a"}, "5"), ("change", {"study": "b"}, "6")]


async def test_a_browser_that_was_away_too_long_is_told_to_look_at_the_whole(line: Line) -> None:
    line.past = [(number, f"s{number}") for number in range(1, MOST_RESUMED + 10)]
    async with running(line) as hub:
        assert await take(hub.stream(0), 1) == [("refresh", {}, "")]
        assert await take(hub.stream(None), 1) == [("refresh", {}, "")]


async def test_a_slow_browser_holds_up_nobody_and_is_told_to_look_at_the_whole(line: Line) -> None:
    async with running(line) as hub:
        slow, quick = await joined(hub), await joined(hub)
        for number in range(1, 2 * QUEUE):
            line.changes.put_nowait((number, "s"))
            assert (await take(quick, 1))[0][2] == str(number)
        first = await take(slow, 1)
        assert first == [("refresh", {}, "")]


async def test_what_concerns_no_single_study_is_news_for_all(line: Line) -> None:
    async with running(line) as hub:
        stream = await joined(hub)
        line.changes.put_nowait((8, ""))
        line.changes.put_nowait(None)
        line.changes.put_nowait((0, ""))
        assert await take(stream, 2) == [("refresh", {}, "8"), ("refresh", {}, "")]


async def test_while_nothing_happens_the_line_says_that_it_is_alive(line: Line) -> None:
    async with running(line, heartbeat_s=0.02) as hub:
        assert [event for event, _, _ in await take(await joined(hub), 2)] == ["heartbeat", "heartbeat"]


@pytest.mark.shows("R25")
async def test_a_lost_database_is_told_and_no_heartbeat_hides_it(line: Line) -> None:
    async with running(line, heartbeat_s=0.02) as hub:
        stream = await joined(hub)
        line.works = False
        line.changes.put_nowait(ConnectionError())
        told = [event for event, _, _ in await take(stream, 20)]
        lost = told.index("down")
        assert set(told[lost:]) == {"down"}
        assert not hub.is_connected
        assert (await take(hub.stream(3), 1))[0][0] == "down", "who comes now is told as well"
        line.works = True
        async with asyncio.timeout(2):
            while (await take(stream, 1))[0][0] != "refresh":
                continue
        assert hub.is_connected


async def test_closing_ends_every_stream_at_once_and_forgets_it(line: Line) -> None:
    async with running(line) as hub:
        streams = [await joined(hub) for _ in range(3)]
        assert hub.streams == 3
        hub.close()
        async with asyncio.timeout(1):
            for stream in streams:
                assert [text async for text in stream] == []
        assert hub.streams == 0


async def test_a_full_queue_can_be_closed(line: Line) -> None:
    async with running(line) as hub:
        stream = await joined(hub)
        for number in range(1, QUEUE + 1):
            line.changes.put_nowait((number, "s"))
        for _ in range(2 * QUEUE):  # turns of the loop until all are passed on
            await asyncio.sleep(0)
        hub.close()
        async with asyncio.timeout(1):
            assert len([text async for text in stream]) <= QUEUE
