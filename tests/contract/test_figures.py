"""Figures out of the real database: counted once, added to, and cheap."""

import time
from datetime import UTC, datetime

import psycopg
import pytest

from collega.adapters.postgres.figures import Ledger
from collega.adapters.postgres.store import PostgresStore
from collega.model.app import Stage
from collega.model.audit import AuditEntry
from collega.model.figures import Figures
from collega.web.metrics import METRICS, SPREADS

pytestmark = pytest.mark.shows("R31", "R59")
# A study as the record tells it: a hundred thousand of them are a year of a busy hospital.
YEAR = """INSERT INTO event (at, recorded_at, kind, study_key, actor, payload)
    SELECT t, t, kind, 's' || n, 'collega', payload::jsonb FROM generate_series(1, %s) AS n
    CROSS JOIN LATERAL (SELECT now() - interval '1 day' - n * interval '1 second' AS t) AS moment
    CROSS JOIN (VALUES ('received', '{}'), ('complete', '{}'), ('started', '{"app": "bleed"}'),
        ('ended', '{"app": "bleed", "outcome": "answered", "wall_s": 0.7}'),
        ('normalised', '{"app": "bleed", "outcome": "found"}'), ('delivered', '{"pacs": "PACS"}'),
        ('confirmed', '{"pacs": "PACS"}')) AS told (kind, payload)"""


async def read(store: PostgresStore, ledger: Ledger) -> Figures:
    async with store.transaction() as transaction:
        return await ledger.read(transaction)


@pytest.fixture
async def store(database: str) -> PostgresStore:
    one = PostgresStore(database, Stage.SHADOW, connections=2)
    await one.open()
    return one


async def test_an_empty_database_gives_no_wrong_figure(store: PostgresStore) -> None:
    figures = await read(store, Ledger())
    assert figures.values["collega_up"]["database",] == 1.0
    assert figures.spread == {}
    await store.close()


async def test_what_happens_is_counted_once(store: PostgresStore, database: str) -> None:
    ledger = Ledger()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(YEAR, (3,))
        for expected in (3, 3):
            figures = await read(store, ledger)
            assert figures.values["collega_studies_received_total"][()] == expected
        connection.execute(YEAR, (2,))
        connection.execute("INSERT INTO event (at, kind, actor, payload) VALUES (now(), 'received', 'x', '{}')")
        figures = await read(store, ledger)
        assert figures.values["collega_studies_received_total"][()] == 5, "what has just come has not settled"
        assert figures.values["collega_jobs_total"]["bleed", "found"] == 5
        spread = figures.spread["collega_attempt_seconds"]["bleed",]
        assert sum(spread.counts) == 5
        assert spread.total == pytest.approx(3.5)
        assert spread.counts[spread.bounds.index(1.0)] == 5, "in the bucket up to one second"
        assert set(figures.values) <= METRICS.keys()
        assert set(figures.spread) <= SPREADS.keys()
        fresh = await read(store, Ledger())
        assert fresh.values["collega_jobs_total"] == figures.values["collega_jobs_total"], "a restart counts the same"
    await store.close()


@pytest.mark.slow
async def test_a_year_of_events_costs_a_scrape_nothing(store: PostgresStore, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(YEAR, (100_000,))
        connection.execute("ANALYZE event")
    ledger = Ledger()
    began = time.monotonic()
    figures = await read(store, ledger)
    first, began = time.monotonic() - began, time.monotonic()
    await read(store, ledger)
    later = time.monotonic() - began
    print(f"700,000 events: first {first:.2f} s, then {later * 1000:.0f} ms")  # noqa: T201 - the figure is wanted
    assert figures.values["collega_confirmed_total"]["PACS",] == 100_000
    assert later < 0.25
    await store.close()


async def test_lines_that_the_repository_has_not_taken_are_counted(store: PostgresStore) -> None:
    ledger = Ledger(repository="audit.example:6514")
    async with store.transaction() as transaction:
        for _ in range(3):
            await transaction.add_audit(AuditEntry(event="started"))
    assert (await read(store, ledger)).values["collega_audit_untold"][()] == 3
    async with store.transaction() as transaction:
        await transaction.mark_audit_sent("audit.example:6514", 2, datetime.now(UTC))
    assert (await read(store, ledger)).values["collega_audit_untold"][()] == 1
    assert "collega_audit_untold" not in (await read(store, Ledger())).values
    await store.close()
