"""Label checks in the database: what was drawn stays, each answer is a version of its own."""

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres.store import PostgresTransaction
from collega.errors import FencedError
from collega.model.label_check import CheckAnswer, CheckItem, LabelCheck
from collega.model.reference import TruthWord

ADD = """INSERT INTO label_check (check_key, labeller, seed, findings, frame, created_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING 1 AS kept"""
ADD_ITEMS = """INSERT INTO label_check_item (check_key, number, study_key, report_version, stratum, weight, words)
    SELECT %(key)s, t.* FROM jsonb_to_recordset(%(items)s) AS t (number integer, study_key text, report_version text,
        stratum text, weight double precision, words jsonb) RETURNING number"""
ADD_ANSWER = """INSERT INTO label_check_answer (check_key, item_number, number, reader, words, at)
    VALUES (%(key)s, %(item)s, %(number)s, %(reader)s, %(words)s, %(at)s) ON CONFLICT DO NOTHING RETURNING 1 AS kept"""
ANSWERS = "SELECT * FROM label_check_answer WHERE check_key = %s ORDER BY item_number, number"
CHANGED = "another word has been given on this report meanwhile: look at it again"


async def add(transaction: PostgresTransaction, check: LabelCheck) -> None:
    """Keep a check with what was drawn."""
    values = (check.key, check.labeller, check.seed, list(check.findings), Jsonb(check.frame))
    await transaction.rows(ADD, (*values, check.created_at, check.actor))
    names = ("number", "study_key", "report_version", "stratum", "weight", "words")
    items = [{name: getattr(item, name) for name in names} for item in check.items]
    await transaction.rows(ADD_ITEMS, {"key": check.key, "items": Jsonb(items)})


async def listed(transaction: PostgresTransaction) -> list[LabelCheck]:
    """List checks, the latest first."""
    rows = await transaction.rows("SELECT * FROM label_check ORDER BY created_at DESC, check_key")
    return [await _whole(transaction, row) for row in rows]


async def found(transaction: PostgresTransaction, key: str) -> LabelCheck | None:
    """Find a check."""
    rows = await transaction.rows("SELECT * FROM label_check WHERE check_key::text = %s", (key,))
    return await _whole(transaction, rows[0]) if rows else None


async def add_answer(transaction: PostgresTransaction, key: str, answer: CheckAnswer) -> None:
    """Keep what the reader makes of a report; refused where its number is taken."""
    plain = {name: getattr(answer, name) for name in ("item", "number", "reader", "at")}
    if not await transaction.rows(ADD_ANSWER, {"key": key, "words": Jsonb(dict(answer.words)), **plain}):
        raise FencedError(CHANGED)


async def _whole(transaction: PostgresTransaction, row: Mapping[str, Any]) -> LabelCheck:
    key = row["check_key"]
    items = await transaction.rows("SELECT * FROM label_check_item WHERE check_key = %s ORDER BY number", (key,))
    answers = await transaction.rows(ANSWERS, (key,))
    return LabelCheck(
        **{name: row[name] for name in ("labeller", "seed", "created_at", "actor")},
        frame={name: {TruthWord(word): count for word, count in one.items()} for name, one in row["frame"].items()},
        key=str(key),
        findings=tuple(row["findings"]),
        items=tuple(_item(one) for one in items),
        answers=tuple(_answer(one) for one in answers),
    )


def _item(row: Mapping[str, Any]) -> CheckItem:
    plain = {name: row[name] for name in ("number", "study_key", "report_version", "stratum", "weight")}
    return CheckItem(**plain, words=_words(row["words"]))


def _answer(row: Mapping[str, Any]) -> CheckAnswer:
    plain = {name: row[name] for name in ("number", "reader", "at")}
    return CheckAnswer(**plain, item=row["item_number"], words=_words(row["words"]))


def _words(kept: Mapping[str, str]) -> dict[str, TruthWord]:
    return {name: TruthWord(word) for name, word in kept.items()}
