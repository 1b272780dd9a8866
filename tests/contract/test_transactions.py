"""All of a transaction or nothing of it: the records, and the orders for what comes next."""

from datetime import UTC, datetime, timedelta

import pytest

from collega.model.app import Stage
from collega.model.job import Event, NextStep
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import DEFAULT_STAGE, Bench

HEADER = records.header()
KEY = records.study(HEADER).key
LATER = datetime.now(UTC) + timedelta(days=1)


async def test_records_and_orders_come_together(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        await transaction.add_study(HEADER, KEY, AT)
        await transaction.add_instances([records.instance(HEADER)])
        await transaction.add_event(Event(kind="received", at=AT, study_key=KEY))
        await transaction.add_step(NextStep(step="route", arguments={"study_key": KEY, "revision": 1}))
    async with bench.transaction() as transaction:
        study = await transaction.study_by_uid(HEADER.study_instance_uid)
    assert study is not None
    assert study.key == KEY
    assert await bench.waiting() == [("route", {"study_key": KEY, "revision": 1})]
    assert await bench.told(KEY) == ["received"]


async def test_an_error_takes_back_records_and_orders(bench: Bench) -> None:
    async def fail() -> None:
        async with bench.transaction() as transaction:
            await transaction.add_study(HEADER, KEY, AT)
            await transaction.add_instances([records.instance(HEADER)])
            await transaction.add_event(Event(kind="received", at=AT, study_key=KEY))
            await transaction.quarantine(kind="object", code="conflict", text="x", at=AT)
            await transaction.set_stage("finder", "1.0.0", Stage.LIVE, "someone", "a test")
            await transaction.set_link("PACS", 3, AT)
            await transaction.add_step(NextStep(step="route", arguments={"study_key": KEY}))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with bench.transaction() as transaction:
        assert await transaction.study(KEY) is None
        assert await transaction.instance(HEADER.sop_instance_uid) is None
        assert await transaction.stage_of("finder", "1.0.0") is DEFAULT_STAGE
        assert await transaction.link("PACS") == (0, None)
    assert await bench.waiting() == []
    assert await bench.told(KEY) == []
    assert await bench.apart() == []


async def test_an_order_that_waits_once_is_not_doubled(bench: Bench) -> None:
    once = NextStep(step="deliver", arguments={"pacs": "PACS"}, once=True, lock="deliver PACS")
    async with bench.transaction() as transaction:
        await transaction.add_step(once)
        await transaction.add_step(once)
    async with bench.transaction() as transaction:
        await transaction.add_step(once)
        await transaction.add_event(Event(kind="planned", at=AT, study_key=KEY))
    assert await bench.waiting() == [("deliver", {"pacs": "PACS"})]
    assert await bench.told(KEY) == ["planned"], "the refused order took its transaction with it"


async def test_an_order_that_waits_once_gives_way_only_to_one_that_comes_no_later(bench: Bench) -> None:
    def order(hours: int | None, pacs: str = "PACS") -> NextStep:
        at = None if hours is None else LATER + timedelta(hours=hours)
        return NextStep(step="deliver", arguments={"pacs": pacs}, at=at, once=True)

    counts = []
    for step in (order(5), order(6), order(5), order(4), order(None), order(3), order(5, "OTHER")):
        async with bench.transaction() as transaction:
            await transaction.add_step(step)
        counts.append(len(await bench.waiting()))
    assert counts == [1, 1, 1, 2, 3, 3, 4]


async def test_orders_without_that_wish_all_wait(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        for number in range(3):
            await transaction.add_step(NextStep(step="run", arguments={"job_key": str(number)}))
    assert [arguments["job_key"] for _, arguments in await bench.waiting()] == ["0", "1", "2"]


async def test_an_order_for_later_waits_too(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        await transaction.add_step(NextStep(step="run", arguments={"job_key": "1"}, at=AT + timedelta(days=1)))
    assert await bench.waiting() == [("run", {"job_key": "1"})]


@pytest.mark.shows("R32")
async def test_the_latest_stage_of_a_version_counts(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        assert await transaction.stage_of("finder", "1.0.0") is DEFAULT_STAGE
        await transaction.set_stage("finder", "1.0.0", Stage.LIVE, "someone", "validated")
    async with bench.transaction() as transaction:
        await transaction.set_stage("finder", "1.0.0", Stage.SUSPENDED, "someone", "too many false alarms")
    async with bench.transaction() as transaction:
        assert await transaction.stage_of("finder", "1.0.0") is Stage.SUSPENDED
        assert await transaction.stage_of("finder", "1.0.1") is DEFAULT_STAGE, "a new version begins anew"
        assert await transaction.stage_of("other", "1.0.0") is DEFAULT_STAGE
