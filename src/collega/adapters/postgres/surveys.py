"""Surveys, their tickets and their answers: the last two are never asked for together."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres.store import PostgresTransaction

ADD = "INSERT INTO survey (survey_key, questionnaire, opened, until, secret) VALUES (%s, %s, %s, %s, %s) RETURNING 1"
ADD_TICKETS = "INSERT INTO survey_ticket (ticket_hash, survey_key) SELECT unnest(%s::text[]), %s RETURNING 1"
SURVEY = "SELECT survey_key, questionnaire, opened, until, closed, secret FROM survey WHERE survey_key = %s"
TICKET = "SELECT survey_key, used FROM survey_ticket WHERE ticket_hash = %s"
USE = "UPDATE survey_ticket SET used = true WHERE ticket_hash = %s AND NOT used RETURNING survey_key"
CLOSE = "UPDATE survey SET closed = true WHERE survey_key = %s RETURNING 1"
LISTED = """SELECT survey_key, questionnaire, opened, until, closed,
    (SELECT count(*) FROM survey_ticket AS t WHERE t.survey_key = s.survey_key) AS tickets,
    (SELECT count(*) FROM survey_ticket AS t WHERE t.survey_key = s.survey_key AND used) AS begun,
    (SELECT count(*) FROM survey_answer AS a WHERE a.survey_key = s.survey_key) AS answered,
    (SELECT count(*) FROM survey_answer AS a WHERE a.survey_key = s.survey_key AND done) AS done
    FROM survey AS s ORDER BY opened DESC, survey_key"""
CELLS = "SELECT cells FROM survey_answer WHERE phone_hash = %s AND survey_key = %s"
SAVE = """INSERT INTO survey_answer (phone_hash, survey_key, cells, done) VALUES (%s, %s, %s, %s)
    ON CONFLICT (phone_hash) DO UPDATE SET cells = survey_answer.cells || excluded.cells, done = excluded.done
    RETURNING 1"""
# By a hash of what chance gave: no order in which people answered.
ANSWERS = "SELECT cells FROM survey_answer WHERE survey_key = %s ORDER BY phone_hash"
TOGETHER = "SELECT pg_advisory_xact_lock_shared(hashtext('survey ' || %s))"
ALONE = "SELECT pg_advisory_xact_lock(hashtext('survey ' || %s))"
# The sort has all rows deleted before the first is written again.
MIXED = (
    """WITH gone AS (DELETE FROM survey_ticket WHERE survey_key = %s RETURNING *)
    INSERT INTO survey_ticket SELECT * FROM gone ORDER BY random() RETURNING 1""",
    """WITH gone AS (DELETE FROM survey_answer WHERE survey_key = %s RETURNING *)
    INSERT INTO survey_answer SELECT * FROM gone ORDER BY random() RETURNING 1""",
)


async def add(  # noqa: PLR0913 - one row, one call
    transaction: PostgresTransaction,
    *,
    key: str,
    questionnaire: str,
    opened: date,
    until: date,
    secret: bytes,
    tickets: Sequence[str],
) -> None:
    """Add a survey and the hashes of its tickets."""
    await transaction.rows(ADD, (key, questionnaire, opened, until, secret))
    await transaction.rows(ADD_TICKETS, (list(tickets), key))


async def survey(transaction: PostgresTransaction, key: str) -> dict[str, Any] | None:
    """Give a survey; None where there is none."""
    rows = await transaction.rows(SURVEY, (key,))
    return rows[0] if rows else None


async def ticket(transaction: PostgresTransaction, hashed: str) -> dict[str, Any] | None:
    """Tell of which survey a ticket is, and whether it was used; None where there is none."""
    rows = await transaction.rows(TICKET, (hashed,))
    return rows[0] if rows else None


async def use(transaction: PostgresTransaction, hashed: str, key: str) -> bool:
    """Use a ticket, once; no trace of when, as all rows are written anew."""
    await transaction.rows(ALONE, (key,))
    used = bool(await transaction.rows(USE, (hashed,)))
    if used:
        await mix(transaction, key)
    return used


async def mix(transaction: PostgresTransaction, key: str) -> None:
    """Write all tickets and answers of a survey anew, in an order of chance."""
    await transaction.rows(ALONE, (key,))
    for statement in MIXED:
        await transaction.rows(statement, (key,))


async def close(transaction: PostgresTransaction, key: str) -> bool:
    """Close a survey; false where there is none."""
    await mix(transaction, key)
    return bool(await transaction.rows(CLOSE, (key,)))


async def listed(transaction: PostgresTransaction) -> list[dict[str, Any]]:
    """List surveys with their counts, the latest first."""
    return await transaction.rows(LISTED)


async def cells(transaction: PostgresTransaction, key: str, phone: str) -> dict[str, str] | None:
    """Give what a phone has answered; None where it has not begun."""
    rows = await transaction.rows(CELLS, (phone, key))
    return dict(rows[0]["cells"]) if rows else None


async def save(
    transaction: PostgresTransaction, key: str, phone: str, answered: Mapping[str, str], *, done: bool
) -> None:
    """Keep an answer of a phone; where it is the last, write all rows anew."""
    await transaction.rows(ALONE if done else TOGETHER, (key,))
    await transaction.rows(SAVE, (phone, key, Jsonb(dict(answered)), done))
    if done:
        await mix(transaction, key)


async def answers(transaction: PostgresTransaction, key: str) -> list[dict[str, str]]:
    """Give all answers, in an order that tells nothing."""
    return [dict(row["cells"]) for row in await transaction.rows(ANSWERS, (key,))]
