"""What only the real database can keep: history that cannot be changed, versions, locks."""

import asyncio

import psycopg
import pytest

from collega.adapters.postgres.migrate import migrate
from collega.adapters.postgres.store import PostgresStore
from collega.errors import ConfigurationError
from collega.model.app import Stage
from collega.model.job import ROUTE_FIRST, Event, NextStep
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import FUTURE, RealBench

HEADER = records.header()
KEY = records.study(HEADER).key
HISTORY = ("event", "audit", "app_stage")
SURVIVORS = {table: f"SELECT count(*) FROM {table} WHERE actor <> 'x'" for table in HISTORY}  # noqa: S608 - our own names
CHANGES = {"update": "UPDATE {} SET actor = 'x'", "delete": "DELETE FROM {}", "truncate": "TRUNCATE {}"}


@pytest.mark.parametrize("change", list(CHANGES))
@pytest.mark.parametrize("table", HISTORY)
async def test_history_only_grows(real: RealBench, database: str, table: str, change: str) -> None:
    async with real.transaction() as transaction:
        await transaction.add_event(Event(kind="received", at=AT))
        await transaction.set_stage("finder", "1.0.0", Stage.LIVE, "someone", "a test")
    with psycopg.connect(database) as connection:
        with pytest.raises(psycopg.Error, match="append-only"):
            connection.execute(CHANGES[change].format(table))
        connection.rollback()
        assert connection.execute(SURVIVORS[table]).fetchone() == (1,)


async def test_a_change_of_stage_is_audited(real: RealBench) -> None:
    async with real.transaction() as transaction:
        await transaction.set_stage("finder", "1.0.0", Stage.LIVE, "dr. X", "validated")
    async with real.transaction() as transaction:
        (line,) = await transaction.rows("SELECT * FROM audit")
    assert (line["actor"], line["responsible"]) == ("collega", "dr. X")
    assert (line["payload"]["stage"], line["payload"]["reason"]) == ("live", "validated")


async def test_two_associations_begin_the_same_study(real: RealBench) -> None:
    """The second waits for the first, then finds its study: no error, no second row."""
    first_is_in, second_may_end = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with real.transaction() as transaction:
            await transaction.add_study(HEADER, KEY, AT)
            first_is_in.set()
            await second_may_end.wait()

    async def second() -> str:
        await first_is_in.wait()
        async with real.transaction() as transaction:
            return (await transaction.add_study(HEADER, KEY, AT)).key

    leading, following = asyncio.create_task(first()), asyncio.create_task(second())
    await asyncio.sleep(0.2)
    assert not following.done(), "it must wait until the first has committed"
    second_may_end.set()
    await leading
    assert await following == KEY
    async with real.transaction() as transaction:
        assert await transaction.rows("SELECT count(*) AS n FROM study") == [{"n": 1}]


async def test_a_locked_study_holds_others_off(real: RealBench) -> None:
    async with real.transaction() as transaction:
        await transaction.add_study(HEADER, KEY, AT)

    async def lock() -> None:
        async with real.transaction() as transaction:
            await transaction.study(KEY, lock=True)

    async with real.transaction() as transaction:
        await transaction.study(KEY, lock=True)
        waiting = asyncio.create_task(lock())
        await asyncio.sleep(0.2)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 5)


async def test_one_receiver_holds_the_lock(database: str) -> None:
    store = PostgresStore(database, Stage.SHADOW)
    async with store.held_lock(4242) as first, store.held_lock(4242) as second:
        assert first
        assert not second
    async with store.held_lock(4242) as again:
        assert again


async def test_the_lock_of_an_order_reaches_the_engine(real: RealBench) -> None:
    async with real.transaction() as transaction:
        await transaction.add_step(NextStep(step="deliver", arguments={}, lock="deliver PACS", priority=3))
        await transaction.add_step(NextStep(step="run", arguments={}, at=AT))
    async with real.transaction() as transaction:
        query = "SELECT lock, priority, queue_name, scheduled_at FROM procrastinate_jobs ORDER BY id"
        rows = await transaction.rows(query)
    assert (rows[0]["lock"], rows[0]["priority"], rows[0]["queue_name"]) == ("deliver PACS", 3, "line")
    assert (rows[1]["queue_name"], rows[1]["scheduled_at"]) == ("run", AT)


@pytest.mark.shows("R26")
async def test_what_is_nearer_to_the_reader_goes_before_what_is_still_to_be_looked_at(real: RealBench) -> None:
    """A finding is not to wait behind the answers of a hundred later films."""
    line = ("normalise", "collect", "plan", "page", "deliver")
    async with real.transaction() as transaction:
        for step in (*line, "route"):
            await transaction.add_step(
                NextStep(step=step, arguments={}, priority=ROUTE_FIRST if step == "route" else None)
            )
    query = "SELECT task_name FROM procrastinate_fetch_job_v2(ARRAY['line']::varchar[], NULL)"
    fetched = []
    for _ in (*line, "route"):
        async with real.transaction() as transaction:
            fetched += [row["task_name"] for row in await transaction.rows(query)]
    assert fetched == ["route", "deliver", "page", "plan", "normalise", "collect"]


def test_migrating_twice_changes_nothing(database: str) -> None:
    with psycopg.connect(database) as connection:
        before = connection.execute("SELECT * FROM schema_version ORDER BY name").fetchall()
    migrate(database)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT * FROM schema_version ORDER BY name").fetchall() == before
    assert before


def test_a_database_of_a_newer_collega_is_refused(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO schema_version (name) VALUES (%s)", (FUTURE,))
    with pytest.raises(ConfigurationError, match="newer collega"):
        migrate(database)


def test_a_score_outside_its_scale_is_refused_by_the_database_too(database: str) -> None:
    with psycopg.connect(database) as connection:
        constraints = connection.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'finding'::regclass"
        ).fetchall()
    assert any("score" in row[0] and "scale_low" in row[0] for row in constraints)
