"""One runner for the whole schema, procrastinate's included, under an advisory lock."""

import time
from importlib import resources
from pathlib import Path

import procrastinate.schema
import psycopg

from collega.errors import ConfigurationError

LOCK = 0x636F6C6C656761  # "collega"
ENGINE_PREFIX = "procrastinate/"
BOOK = """CREATE TABLE IF NOT EXISTS schema_version (
    name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"""


def migrate(url: str) -> None:
    """Bring the schema to this version; a newer one is refused.

    Raises
    ------
    ConfigurationError
        The database was written by a newer collega.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        connection.execute(BOOK)
        applied = _applied(connection)
        _refuse_newer(applied)
        for name, text in _own_scripts():
            if name not in applied:
                _apply(connection, [name], text)
        engine = _engine_scripts()
        if not any(name.startswith(ENGINE_PREFIX) for name in applied):
            whole = procrastinate.schema.SchemaManager.get_schema()
            _apply(connection, [name for name, _ in engine], whole)
            return
        for name, text in engine:
            if name not in applied:
                _apply(connection, [name], text)


def known_schema() -> set[str]:
    """Name every script that this version knows."""
    return {name for name, _ in (*_own_scripts(), *_engine_scripts())}


def wait_for_schema(url: str, seconds: float) -> None:
    """Wait until a process that migrates has brought the schema to this version."""
    wanted = known_schema()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with psycopg.connect(url, autocommit=True) as connection:
            row = connection.execute("SELECT to_regclass('schema_version')").fetchone()
            applied = _applied(connection) if row and row[0] else set()
        _refuse_newer(applied)
        if wanted <= applied:
            return
        time.sleep(0.1)
    message = "database: its schema is older than this collega; start `collega serve` with role all or receiver first"
    raise ConfigurationError(message)


def _apply(connection: psycopg.Connection, names: list[str], text: str) -> None:
    with connection.transaction():
        connection.execute(text.encode())
        for name in names:
            connection.execute("INSERT INTO schema_version (name) VALUES (%s)", (name,))


def _applied(connection: psycopg.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM schema_version")}


def _refuse_newer(applied: set[str]) -> None:
    newer = applied - known_schema()
    if newer:
        message = f"database: written by a newer collega (it has {', '.join(sorted(newer))}); install that version"
        raise ConfigurationError(message)


def _own_scripts() -> list[tuple[str, str]]:
    folder = resources.files("collega.adapters.postgres") / "migrations"
    return sorted((file.name, file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".sql"))


def _engine_scripts() -> list[tuple[str, str]]:
    folder = Path(procrastinate.schema.SchemaManager.get_migrations_path())
    return sorted((ENGINE_PREFIX + path.name, path.read_text("utf-8")) for path in folder.glob("*.sql"))
