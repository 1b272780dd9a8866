"""The database into a file and back, by the programs of PostgreSQL that the wheel carries."""

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from collega.adapters.postgres.embedded import program_folder
from collega.errors import ConfigurationError, InputError, TransientError

OLDEST_SERVER = 180000  # uuidv7()
# Every file that a row names and that was not removed by rule.
FILES = """SELECT path FROM instance WHERE removed_at IS NULL
    UNION SELECT path FROM result_object WHERE removed_at IS NULL
    UNION SELECT path FROM quarantine WHERE removed_at IS NULL AND path LIKE 'quarantine/%' ORDER BY path"""
# What an app has answered, and no step has used yet.
ANSWERS = """SELECT 'runs/' || job_key || '/' || attempt || '/out' FROM job
    WHERE state IN ('ran', 'normalised', 'ready', 'asked')"""
COUNTS = """SELECT (SELECT count(*) FROM study), (SELECT count(*) FROM instance), (SELECT count(*) FROM result_object),
    (SELECT count(*) FROM delivery WHERE next_at IS NOT NULL)"""
TABLES = """SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """One moment of the database: what its rows name, and the name under which it can be dumped."""

    id: str
    url: str
    schema: tuple[str, ...]
    files: tuple[str, ...]
    answers: tuple[str, ...]
    counts: dict[str, int]

    def write(self, target: Path) -> None:
        """Dump that moment to a file, in PostgreSQL's custom format."""
        _call("pg_dump", self.url, "--format=custom", f"--snapshot={self.id}", *PLAIN, f"--file={target}")


PLAIN = ("--no-owner", "--no-privileges")


@contextlib.contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """Hold one moment of the database for the block."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True

        def column(query: str) -> tuple[str, ...]:
            return tuple(row[0] for row in connection.execute(query.encode()))

        names = ("studies", "objects", "results", "open_deliveries")
        yield Snapshot(
            id=column("SELECT pg_export_snapshot()")[0],
            url=url,
            schema=column("SELECT name FROM schema_version ORDER BY name"),
            files=column(FILES),
            answers=column(ANSWERS),
            counts=dict(zip(names, connection.execute(COUNTS).fetchone() or (), strict=True)),
        )


def check_target(url: str) -> None:
    """Refuse a server that is too old, and a database that holds anything.

    Raises
    ------
    ConfigurationError
        Says which of them, and what to do.
    """
    try:
        with psycopg.connect(url) as connection:
            version = connection.info.server_version
            tables = (connection.execute(TABLES).fetchone() or (0,))[0]
    except psycopg.OperationalError as error:
        message = f"database: cannot connect: {str(error).strip()}"
        raise ConfigurationError(message) from None
    if version < OLDEST_SERVER:
        message = f"database: the server is PostgreSQL {version // 10000}; collega needs 18 or newer"
        raise ConfigurationError(message)
    if tables:
        message = f"database: not empty, it holds {tables} tables; restore into a database that createdb has just made"
        raise ConfigurationError(message)


def read_dump(url: str, dump: Path) -> None:
    """Fill an empty database from a dump, whole or not at all."""
    options = (*PLAIN, "--exit-on-error", "--single-transaction")
    name, environment = _reachable(url)
    _run("pg_restore", [*options, f"--dbname={name}", str(dump)], environment)


def check_rows(url: str) -> tuple[str, ...]:
    """List every file that a row names; for the check after a restore."""
    with psycopg.connect(url) as connection:
        return tuple(row[0] for row in connection.execute(FILES.encode()))


def _call(program: str, url: str, *arguments: str) -> None:
    name, environment = _reachable(url)
    _run(program, [*arguments, f"--dbname={name}"], environment)


def _reachable(url: str) -> tuple[str, dict[str, str]]:
    """Give the address for another process: no password where others see it, no folder that is open only here."""
    values = conninfo_to_dict(url)
    password = values.pop("password", None)
    host = str(values.get("host") or "")
    if host.startswith("/proc/self/"):
        values["host"] = host.replace("/proc/self/", f"/proc/{os.getpid()}/", 1)
    return make_conninfo("", **values), {"PGPASSWORD": str(password)} if password else {}


def _run(program: str, arguments: Sequence[str], environment: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own program, our own arguments
        [str(program_folder() / program), *arguments],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, **environment},
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        kind = TransientError if "No space left" in said else InputError
        message = f"{program}: {said[-800:]}"
        raise kind(message)
