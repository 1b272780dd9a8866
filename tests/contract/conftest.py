"""The store in memory and the real one, each behind the same few questions."""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest

from collega.adapters.postgres.embedded import EmbeddedPostgres
from collega.adapters.postgres.migrate import migrate
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.rights import let_pass
from collega.model.app import Stage
from collega.model.message import Message
from collega.ports.store import Transaction
from collega.testing.fakes import FakeStore

FUTURE = "9999_future.sql"
EMPTY = """DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    DELETE FROM reidentification.pseudonym;
END $$"""
DEFAULT_STAGE = Stage.SHADOW
WAITING = "SELECT task_name, args, lock, queueing_lock FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"


class Bench(Protocol):
    """A store, and what a test wants to know of it."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...

    async def keep_messages(self, messages: Sequence[Message]) -> Sequence[Message]: ...

    async def waiting(self) -> list[tuple[str, Mapping[str, Any]]]: ...

    async def told(self, study_key: str) -> list[str]: ...

    async def apart(self) -> list[tuple[str, str]]: ...


class FakeBench:
    def __init__(self) -> None:
        self._store = FakeStore(DEFAULT_STAGE)
        self.transaction: Callable[[], AbstractAsyncContextManager[Transaction]] = self._store.transaction
        self.keep_messages = self._store.keep_messages

    async def waiting(self) -> list[tuple[str, Mapping[str, Any]]]:
        return [(step.step, step.arguments) for step in self._store.memory.steps]

    async def told(self, study_key: str) -> list[str]:
        return [event.kind for event in self._store.memory.events if event.study_key == study_key]

    async def apart(self) -> list[tuple[str, str]]:
        return [(str(row["kind"]), str(row["code"])) for row in self._store.memory.quarantine]


class RealBench:
    def __init__(self, store: PostgresStore) -> None:
        self.store = store
        self.transaction: Callable[[], AbstractAsyncContextManager[PostgresTransaction]] = store.transaction
        self.keep_messages = store.keep_messages

    async def waiting(self) -> list[tuple[str, Mapping[str, Any]]]:
        async with self.transaction() as transaction:
            return [(row["task_name"], row["args"]) for row in await transaction.rows(WAITING)]

    async def told(self, study_key: str) -> list[str]:
        async with self.transaction() as transaction:
            return [row["kind"] for row in await transaction.events_of(study_key)]

    async def apart(self) -> list[tuple[str, str]]:
        async with self.transaction() as transaction:
            return [(row["kind"], row["code"]) for row in await transaction.quarantined()]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Give the connection string of an embedded server whose database has the schema."""
    with tempfile.TemporaryDirectory(prefix="collega-contract-") as name:
        embedded = EmbeddedPostgres(Path(name))
        let_pass([Path(name), embedded.programs])
        url = embedded.start()
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                # It lives as long as the tests: nothing of it must survive a power cut.
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
            migrate(url)
            yield url
        finally:
            embedded.stop()


def empty(server: str) -> None:
    """Empty every table, those that only grow too."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(EMPTY)
        connection.execute("DELETE FROM schema_version WHERE name = %s", (FUTURE,))


@pytest.fixture
def database(server: str) -> str:
    """Empty every table, and give the connection string."""
    empty(server)
    return server


@contextlib.asynccontextmanager
async def opened(database: str) -> AsyncIterator[RealBench]:
    """Open the real store for a block."""
    store = PostgresStore(database, DEFAULT_STAGE, connections=4)
    await store.open()
    yield RealBench(store)
    await store.close()


@pytest.fixture
async def real(database: str) -> AsyncIterator[RealBench]:
    async with opened(database) as made:
        yield made


@pytest.fixture(params=["fake", "real"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """Either store; the real one is set up only for its own half of the tests."""
    if request.param == "fake":
        yield FakeBench()
        return
    database: str = request.getfixturevalue("database")
    store = PostgresStore(database, DEFAULT_STAGE, connections=4)
    await store.open()
    yield RealBench(store)
    await store.close()
