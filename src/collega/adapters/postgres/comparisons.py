"""Comparisons on stored studies: what is to be run, and what came of it. No channel reads these tables."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres.store import PostgresTransaction
from collega.model.code import Code, Text
from collega.model.comparison import Comparison, Contender, Item, ItemState, Said, Side
from collega.model.finding import Evaluation

ADD = """INSERT INTO comparison (name, side_a, side_b, created_at, actor) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (name) DO NOTHING RETURNING *"""
ADD_ITEMS = """INSERT INTO comparison_item (comparison_key, study_instance_uid, side)
    SELECT %s, uid, side FROM unnest(%s::text[]) AS uid, unnest(ARRAY['a', 'b']) AS side
    ON CONFLICT DO NOTHING RETURNING side"""
TO_DO = """SELECT study_instance_uid, side FROM comparison_item WHERE comparison_key = %s AND state = 'to do'
    ORDER BY study_instance_uid, side"""
# What has ended is never written again.
END = """UPDATE comparison_item SET state = %s, reason = %s, findings = %s, seconds = %s, ended_at = %s
    WHERE comparison_key = %s AND study_instance_uid = %s AND side = %s AND state = 'to do' RETURNING side"""
LIST = """SELECT c.*, count(DISTINCT i.study_instance_uid) AS studies, max(i.ended_at) AS last_at,
    count(i.side) AS runs, count(*) FILTER (WHERE i.state = 'to do') AS to_do
    FROM comparison c LEFT JOIN comparison_item i USING (comparison_key)
    GROUP BY c.comparison_key ORDER BY c.comparison_key"""
SINCE = """SELECT s.study_instance_uid FROM study s WHERE s.last_received_at >= %s
    AND EXISTS (SELECT FROM instance i WHERE i.study_key = s.study_key AND i.role = 'image')
    ORDER BY s.last_received_at, s.study_instance_uid"""


async def add(  # noqa: PLR0913 - what a comparison is made of
    transaction: PostgresTransaction, name: str, a: Contender, b: Contender, at: datetime, actor: str
) -> Comparison | None:
    """Begin a comparison; None where the name is taken."""
    found = await transaction.rows(ADD, (name, Jsonb(asdict(a)), Jsonb(asdict(b)), at, actor))
    return _comparison(found[0]) if found else None


async def named(transaction: PostgresTransaction, name: str) -> Comparison | None:
    """Find a comparison."""
    found = await transaction.rows("SELECT * FROM comparison WHERE name = %s", (name,))
    return _comparison(found[0]) if found else None


async def overview(transaction: PostgresTransaction) -> list[dict[str, Any]]:
    """List the comparisons with how far they are, oldest first."""
    return await transaction.rows(LIST)


async def add_studies(transaction: PostgresTransaction, key: str, study_instance_uids: Sequence[str]) -> None:
    """Order the runs of these studies; what is ordered or done already stays as it is."""
    await transaction.rows(ADD_ITEMS, (key, list(study_instance_uids)))


async def count(transaction: PostgresTransaction, key: str) -> int:
    """Count all runs, whether they have ended or not."""
    (row,) = await transaction.rows("SELECT count(*) AS runs FROM comparison_item WHERE comparison_key = %s", (key,))
    return int(row["runs"])


async def to_do(transaction: PostgresTransaction, key: str) -> list[Item]:
    """List what has not ended."""
    found = await transaction.rows(TO_DO, (key,))
    return [Item(study_instance_uid=row["study_instance_uid"], side=Side(row["side"])) for row in found]


async def end(transaction: PostgresTransaction, key: str, item: Item, at: datetime) -> None:
    """Keep how a run ended, once."""
    findings = Jsonb([asdict(said) for said in item.findings])
    values = (item.state, item.reason, findings, item.seconds, at, key, item.study_instance_uid, item.side)
    await transaction.rows(END, values)


async def items(transaction: PostgresTransaction, key: str) -> list[Item]:
    """List all runs."""
    found = await transaction.rows(
        "SELECT * FROM comparison_item WHERE comparison_key = %s ORDER BY study_instance_uid, side", (key,)
    )
    return [_item(row) for row in found]


async def studies_since(transaction: PostgresTransaction, since: datetime) -> list[str]:
    """List the studies with images that came since then, in the order of their coming."""
    return [row["study_instance_uid"] for row in await transaction.rows(SINCE, (since,))]


def _comparison(row: Mapping[str, Any]) -> Comparison:
    return Comparison(
        key=str(row["comparison_key"]),
        name=row["name"],
        a=contender(row["side_a"]),
        b=contender(row["side_b"]),
        created_at=row["created_at"],
        actor=row["actor"],
    )


def contender(data: Mapping[str, Any]) -> Contender:
    """Read one side."""
    return Contender(**{**data, "name": Text(**data["name"])})


def _item(row: Mapping[str, Any]) -> Item:
    return Item(
        study_instance_uid=row["study_instance_uid"],
        side=Side(row["side"]),
        state=ItemState(row["state"]),
        reason=row["reason"],
        findings=tuple(_said(item) for item in row["findings"]),
        seconds=row["seconds"],
    )


def _said(data: Mapping[str, Any]) -> Said:
    return Said(
        code=Code(**data["code"]),
        site=Code(**data["site"]) if data["site"] else None,
        name=Text(**data["name"]),
        evaluation=Evaluation(data["evaluation"]),
        score_percent=data["score_percent"],
    )
