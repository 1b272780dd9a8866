"""When the database is out, the web process tells it once, whatever becomes of that process meanwhile."""

import asyncio
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.deliver.database_watch import DatabaseWatch
from collega.model.outage import NoticeKind, Outage
from collega.testing.fakes import FakeClock, FakeNotifier
from tests.unit.deliver.test_watch import RULES

pytestmark = pytest.mark.shows("R26")


class Process:
    """A web process that can be killed and started; its file stays."""

    def __init__(self) -> None:
        self.clock, self.out = FakeClock(), FakeNotifier()
        self.file = ""
        self.over: list[bool] = []
        self.start()

    def start(self) -> None:
        self.watch = DatabaseWatch(
            self.clock, RULES, ZoneInfo("Europe/Amsterdam"), self.out, load=self._load, save=self._save
        )

    def _load(self) -> Any:
        return json.loads(self.file) if self.file else None

    def _save(self, record: Any) -> None:
        self.file = json.dumps(record) if record else ""

    async def see(self, minutes: float, *, answers: bool) -> None:
        self.clock.pass_time(minutes=minutes)
        over = await self.watch.note(answers=answers)
        if over is not None:
            self.over.append(over.noticed_at is not None)
            self.watch.forget()

    def declared(self) -> Outage | None:
        return self.watch.declared

    def told(self, channel: str = "mail") -> list[NoticeKind]:
        return [notice.kind for notice in self.out.sent if notice.channel == channel]


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.booleans()), max_size=25))
def test_restarts_neither_forget_nor_repeat(looks: list[tuple[int, bool, bool]]) -> None:
    async def run() -> None:
        restless, steady = Process(), Process()
        for minutes, answers, restarts in looks:
            if restarts:
                restless.start()
            await restless.see(minutes, answers=answers)
            await steady.see(minutes, answers=answers)
        assert restless.told() == steady.told() == restless.told("webhook 1")
        assert restless.told() == ([NoticeKind.UNAVAILABLE, NoticeKind.AVAILABLE] * len(looks))[: len(restless.told())]
        assert restless.over == steady.over

    asyncio.run(run())


async def test_it_is_told_shown_and_handed_over() -> None:
    process = Process()
    await process.see(0, answers=False)
    assert process.declared() is None
    await process.see(5, answers=False)
    assert process.declared() is not None
    await process.see(1, answers=True)
    await process.see(1, answers=True)
    assert process.declared() is None
    assert (process.over, process.file) == ([True], "")
    assert process.out.sent[0].body.nl.startswith("AI niet beschikbaar: werk zoals voorheen.")
    assert len({notice.identity for notice in process.out.sent}) == 2


async def test_a_channel_that_fails_is_tried_again_and_one_that_never_heard_is_left_alone() -> None:
    process = Process()
    process.out.away = True
    await process.see(0, answers=False)
    await process.see(5, answers=False)
    process.out.away = False
    await process.see(1, answers=False)
    assert process.told() == [NoticeKind.UNAVAILABLE]
    silent = Process()
    silent.out.away = True
    await silent.see(0, answers=False)
    await silent.see(5, answers=False)
    silent.out.away = False
    await silent.see(1, answers=True)
    await silent.see(1, answers=True)
    assert silent.told() == []
    assert silent.over == [True]
