"""The audit record in the real database: one chain whatever happens, and whatever is done to it is found."""

import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from collega.adapters.files.heads import add_head, heads_file, last_head, read_heads
from collega.adapters.postgres.audit import chain_reader
from collega.adapters.postgres.embedded import prepare_data
from collega.adapters.postgres.migrate import BOOK, migrate
from collega.bootstrap.upkeep import auditing, keeping
from collega.bootstrap.upkeep.heads import HeadKeeper
from collega.bootstrap.upkeep.refusals import MOST_PEERS, Refusals
from collega.config import Retention, Settings
from collega.model.audit import AuditEntry, AuditOutcome
from collega.model.audit_chain import Head
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import RealBench

WRITER = Path(__file__).with_name("audit_writer.py")
# What a superuser of the database can do, and what the check says of it.
FORGERIES = {
    "a changed line": ("UPDATE audit SET actor = 'nobody' WHERE event = 'study held'", "changed", 2),
    "a changed payload": ("UPDATE audit SET payload = '{}' WHERE event = 'study held'", "changed", 2),
    "another moment": ("UPDATE audit SET at = at + interval '1 us' WHERE event = 'study held'", "changed", 2),
    "another patient": ("UPDATE audit SET studies = '{k}' WHERE event = 'study held'", "changed", 2),
    "a line that is gone": ("DELETE FROM audit WHERE event = 'study held'", "missing", 2),
    "a line gone with its place": (
        """WITH gone AS (DELETE FROM audit WHERE event = 'study held' RETURNING audit_key)
           DELETE FROM audit_chain WHERE audit_key IN (SELECT audit_key FROM gone)""",
        "missing",
        2,
    ),
    "a line that was put in": (
        """INSERT INTO audit (at, event, actor, responsible, source, payload)
           VALUES (now(), 'study viewed', 'nobody', '', '', '{}')""",
        "inserted",
        None,
    ),
    "lines that changed places": (
        """UPDATE audit_chain c SET audit_key = -o.audit_key FROM audit_chain o WHERE c.number = 5 - o.number
           AND c.number IN (2, 3);
           UPDATE audit_chain SET audit_key = -audit_key WHERE audit_key < 0""",
        "reordered",
        2,
    ),
    "a cut tail": ("DELETE FROM audit WHERE event = 'app stage changed'; DELETE FROM audit_chain WHERE number = 4",
                   "cut", 4),
}  # fmt: skip


async def fill(bench: RealBench) -> None:
    for event in ("started", "study held", "study released", "app stage changed"):
        async with bench.transaction() as transaction:
            entry = AuditEntry(event=event, responsible="dr. X", payload={"why": "één 'reden'", "n": 1.50})
            await transaction.add_audit(entry)


def checked(url: str, data: Path, *further: Path) -> dict[str, Any]:
    return auditing.check_chain(Settings(data=data), url, further, lambda _done, _total: None)


def keep_head(url: str, data: Path) -> None:
    with chain_reader(url) as reader:
        links = list(reader.links())
    add_head(data, Head(number=links[-1].number, hash=links[-1].hash), AT)


@pytest.fixture
def writers() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


def start(writers: list[subprocess.Popen[bytes]], url: str, count: int, lines: int) -> None:
    for number in range(count):
        command = [sys.executable, str(WRITER), url, f"writer {number}", str(lines)]
        writers.append(subprocess.Popen(command, stdout=subprocess.PIPE))


@pytest.mark.shows("R59")
async def test_what_is_written_is_whole(real: RealBench, database: str, tmp_path: Path) -> None:
    await fill(real)
    keep_head(database, tmp_path)
    account = checked(database, tmp_path)
    assert (account["lines"], account["last"], account["heads"], account["faults"]) == (4, 4, 1, 0)


@pytest.mark.shows("R59")
@pytest.mark.parametrize("forgery", list(FORGERIES))
async def test_what_a_superuser_forges_is_found(real: RealBench, database: str, tmp_path: Path, forgery: str) -> None:
    await fill(real)
    keep_head(database, tmp_path)
    statement, wrong, number = FORGERIES[forgery]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no trigger speaks
        connection.execute(statement.encode())
    account = checked(database, tmp_path)
    found = account["wrong"]
    assert (found[0]["wrong"], found[0]["number"]) == (wrong, number), found
    assert account["faults"] == (2 if wrong == "reordered" else 1)


