"""The watch over availability with a store: several watchers, restarts, channels that fail."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.deliver.watch import MOST_AGE, look, send_due
from collega.model.app import Stage
from collega.model.finding import Status
from collega.model.outage import NoticeKind, NoticeState
from collega.model.policy import NoticePolicy
from collega.model.result import ObjectKind
from collega.testing import records
from collega.testing.fakes import FakeClock, FakeNotifier, FakeStore
from tests.unit.deliver.conftest import House, film

RULES = NoticePolicy(
    after=timedelta(minutes=5), steady=timedelta(minutes=1), failed_jobs=3, channels=("mail", "webhook 1")
)
POLICY = records.policy(notices=RULES)


class Tower:
    """Watchers over one store, and who was told."""

    def __init__(self) -> None:
        self.store, self.clock = FakeStore(Stage.LIVE), FakeClock()
        self.mail = FakeNotifier()

    async def look(self, *, minutes: float = 0, worker: bool = True, watchers: int = 2) -> None:
        self.clock.pass_time(minutes=minutes)
        self.store.memory.alive["worker"] = worker
        await asyncio.gather(*(look(self.store, self.clock, POLICY, {}) for _ in range(watchers)))
        await asyncio.gather(*(send_due(self.store, self.clock, self.mail) for _ in range(watchers)))

    def told(self, channel: str = "mail") -> list[NoticeKind]:
        return [notice.kind for notice in self.mail.sent if notice.channel == channel]


@pytest.mark.shows("R26")
@given(st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.integers(1, 3)), max_size=25))
def test_many_watchers_tell_no_more_than_one(looks: list[tuple[int, bool, int]]) -> None:
    async def run() -> None:
        many, single = Tower(), Tower()
        for minutes, is_up, watchers in looks:
            await many.look(minutes=minutes, worker=is_up, watchers=watchers)
            await single.look(minutes=minutes, worker=is_up, watchers=1)
        assert many.told() == single.told() == many.told("webhook 1")
        assert len({notice.identity for notice in many.mail.sent}) == len(many.told())
        kinds = [event.kind for event in many.store.memory.events if event.kind != "notice_sent"]
        assert kinds == (["unavailable", "available"] * len(kinds))[: len(kinds)]

    asyncio.run(run())


@pytest.mark.shows("R26")
async def test_a_notice_is_tried_until_it_goes_out_and_the_withdrawal_waits_for_nothing() -> None:
    tower = Tower()
    tower.mail.away = True
    await tower.look(worker=False)
    await tower.look(minutes=5, worker=False)
    assert tower.told() == []
    tower.mail.away = False
    await tower.look(minutes=1, worker=False)
    assert tower.told() == [NoticeKind.UNAVAILABLE]
    failed = [event for event in tower.store.memory.events if event.kind == "notice_failed"]
    assert len(failed) == 2, "the first failure of each channel is on record"
    await tower.look(minutes=1)
    await tower.look(minutes=1)
    assert tower.told() == [NoticeKind.UNAVAILABLE, NoticeKind.AVAILABLE]


@pytest.mark.shows("R26")
async def test_an_outage_that_is_over_before_anybody_heard_is_told_as_over_alone() -> None:
    tower = Tower()
    tower.mail.away = True
    await tower.look(worker=False)
    await tower.look(minutes=5, worker=False)
    await tower.look(minutes=1)
    await tower.look(minutes=1)
    tower.mail.away = False
    await tower.look(minutes=15)
    assert tower.told() == [NoticeKind.AVAILABLE], "it was tried, so that somebody may have heard"
    states = [state for _, state, _ in tower.store.memory.notices.values()]
    assert states == [NoticeState.DROPPED, NoticeState.DROPPED, NoticeState.SENT, NoticeState.SENT]


@pytest.mark.shows("R26")
async def test_a_sender_that_died_leaves_the_notice_to_another_under_the_same_identity() -> None:
    tower = Tower()
    await look(tower.store, tower.clock, POLICY, {})
    tower.store.memory.alive["worker"] = False
    await look(tower.store, tower.clock, POLICY, {})
    tower.clock.pass_time(minutes=5)
    await look(tower.store, tower.clock, POLICY, {})
    async with tower.store.transaction() as transaction:
        (first, _) = await transaction.take_notices(tower.clock.now(), timedelta(minutes=5))
        assert list(await transaction.take_notices(tower.clock.now(), timedelta(minutes=5))) == []
    tower.clock.pass_time(minutes=5)
    await send_due(tower.store, tower.clock, tower.mail)
    assert tower.mail.sent[0].identity == first.identity
    assert tower.mail.sent[0].attempt == 2


async def test_a_notice_that_never_goes_out_is_given_up_after_a_day() -> None:
    tower = Tower()
    tower.mail.away = True
    await tower.look(worker=False)
    await tower.look(minutes=5, worker=False)
    await tower.look(minutes=MOST_AGE.total_seconds() / 60 + 1, worker=False)
    await tower.look(minutes=60, worker=False)
    assert {state for _, state, _ in tower.store.memory.notices.values()} == {NoticeState.DROPPED}
    assert [event.payload["given_up"] for event in tower.store.memory.events if event.kind == "notice_failed"].count(
        True
    ) == 2


# ------------------------------------------------------------------ the page of a study that waits


async def watched(house: House, minutes: float = 0) -> None:
    house.clock.pass_time(minutes=minutes)
    await look(house.store, house.clock, replace(house.policy, notices=RULES), house.catalogue)
    await house.work()


@pytest.mark.shows("R25", "R26")
async def test_a_study_that_waits_gets_a_page_that_says_so_and_later_one_with_the_answer(
    house: Callable[..., House],
) -> None:
    one = house()
    await one.receive(film())
    await watched(one)
    await watched(one, 5)
    await watched(one, 1)
    (page,) = one.objects(ObjectKind.STATUS_PAGE)
    dataset = one.read(page)
    assert "AI UNAVAILABLE: work as before" in dataset.ImageComments
    assert "NOTHING FOUND" not in dataset.ImageComments
    assert dataset.SeriesDescription == "AI status: AI unavailable"
    await watched(one, 1)
    assert len(one.objects(ObjectKind.STATUS_PAGE)) == 1, "told once"
    await one.answer()
    await one.work()
    assert [one.read(item).SeriesDescription for item in one.objects(ObjectKind.STATUS_PAGE)][1].startswith(
        "AI status: found, REPLACES result of"
    )


@pytest.mark.shows("R25", "R26")
async def test_what_another_app_says_does_not_wait_for_one_that_is_out(house: Callable[..., House]) -> None:
    one = house(records.manifest("finder"), records.manifest("seeker"))
    await one.receive(film())
    await watched(one)
    await watched(one, 5)
    await watched(one, 1)
    await one.answer("seeker")
    await one.work()
    dataset = one.read(one.objects(ObjectKind.STATUS_PAGE)[-1])
    assert "FOUND" in dataset.ImageComments
    assert "AI UNAVAILABLE" in dataset.ImageComments
    assert len(one.objects(ObjectKind.STATUS_PAGE)) == 2


@pytest.mark.shows("R25")
async def test_a_new_study_for_an_app_that_is_out_is_told_at_once(house: Callable[..., House]) -> None:
    one = house()
    await one.receive(film())
    await watched(one)
    await watched(one, 5)
    await watched(one, 1)
    await one.receive(film(2))
    await watched(one)
    assert len(one.objects(ObjectKind.STATUS_PAGE)) == 2


@pytest.mark.shows("R26")
async def test_how_many_were_late_is_told_when_it_is_over(house: Callable[..., House]) -> None:
    one = house()
    await one.receive(film())
    await watched(one)
    await watched(one, 5)
    await watched(one, 1)
    await send_due(one.store, one.clock, FakeNotifier())
    await one.answer()
    await one.work()
    await watched(one, 1)
    await watched(one, 1)
    texts = [notice.body.en for notice, _, _ in one.store.memory.notices.values() if notice.kind == "available"]
    assert all("1 studies were not analysed in time; 0 of them are being caught up." in text for text in texts)
    assert len(texts) == 2


@pytest.mark.shows("R25", "R26")
async def test_an_app_that_was_stopped_while_studies_wait_is_not_silently_missing(house: Callable[..., House]) -> None:
    one = house()
    await one.set_stage(Stage.LIVE)
    await one.receive(film())
    await one.set_stage(Stage.SUSPENDED)
    await watched(one)
    await watched(one, 5)
    await watched(one, 1)
    (page,) = one.objects(ObjectKind.STATUS_PAGE)
    assert "AI UNAVAILABLE: work as before" in one.read(page).ImageComments
    (notice, _, _), _ = one.store.memory.notices.values()
    assert "finder 1.0.0 was stopped by a person at" in notice.body.en


@pytest.mark.shows("R25")
async def test_an_app_that_fails_on_all_is_told_and_its_studies_say_failed(house: Callable[..., House]) -> None:
    one = house()
    for number in range(3):
        await one.receive(film(number + 1))
        await one.answer(status=Status.FAILED)
        await one.work()
    await watched(one)
    await watched(one, 5)
    await watched(one, 1)
    assert [event.payload["cause"] for event in one.store.memory.events if event.kind == "unavailable"] == ["failing"]
    await one.receive(film(9))
    await watched(one)
    assert len(one.objects(ObjectKind.STATUS_PAGE)) == 3, "the new one is being tried: its page comes with the outcome"
