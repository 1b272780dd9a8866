"""Objects on their way to a PACS: planned once, due in time, moved on by one hand only."""

from datetime import timedelta

import pytest

from collega.errors import FencedError
from collega.model.delivery import Delivery, DeliveryState, ResultObject
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench

HEADER = records.header()
KEY = records.study(HEADER).key
SECOND = timedelta(seconds=1)


async def plan(bench: Bench, *names: str, pacs: str = "PACS") -> list[ResultObject]:
    objects = [records.result_object(HEADER, name) for name in names]
    async with bench.transaction() as transaction:
        await transaction.add_study(HEADER, KEY, AT)
        for number, item in enumerate(objects):
            await transaction.add_object(item, pacs, AT + number * SECOND)
    return objects


async def due(bench: Bench, *, after: float = 0, pacs: str = "PACS", limit: int = 50) -> list[Delivery]:
    async with bench.transaction() as transaction:
        return list(await transaction.due(pacs, AT + timedelta(seconds=after), limit))


async def move(
    bench: Bench,
    item: Delivery,
    state: DeliveryState,
    wait: float | None = None,
    *,
    sent: bool = False,
    asked: bool = False,
) -> None:
    next_at = None if wait is None else AT + timedelta(seconds=wait)
    async with bench.transaction() as transaction:
        await transaction.set_delivery(item, state=state, at=AT, next_at=next_at, detail="why", sent=sent, asked=asked)


async def test_a_planned_object_is_due_at_once(bench: Bench) -> None:
    (made,) = await plan(bench, "a")
    (item,) = await due(bench)
    assert item.object == made
    assert (item.pacs, item.state, item.attempt, item.confirmations) == ("PACS", DeliveryState.PLANNED, 0, 0)
    assert item.next_at == AT
    async with bench.transaction() as transaction:
        assert await transaction.object_of(made.reference.sop_instance_uid) == made
        assert list(await transaction.objects_of(KEY)) == [made]
        assert list(await transaction.deliveries_of(KEY)) == [item]


async def test_the_oldest_come_first_and_only_as_many_as_asked_for(bench: Bench) -> None:
    made = await plan(bench, "b", "a", "c")
    assert [item.object for item in await due(bench, after=9)] == made
    assert [item.object for item in await due(bench, after=9, limit=2)] == made[:2]
    assert [item.object for item in await due(bench, after=1)] == made[:2], "the third is not due yet"


async def test_the_same_object_is_planned_once(bench: Bench) -> None:
    await plan(bench, "a")
    (item,) = await due(bench)
    await move(bench, item, DeliveryState.ACCEPTED, sent=True)
    await plan(bench, "a")
    async with bench.transaction() as transaction:
        (kept,) = await transaction.deliveries_of(KEY)
    assert kept.state is DeliveryState.ACCEPTED


async def test_what_has_no_next_moment_is_never_due(bench: Bench) -> None:
    await plan(bench, "a")
    (item,) = await due(bench)
    await move(bench, item, DeliveryState.VISIBLE, None)
    assert await due(bench, after=1e8) == []
    async with bench.transaction() as transaction:
        assert await transaction.next_due("PACS") is None


async def test_the_next_moment_is_the_earliest(bench: Bench) -> None:
    await plan(bench, "a", "b")
    first, second = await due(bench, after=5)
    await move(bench, first, DeliveryState.ACCEPTED, 900, sent=True)
    await move(bench, second, DeliveryState.PLANNED, 300, sent=True)
    async with bench.transaction() as transaction:
        assert await transaction.next_due("PACS") == AT + timedelta(seconds=300)
        assert await transaction.next_due("OTHER") is None


async def test_each_pacs_has_its_own_queue(bench: Bench) -> None:
    await plan(bench, "a", pacs="PACS")
    await plan(bench, "a", pacs="OTHER")
    assert len(await due(bench, pacs="PACS")) == len(await due(bench, pacs="OTHER")) == 1


async def test_a_delivery_moves_on_once(bench: Bench) -> None:
    await plan(bench, "a")
    (item,) = await due(bench)
    await move(bench, item, DeliveryState.PLANNED, 5, sent=True)
    with pytest.raises(FencedError):
        await move(bench, item, DeliveryState.ACCEPTED, sent=True)
    (now,) = await due(bench, after=5)
    assert (now.state, now.attempt, now.detail) == (DeliveryState.PLANNED, 1, "why")
    await move(bench, now, DeliveryState.ACCEPTED, 6, sent=True)
    (asked,) = await due(bench, after=6)
    await move(bench, asked, DeliveryState.ACCEPTED, 7, asked=True)
    with pytest.raises(FencedError):
        await move(bench, asked, DeliveryState.VISIBLE, asked=True)
    (last,) = await due(bench, after=7)
    assert (last.attempt, last.confirmations) == (2, 1)


@pytest.mark.shows("R31")
async def test_a_commitment_concerns_what_was_accepted(bench: Bench) -> None:
    made = await plan(bench, "a", "b")
    uids = [item.reference.sop_instance_uid for item in made]
    first, _ = await due(bench, after=5)
    await move(bench, first, DeliveryState.ACCEPTED, 900, sent=True)
    async with bench.transaction() as transaction:
        assert list(await transaction.mark_committed([*uids, "1.2.3"], AT)) == [KEY]
    async with bench.transaction() as transaction:
        assert list(await transaction.mark_committed(uids, AT)) == []
        states = [item.state for item in await transaction.deliveries_of(KEY)]
    assert states == [DeliveryState.COMMITTED, DeliveryState.PLANNED]
    assert [item.object for item in await due(bench, after=1e6)] == made[1:]


async def test_our_own_objects_are_known(bench: Bench) -> None:
    (made,) = await plan(bench, "a")
    async with bench.transaction() as transaction:
        assert await transaction.is_own(made.reference.sop_instance_uid)
        assert not await transaction.is_own(HEADER.sop_instance_uid)
        assert await transaction.object_of("1.2.3") is None


async def test_reachability_is_kept_by_pacs(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        assert await transaction.link("PACS") == (0, None)
        await transaction.set_link("PACS", 2, AT)
    async with bench.transaction() as transaction:
        await transaction.set_link("PACS", 3, AT + SECOND)
        await transaction.set_link("OTHER", 1, AT)
    async with bench.transaction() as transaction:
        assert await transaction.link("PACS") == (3, AT + SECOND)
        await transaction.set_link("PACS", 0, None)
    async with bench.transaction() as transaction:
        assert await transaction.link("PACS") == (0, None)


@pytest.mark.shows("R31")
async def test_a_pacs_with_a_new_name_takes_over_what_waits(bench: Bench) -> None:
    await plan(bench, "a", "b", pacs="OLD")
    first, _ = await due(bench, after=9, pacs="OLD")
    await move(bench, first, DeliveryState.ACCEPTED, 5, sent=True)
    async with bench.transaction() as transaction:
        assert await transaction.adopt("NEW", AT) == 1, "what the old one has taken stays with it"
        assert await transaction.adopt("NEW", AT) == 0
    assert [item.object.reference.sop_instance_uid for item in await due(bench, pacs="NEW")] == [
        records.result_object(HEADER, "b").reference.sop_instance_uid
    ]