@pytest.mark.shows("R59")
async def test_a_table_that_was_written_anew_is_found(real: RealBench, database: str, tmp_path: Path) -> None:
    await fill(real)
    keep_head(database, tmp_path)
    repository = tmp_path / "repository.log"
    repository.write_bytes(b'... [chain@1 number="4" hash="' + last_head(tmp_path).hash.hex().encode() + b'"] ...\n')  # type: ignore[union-attr]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE audit SET actor = 'nobody' WHERE event = 'study held'")
        connection.execute("DELETE FROM audit_chain")
        connection.execute("SELECT chain_audit_line(a) FROM (SELECT * FROM audit ORDER BY audit_key) a")
    (found,) = checked(database, tmp_path)["wrong"]
    assert (found["wrong"], found["number"]) == ("rewritten", 4)
    heads_file(tmp_path).unlink()
    assert checked(database, tmp_path)["faults"] == 0
    assert checked(database, tmp_path, repository)["faults"] == 1


@pytest.mark.shows("R59")
async def test_the_chain_only_grows(real: RealBench, database: str) -> None:
    await fill(real)
    for statement in ("UPDATE audit_chain SET number = 9", "DELETE FROM audit_chain", "TRUNCATE audit_chain"):
        with psycopg.connect(database) as connection, pytest.raises(psycopg.Error, match="append-only"):
            connection.execute(statement.encode())


