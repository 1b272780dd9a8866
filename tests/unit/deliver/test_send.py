"""On the way to a PACS: days of waiting, no storm, nothing lost, and proof in the end."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from collega.deliver.commitment import take_report
from collega.deliver.plan import deliver_now
from collega.errors import PeerError
from collega.model.app import Stage
from collega.model.delivery import DeliveryState, SendOutcome
from collega.model.result import ObjectKind
from tests.unit.deliver.conftest import House, film

Make = Callable[..., House]
SR, PAGE = ObjectKind.FINDINGS_SR, ObjectKind.STATUS_PAGE
SR_CLASS = "1.2.840.10008.5.1.4.1.1.88.34"
DAY = timedelta(days=1)


async def result(house: House, seed: int = 1) -> None:
    await house.receive(film(seed))
    await house.answer()


@pytest.mark.shows("R31")
async def test_a_pacs_that_is_away_is_asked_ever_less_often_and_nothing_is_lost(house: Make) -> None:
    here = house()
    here.sink.away = True
    await result(here)
    await here.work(timedelta(hours=1))
    in_the_first_hour = len(here.sink.log)
    await here.work(3 * DAY)
    assert 8 <= in_the_first_hour <= 16
    assert len(here.sink.log) - in_the_first_hour <= 3 * 24 * 6 + 3, "at most one association in ten minutes"
    here.sink.away = False
    await here.work(timedelta(minutes=11))
    assert here.state(SR) == here.state(PAGE) == [DeliveryState.VISIBLE]
    assert here.store.memory.links["PACS"] == (0, None)


@pytest.mark.shows("R31")
async def test_new_results_start_no_storm_on_a_pacs_that_is_away(house: Make) -> None:
    here = house()
    here.sink.away = True
    for seed in range(1, 16):
        await result(here, seed)
        await here.work(timedelta(minutes=4))
    assert len(here.sink.log) <= 8 + 6, "fifteen studies in an hour, one rhythm of trying"
    here.sink.away = False
    before = len(here.sink.log)
    await here.work(timedelta(minutes=11))
    assert {item.state for item in here.deliveries} == {DeliveryState.VISIBLE}
    assert len(here.sink.log) - before <= 3, "thirty objects, a few associations"
    after = here.sink.sent[-30:]
    assert len(set(after)) == 30, "each of them once"


async def test_waits_grow_and_are_bounded(house: Make) -> None:
    here = house()
    here.sink.answers[SR_CLASS] = SendOutcome.LATER
    await result(here)
    moments = []
    for _ in range(16):
        await here.work()
        (item,) = [item for item in here.deliveries if item.object.kind is SR]
        assert item.next_at is not None
        moments.append(item.next_at)
        await here.work(item.next_at - here.clock.now())
    waits = [later - earlier for earlier, later in pairwise(moments)]
    assert waits == sorted(waits)
    assert waits[0] >= timedelta(seconds=5)
    assert max(waits) == timedelta(minutes=10)


async def test_one_object_that_is_not_taken_now_does_not_hold_up_others(house: Make) -> None:
    here = house()
    here.sink.answers[SR_CLASS] = SendOutcome.LATER
    await result(here)
    await here.work(timedelta(minutes=1))
    assert here.state(PAGE) == [DeliveryState.VISIBLE]
    assert here.state(SR) == [DeliveryState.PLANNED]


async def test_a_file_that_is_gone_does_not_hold_up_others(house: Make) -> None:
    here = house()
    here.sink.away = True
    await result(here)
    await here.work()
    (report,) = here.objects(SR)
    here.archive.path(report.path).unlink()
    here.sink.away = False
    await here.work(timedelta(hours=1))
    assert here.state(PAGE) == [DeliveryState.VISIBLE]
    (item,) = [item for item in here.deliveries if item.object.kind is SR]
    assert item.state is DeliveryState.PLANNED
    assert "file is missing" in item.detail


@pytest.mark.shows("R31")
async def test_what_is_not_shown_is_asked_for_ever_less_often_then_sent_again_a_few_times(house: Make) -> None:
    here = house()
    here.sink.hides = True
    await result(here)
    await here.work(DAY)
    assert 2 <= here.sent(SR) <= 4 + 1
    assert here.sent(SR) == here.sent(PAGE)
    asked = len(here.sink.log)
    await here.work(3 * DAY)
    assert here.sent(SR) <= 4 + 1, "not without end"
    assert len(here.sink.log) - asked <= 3 * 24 * 6 + 10
    here.sink.hides = False
    await here.work(timedelta(minutes=11))
    assert here.state(SR) == here.state(PAGE) == [DeliveryState.VISIBLE]


@pytest.mark.shows("R31")
async def test_one_object_that_is_never_shown_does_not_stop_the_queue(house: Make) -> None:
    """A week of asking in vain: the counters grow, and new results still go out."""
    here = house()
    here.sink.hides = True
    await result(here, 1)
    await here.work(7 * DAY)
    here.sink.hides = False
    here.sink.kept.clear()
    await result(here, 2)
    await here.work(timedelta(minutes=11))
    assert here.state(SR)[1] is DeliveryState.VISIBLE


async def test_a_pacs_that_answers_no_queries_is_not_asked_for_ever(house: Make) -> None:
    here = house()
    here.sink.note = "the PACS answers no query"
    await result(here)
    await here.work(DAY)
    assert here.state(SR) == [DeliveryState.ACCEPTED]
    assert here.sent(SR) == 1
    assert len(here.sink.log) <= 8
    assert here.waiting == [], "nothing is left to do"
    (item,) = [item for item in here.deliveries if item.object.kind is SR]
    assert "answers no query" in item.detail


async def test_acceptance_is_enough_where_the_site_says_so(house: Make) -> None:
    here = house(confirm="accepted")
    here.sink.hides = True
    await result(here)
    await here.work(DAY)
    assert here.state(SR) == here.state(PAGE) == [DeliveryState.ACCEPTED]
    assert len(here.sink.log) <= 2


@pytest.mark.shows("R32")
async def test_the_kill_switch_withdraws_what_is_unsent(house: Make) -> None:
    here = house()
    here.sink.away = True
    await result(here)
    await here.work(timedelta(minutes=1))
    await here.set_stage(Stage.SUSPENDED)
    here.sink.away = False
    await here.work(timedelta(minutes=11))
    assert here.state(SR) == [DeliveryState.WITHDRAWN]
    assert not any(item.reference.sop_instance_uid in here.sink.kept for item in here.objects(SR))
    assert "withdrawn" in [event.kind for event in here.store.memory.events]


@pytest.mark.shows("R32")
async def test_the_kill_switch_leaves_what_stands(house: Make) -> None:
    here = house()
    here.sink.hides = True
    await result(here)
    await here.work(timedelta(minutes=1))
    await here.set_stage(Stage.SUSPENDED)
    here.sink.hides = False
    await here.work(timedelta(minutes=11))
    assert here.state(SR) == [DeliveryState.VISIBLE], "it was sent: that it is there must be known"


async def test_a_delivery_that_runs_twice_sends_once(house: Make) -> None:
    here = house()
    await result(here)
    await here.work()
    for _ in range(3):
        async with here.store.transaction() as transaction:
            await transaction.add_step(deliver_now(here.policy))
        await here.work()
    assert here.sent(SR) == here.sent(PAGE) == 1


async def test_the_association_that_breaks_off_is_told_and_tried_again(house: Make) -> None:
    here = house()
    exchange = here.sink.exchange
    broken: list[int] = []

    class Breaking(type(here.sink)):  # type: ignore[misc]
        def exchange(self, store: object, ask: object) -> object:
            if not broken:
                broken.append(1)
                message = "connection reset"
                raise PeerError(message)
            return exchange(store, ask)  # type: ignore[arg-type]

    here.sink.__class__ = Breaking
    await result(here)
    await here.work(timedelta(minutes=1))
    assert here.state(SR) == [DeliveryState.VISIBLE]
    told = [event for event in here.store.memory.events if event.kind == "pacs_unreachable"]
    assert told[0].payload["why"] == "connection reset"


@pytest.mark.shows("R31")
async def test_commitment_is_asked_for_until_it_comes_and_silence_sends_nothing_again(house: Make) -> None:
    here = house(confirm="committed")
    here.sink.hides = True
    await result(here)
    await here.work(DAY)
    assert here.state(SR) == here.state(PAGE) == [DeliveryState.ACCEPTED]
    assert here.sent(SR) == here.sent(PAGE) == 1
    assert {item.detail for item in here.deliveries} == {"accepted, no report of commitment yet: asked again"}
    here.sink.commits = True
    await here.work(timedelta(minutes=11))
    assert here.state(SR) == here.state(PAGE) == [DeliveryState.COMMITTED]


@pytest.mark.shows("R31")
@pytest.mark.parametrize(
    ("reason", "sendings", "asks", "said"),
    [
        (0x0112, 4, True, "it has no such object (0112)"),
        (0x0110, 1, True, "processing failure (0110)"),
        (0x0213, 1, True, "it has no room now (0213)"),
        (0x0131, 1, True, "duplicate transaction (0131)"),
        (0x0122, 1, False, "it commits to no object of this SOP class (0122)"),
        (0x0119, 1, False, "it has another object of that number (0119)"),
        (0x4711, 1, True, "no known reason (4711)"),
    ],
)
async def test_what_is_not_committed_is_sent_or_asked_for_again_as_its_reason_says(
    house: Make, reason: int, sendings: int, said: str, *, asks: bool
) -> None:
    here = house(confirm="committed")
    here.sink.commits, here.sink.uncommitted = True, {SR_CLASS: reason}
    await result(here)
    await here.work(DAY)
    assert (here.state(PAGE), here.state(SR)) == ([DeliveryState.COMMITTED], [DeliveryState.ACCEPTED])
    (item,) = [item for item in here.deliveries if item.object.kind is SR]
    assert (here.sent(SR), item.next_at is not None) == (sendings, asks)
    assert item.detail == f"not committed: {said}"
    here.sink.uncommitted = {}
    await here.work(timedelta(minutes=11))
    assert here.state(SR) == [DeliveryState.COMMITTED if asks else DeliveryState.ACCEPTED]


@pytest.mark.shows("R31")
async def test_a_report_on_a_later_association_has_the_same_effect(house: Make) -> None:
    here = house(confirm="committed")
    here.sink.hides = True
    await result(here)
    await here.work()
    (report,), (page,) = here.objects(SR), here.objects(PAGE)
    uids = [item.reference.sop_instance_uid for item in (page, report)]
    async with here.store.transaction() as transaction:
        again = await take_report(transaction, here.policy, uids[:1], {uids[1]: 0x0112}, here.clock.now())
        assert again
        await transaction.add_step(deliver_now(here.policy))
    assert here.state(PAGE) == [DeliveryState.COMMITTED]
    await here.work()
    assert (here.sent(PAGE), here.sent(SR)) == (1, 2)
    async with here.store.transaction() as transaction:
        assert not await take_report(transaction, here.policy, uids, {"1.2.3": 0x0112}, here.clock.now())
    assert here.state(SR) == [DeliveryState.COMMITTED]
