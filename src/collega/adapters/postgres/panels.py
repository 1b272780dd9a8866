"""Panels in the database: what was read is never changed, another word is another version."""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres.store import PostgresTransaction
from collega.errors import FencedError
from collega.model.feedback import Seen
from collega.model.panel import Panel, PanelRead
from collega.model.reference import TruthWord

ADD = """INSERT INTO panel (panel_key, name, why, findings, readers, adjudicator, created_at, actor)
    VALUES (%(key)s, %(name)s, %(why)s, %(findings)s, %(readers)s, %(adjudicator)s, %(created_at)s, %(actor)s)
    ON CONFLICT (name) DO NOTHING RETURNING 1 AS kept"""
ADD_CASES = """INSERT INTO panel_case (panel_key, number, study_key)
    SELECT %s, number, study_key FROM unnest(%s::text[]) WITH ORDINALITY AS t (study_key, number)"""
ADD_READ = """INSERT INTO panel_read (panel_key, case_number, reader, is_adjudication, number, words, ai_visible, at)
    VALUES (%(key)s, %(case)s, %(reader)s, %(is_adjudication)s, %(number)s, %(words)s, %(ai_visible)s, %(at)s)
    ON CONFLICT DO NOTHING RETURNING 1 AS kept"""
CLOSE = "UPDATE panel SET closed_at = %s WHERE panel_key = %s AND closed_at IS NULL RETURNING 1 AS kept"
CHANGED = "the panel has been changed meanwhile: look at it again"


async def add(transaction: PostgresTransaction, panel: Panel) -> bool:
    """Keep a panel with its cases; false where its name is taken."""
    values = {
        **{name: getattr(panel, name) for name in ("key", "name", "why", "adjudicator", "created_at", "actor")},
        "findings": list(panel.findings),
        "readers": list(panel.readers),
    }
    if not await transaction.rows(ADD, values):
        return False
    await transaction.rows(f"{ADD_CASES} RETURNING number", (panel.key, list(panel.cases)))
    return True


async def listed(transaction: PostgresTransaction) -> list[Panel]:
    """List panels with all that was read, the latest first."""
    return await _panels(transaction, "true", ())


async def found(transaction: PostgresTransaction, key: str) -> Panel | None:
    """Find a panel by its key or its name."""
    panels = await _panels(transaction, "panel_key::text = %s OR name = %s", (key, key))
    return panels[0] if panels else None


async def locked(transaction: PostgresTransaction, key: str) -> Panel | None:
    """Find a panel, and hold it until the transaction ends."""
    await transaction.rows("SELECT 1 FROM panel WHERE panel_key::text = %s FOR UPDATE", (key,))
    return await found(transaction, key)


async def add_read(transaction: PostgresTransaction, key: str, read: PanelRead) -> None:
    """Keep what a reader says of a case; refused where its number is taken."""
    plain = ("case", "reader", "is_adjudication", "number", "ai_visible", "at")
    values = {"key": key, "words": Jsonb(dict(read.words)), **{name: getattr(read, name) for name in plain}}
    if not await transaction.rows(ADD_READ, values):
        raise FencedError(CHANGED)


async def close(transaction: PostgresTransaction, panel: Panel) -> None:
    """Close a panel, once."""
    if not await transaction.rows(CLOSE, (panel.closed_at, panel.key)):
        raise FencedError(CHANGED)


async def _panels(transaction: PostgresTransaction, which: str, values: Sequence[Any]) -> list[Panel]:
    query = f"SELECT * FROM panel WHERE {which} ORDER BY created_at DESC, name"  # noqa: S608 - our own
    rows = await transaction.rows(query, tuple(values))
    keys = [row["panel_key"] for row in rows]
    cases = await transaction.rows("SELECT * FROM panel_case WHERE panel_key = ANY(%s) ORDER BY number", (keys,))
    reads = await transaction.rows("SELECT * FROM panel_read WHERE panel_key = ANY(%s) ORDER BY at, number", (keys,))
    return [
        Panel(
            **{name: row[name] for name in ("name", "why", "adjudicator", "created_at", "actor", "closed_at")},
            key=str(row["panel_key"]),
            findings=tuple(row["findings"]),
            readers=tuple(row["readers"]),
            cases=tuple(one["study_key"] for one in cases if one["panel_key"] == row["panel_key"]),
            reads=tuple(_read(one) for one in reads if one["panel_key"] == row["panel_key"]),
        )
        for row in rows
    ]


def _read(row: dict[str, Any]) -> PanelRead:
    plain = {name: row[name] for name in ("reader", "at", "number", "is_adjudication")}
    words = {name: TruthWord(word) for name, word in row["words"].items()}
    return PanelRead(case=row["case_number"], words=words, ai_visible=Seen(row["ai_visible"]), **plain)
