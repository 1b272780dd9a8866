"""What the audit record costs: lines a second with its chain and without, a step of the line, a check of a long one."""

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median

import psycopg
from bench.figures import emit

from collega.adapters.postgres.embedded import EmbeddedPostgres, prepare_data
from collega.adapters.postgres.migrate import migrate
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.rights import let_pass
from collega.model.app import Stage
from collega.model.audit import AuditEntry
from collega.model.job import Event

WRITERS = 10
CHUNK = 50_000
SWITCH = "ALTER TABLE audit {} TRIGGER audit_chained"
# Lines as views are: with patient, study, and a small payload.
FILL = """INSERT INTO audit (at, event, patient_key, study_key, actor, address, responsible, source, payload)
    SELECT now(), 'study viewed', uuidv7(), md5(n::text), '10.0.0.' || n %% 250, '10.0.0.' || n %% 250, '', 'web',
        jsonb_build_object('app_id', 'chest-pneumonia', 'n', n) FROM generate_series(1, %s) n"""
SIZE = """SELECT (pg_total_relation_size('audit') + pg_total_relation_size('audit_chain'))::float8
    / (SELECT count(*) FROM audit)"""


def measure(folder: Path, lines: int, long: int) -> None:
    """Measure with ``lines`` lines of each kind of writing, and a check of ``long`` lines."""
    prepare_data(folder)
    server = EmbeddedPostgres(folder)
    let_pass([folder, server.programs])
    url = server.start()
    try:
        migrate(url)
        _writing(url, lines)
        _long(folder, url, long)
    finally:
        server.stop()


def _writing(url: str, lines: int) -> None:
    """Alternate with and without the chain, so that what else the machine does falls on both."""
    for writers in (1, WRITERS):
        found: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}
        for _ in range(3):
            for state, seconds in found.items():
                _execute(url, SWITCH.format(state))
                seconds.append(asyncio.run(_seconds(url, writers, lines, _log)))
        _execute(url, SWITCH.format("ENABLE"))
        chained, plain = median(found["ENABLE"]), median(found["DISABLE"])
        emit(f"audit lines per second, {writers} at once", "lines/s", lines / chained, without_chain=lines / plain)
        emit(f"cost of the lock, a line, {writers} at once", "ms", (chained - plain) / lines * 1000)
    steps: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(3):
        for logged, seconds in steps.items():
            seconds.append(asyncio.run(_seconds(url, 4, lines, _step_logged if logged else _step)))
    extra = (median(steps[True]) - median(steps[False])) / lines * 1000
    emit("audit in a step of the line, 4 at once", "ms", extra, step_ms=median(steps[False]) / lines * 1000)


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


async def _seconds(url: str, writers: int, lines: int, write: Callable[[PostgresStore], Awaitable[None]]) -> float:
    store = PostgresStore(url, Stage.SHADOW, connections=writers)
    await store.open()

    async def many() -> None:
        for _ in range(lines // writers):
            await write(store)

    try:
        await asyncio.gather(*(write(store) for _ in range(writers)))
        begin = time.monotonic()
        await asyncio.gather(*(many() for _ in range(writers)))
        return time.monotonic() - begin
    finally:
        await store.close()


async def _log(store: PostgresStore) -> None:
    async with store.transaction() as transaction:
        await transaction.add_audit(AuditEntry(event="study viewed", payload={"app_id": "chest-pneumonia"}))


async def _step(store: PostgresStore) -> None:
    async with store.transaction() as transaction:
        await transaction.add_event(Event(kind="received", at=datetime.now(UTC), payload={"source": "CT1"}))


async def _step_logged(store: PostgresStore) -> None:
    async with store.transaction() as transaction:
        await transaction.add_event(Event(kind="received", at=datetime.now(UTC), payload={"source": "CT1"}))
        await transaction.add_audit(AuditEntry(event="study received", actor="CT1", payload={"source": "CT1"}))


def _long(folder: Path, url: str, lines: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        # The lines of the runs without a chain would be told as inserted.
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM audit")
        connection.execute("DELETE FROM audit_chain")
        connection.execute("SET session_replication_role = origin")
        begin = time.monotonic()
        for first, last in pairwise([*range(0, lines, CHUNK), lines]):
            connection.execute(FILL, (last - first,))
        emit("audit lines per second, many in one transaction", "lines/s", lines / (time.monotonic() - begin))
        connection.execute("VACUUM ANALYZE audit, audit_chain")
        row = connection.execute(SIZE).fetchone()
        emit("size of an audit line", "bytes", row[0] if row else 0.0, lines=lines)
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "collega", "audit", "verify", "--json"],
        env={**os.environ, "COLLEGA_DATA": str(folder)},
        check=True,
        capture_output=True,
    )
    seconds = time.monotonic() - begin
    told = json.loads(done.stdout)
    if (told["lines"], told["faults"]) != (lines, 0):
        message = f"{told['lines']} lines were checked, {told['faults']} faults were found"
        raise ValueError(message)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    memory = used.ru_maxrss / 1024
    # Processor time says more than the clock on a machine that does other things; PostgreSQL's own is left out.
    emit("check of the audit record", "s", seconds, lines=lines, cpu_s=used.ru_utime + used.ru_stime)
    emit("memory of that check", "MB", memory, lines=lines)