@pytest.mark.shows("R59")
async def test_what_is_rolled_back_leaves_no_gap(real: RealBench, database: str, tmp_path: Path) -> None:
    await fill(real)

    async def fail() -> None:
        async with real.transaction() as transaction:
            await transaction.add_audit(AuditEntry(event="study viewed"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    await fill(real)
    account = checked(database, tmp_path)
    assert (account["lines"], account["last"], account["faults"]) == (8, 8, 0)


@pytest.mark.shows("R59")
def test_ten_processes_write_one_chain(database: str, tmp_path: Path, writers: list[subprocess.Popen[bytes]]) -> None:
    start(writers, database, 10, 30)
    assert [process.wait(90) for process in writers] == [0] * 10
    account = checked(database, tmp_path)
    assert (account["lines"], account["last"], account["faults"]) == (400, 400, 0)
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            """SELECT a.actor, (a.payload->>'n')::int FROM audit a JOIN audit_chain USING (audit_key) ORDER BY number"""
        ).fetchall()
    for number in range(10):
        own = [n for actor, n in rows if actor == f"writer {number}"]
        assert own == sorted(own)


@pytest.mark.shows("R59")
def test_killed_in_the_middle_of_writing(database: str, tmp_path: Path, writers: list[subprocess.Popen[bytes]]) -> None:
    chance = random.Random(7)  # noqa: S311 - where it is killed matters, not who could guess it
    for _ in range(3):
        begun = len(writers)
        start(writers, database, 3, 100000)
        for process in writers[begun:]:
            assert process.stdout
            process.stdout.read(20)
            time.sleep(chance.random() / 20)
            process.kill()
    for process in writers:
        process.wait()
    account = checked(database, tmp_path)
    assert account["lines"] >= 9 * 20
    assert account["faults"] == 0


async def test_lines_of_a_patient_and_of_an_employee(real: RealBench) -> None:
    header = records.header()
    key = records.study(header).key
    async with real.transaction() as transaction:
        await transaction.add_study(header, key, AT)
    async with real.transaction() as transaction:
        await transaction.add_audit(AuditEntry(event="study viewed", actor="10.0.0.7", study_key=key))
        await transaction.add_audit(AuditEntry(event="worklist read", actor="10.0.0.8", studies=(key, "other")))
        refused = AuditEntry(
            event="association rejected", actor="STRANGER", address="10.0.0.9", outcome=AuditOutcome.SERIOUS_FAILURE
        )
        await transaction.add_audit(refused)
        await transaction.add_audit(AuditEntry(event="study held", responsible="dr. X", study_key=key, at=AT))

    async def shown(patient: str = "", actor: str = "", days: float | None = None) -> list[str]:
        async with real.transaction() as transaction:
            since = AT + timedelta(days=days) if days is not None else None
            rows = await auditing.read_audit(transaction, patient=patient, actor=actor, since=since, limit=50)
        return [row["event"] for row in rows if row["event"] != "audit record read"]

    patient = header.patient.patient_id
    assert await shown(patient) == ["study held", "worklist read", "study viewed"]
    assert await shown(patient, "dr. X") == ["study held"]
    assert await shown(actor="10.0.0.8") == ["worklist read"]
    assert await shown(actor="STRANGER") == ["association rejected"]
    assert await shown("somebody else") == []
    assert await shown(days=1) == ["association rejected", "worklist read", "study viewed"]
    async with real.transaction() as transaction:
        lines = await transaction.audit_lines(limit=1)
    assert (lines[0].event, lines[0].payload["lines"]) == ("audit record read", 3 + 5)


@pytest.mark.shows("R64")
async def test_nothing_removes_a_line(real: RealBench, tmp_path: Path) -> None:
    """The rule of retention, at its shortest, leaves the record; no statement of ours takes from it."""
    await fill(real)
    prepare_data(tmp_path)
    shortest = Retention(images_days=1e-9, results_days=1e-9, runs_days=1e-9, quarantine_days=1e-9)
    await keeping.run_removal(real.store, Settings(data=tmp_path, retention=shortest))
    async with real.transaction() as transaction:
        assert len(await transaction.audit_lines()) == 4
    package = Path(auditing.__file__).parents[1]
    statements = "".join(path.read_text("utf-8") for path in package.rglob("*.py"))
    assert not re.findall(r"(?:DELETE FROM|UPDATE|TRUNCATE)\s+audit\b", statements)


@pytest.mark.shows("R59")
def test_the_migration_chains_what_was_logged_before(database: str, tmp_path: Path) -> None:
    name = "before_the_chain"
    folder = resources.files("collega.adapters.postgres") / "migrations"
    scripts = sorted((file.name, file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".sql"))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = make_conninfo(database, dbname=name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(BOOK)
        for script, text in scripts:
            if script >= "0022":
                continue
            connection.execute(text.encode())
            connection.execute("INSERT INTO schema_version (name) VALUES (%s)", (script,))
        connection.execute(
            """INSERT INTO audit (at, event, actor, responsible, source, payload)
               SELECT now(), 'study held', 'operator', 'operator', 'command line', jsonb_build_object('n', n)
               FROM generate_series(1, 50) n"""
        )
    migrate(url)
    account = checked(url, tmp_path)
    assert (account["lines"], account["faults"]) == (50, 0)


@pytest.mark.shows("R59")
async def test_a_flood_of_refusals_is_a_few_lines(real: RealBench) -> None:
    refusals = Refusals()
    for number in range(1000):
        for _ in range(3):
            refusals.note("association rejected", f"AET{number}", "10.0.0.9", "CALLING_AET")
    await refusals.write(real.store)
    await refusals.write(real.store)
    async with real.transaction() as transaction:
        lines = await transaction.audit_lines()
    assert len(lines) == MOST_PEERS + 1
    assert sum(line.payload["times"] for line in lines) == 3000


@pytest.mark.shows("R59")
async def test_a_worker_sees_at_once_that_the_chain_is_not_what_it_was(
    real: RealBench, database: str, tmp_path: Path
) -> None:
    keeper = HeadKeeper(real.store, tmp_path, 60.0)
    await fill(real)
    assert await keeper.write()
    assert await keeper.write()
    assert len(heads_file(tmp_path).read_text().splitlines()) == 1
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM audit_chain WHERE number = 4")
    assert not await keeper.write()
    await fill(real)
    assert not await keeper.write()
    assert checked(database, tmp_path)["faults"] > 0


def test_heads_are_appended_and_read_back(tmp_path: Path) -> None:
    written = [Head(number=number, hash=bytes([number] * 32)) for number in (1, 5, 9)]
    assert last_head(tmp_path) is None
    for head in written:
        add_head(tmp_path, head, AT)
    assert last_head(tmp_path) == written[-1]
    known = read_heads(heads_file(tmp_path))
    add_head(tmp_path, Head(number=12, hash=bytes(32)), AT)
    assert list(known) == written
    assert heads_file(tmp_path).stat().st_mode & 0o777 == 0o600
