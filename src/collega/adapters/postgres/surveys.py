"""Surveys, their tickets and their answers: the last two are never asked for together."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres.store import PostgresTransaction

ADD = """INSERT INTO survey (survey_key, questionnaire, opened, until, secret, after_key)
    VALUES (%s, %s, %s, %s, %s, %s) RETURNING 1"""
ADD_TICKETS = "INSERT INTO survey_ticket (ticket_hash, survey_key) SELECT unnest(%s::text[]), %s RETURNING 1"
SURVEYS = """SELECT survey_key, questionnaire, opened, until, closed, secret, after_key, reminded
    FROM survey WHERE survey_key = ANY(%s)"""
TICKETS = "SELECT ticket_hash, survey_key, used FROM survey_ticket WHERE ticket_hash = ANY(%s)"
# Looked at under the lock: nothing is written any more once a survey was closed and its rows were mixed.
USE = """UPDATE survey_ticket SET used = true WHERE ticket_hash = ANY(%s) AND NOT used AND survey_key = %s
    AND EXISTS (SELECT 1 FROM survey AS s WHERE s.survey_key = survey_ticket.survey_key AND NOT s.closed)
    RETURNING ticket_hash"""
CLOSE = "UPDATE survey SET closed = true WHERE survey_key = %s AND NOT closed RETURNING 1"
DUE = "SELECT survey_key FROM survey WHERE NOT closed AND until < %s ORDER BY survey_key"
COUNTS = """SELECT count(*) AS invited, count(*) FILTER (WHERE used) AS begun,
    (SELECT count(*) FROM survey_answer WHERE survey_key = %s AND done) AS done
    FROM survey_ticket WHERE survey_key = %s"""
UNUSED = "SELECT ticket_hash, used FROM survey_ticket WHERE survey_key = %s AND ticket_hash = ANY(%s)"
REMIND = """UPDATE survey SET reminded = %s WHERE survey_key = %s AND NOT closed
    AND (reminded IS NULL OR reminded < %s) RETURNING 1"""
ACTIONS = "SELECT question, option, owner, by, state FROM survey_action WHERE survey_key = %s"
SET_ACTION = """INSERT INTO survey_action (survey_key, question, option, owner, by, state)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (survey_key, question, option)
    DO UPDATE SET owner = excluded.owner, by = excluded.by, state = excluded.state RETURNING 1"""
LISTED = """SELECT survey_key, questionnaire, opened, until, closed,
    (SELECT count(*) FROM survey_ticket AS t WHERE t.survey_key = s.survey_key) AS tickets,
    (SELECT count(*) FROM survey_ticket AS t WHERE t.survey_key = s.survey_key AND used) AS begun,
    (SELECT count(*) FROM survey_answer AS a WHERE a.survey_key = s.survey_key) AS answered,
    (SELECT count(*) FROM survey_answer AS a WHERE a.survey_key = s.survey_key AND done) AS done,
    (SELECT count(*) FROM survey_said AS a WHERE a.survey_key = s.survey_key) AS said
    FROM survey AS s ORDER BY opened DESC, survey_key"""
SEALED = "SELECT phone_hash, sealed FROM survey_answer WHERE phone_hash = ANY(%s) AND survey_key = %s"
SAVE = """INSERT INTO survey_answer (phone_hash, survey_key, sealed, done)
    SELECT given.phone_hash, %s, given.sealed, given.done
    FROM unnest(%s::text[], %s::bytea[], %s::boolean[]) AS given (phone_hash, sealed, done)
    WHERE EXISTS (SELECT 1 FROM survey AS s WHERE s.survey_key = %s AND NOT s.closed)
    ON CONFLICT (phone_hash) DO UPDATE SET sealed = excluded.sealed, done = excluded.done
    RETURNING phone_hash"""
ALL_SEALED = "SELECT phone_hash, sealed FROM survey_answer WHERE survey_key = %s AND sealed IS NOT NULL"
SAY = """INSERT INTO survey_said (survey_key, cells)
    SELECT %s, given.cells FROM unnest(%s::jsonb[]) AS given (cells) ORDER BY random() RETURNING 1"""
WIPE = "UPDATE survey_answer SET sealed = NULL WHERE survey_key = %s AND phone_hash = ANY(%s) RETURNING 1"
# By what was said: no order in which people answered.
ANSWERS = "SELECT cells FROM survey_said WHERE survey_key = %s ORDER BY cells::text"
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
    after: str | None = None,
) -> None:
    """Add a survey and the hashes of its tickets; ``after`` is the one whose questions it asks again."""
    await transaction.rows(ADD, (key, questionnaire, opened, until, secret, after))
    await transaction.rows(ADD_TICKETS, (list(tickets), key))


async def survey(transaction: PostgresTransaction, key: str) -> dict[str, Any] | None:
    """Give a survey; None where there is none."""
    return (await surveys(transaction, [key])).get(key)


async def surveys(transaction: PostgresTransaction, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """Give surveys by key."""
    return {row["survey_key"]: row for row in await transaction.rows(SURVEYS, (sorted(keys),))}


async def tickets(transaction: PostgresTransaction, marks: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Tell of which survey each ticket is, and whether it was used; what is no ticket is left out."""
    return {row["ticket_hash"]: row for row in await transaction.rows(TICKETS, (list(marks),))}


async def alone(transaction: PostgresTransaction, key: str) -> None:
    """Have the survey alone until the transaction ends; whatever is written asks for it first."""
    await transaction.rows(ALONE, (key,))


async def use(transaction: PostgresTransaction, key: str, marks: Sequence[str]) -> set[str]:
    """Use tickets, once; gives those that were not used. `mix` must follow, so that no trace of when is left."""
    return {row["ticket_hash"] for row in await transaction.rows(USE, (list(marks), key))}


async def mix(transaction: PostgresTransaction, key: str) -> None:
    """Write all tickets and answers of a survey anew, in an order of chance."""
    await alone(transaction, key)
    for statement in MIXED:
        await transaction.rows(statement, (key,))


async def close(transaction: PostgresTransaction, key: str) -> bool:
    """Close a survey; false where there is none that is open. `say` and `wipe` must follow."""
    await alone(transaction, key)
    return bool(await transaction.rows(CLOSE, (key,)))


async def all_sealed(transaction: PostgresTransaction, key: str) -> dict[str, bytes]:
    """Give everything that is sealed, by phone."""
    return {row["phone_hash"]: bytes(row["sealed"]) for row in await transaction.rows(ALL_SEALED, (key,))}


async def say(transaction: PostgresTransaction, key: str, cells: Sequence[Mapping[str, str]]) -> None:
    """Write what was answered where no phone is known."""
    await transaction.rows(SAY, (key, [Jsonb(dict(one)) for one in cells]))


async def wipe(transaction: PostgresTransaction, key: str, phones: Sequence[str]) -> None:
    """Wipe what was sealed, and write all rows anew."""
    await transaction.rows(WIPE, (key, list(phones)))
    await mix(transaction, key)


async def due(transaction: PostgresTransaction, today: date) -> list[str]:
    """List open surveys whose last day has passed."""
    return [row["survey_key"] for row in await transaction.rows(DUE, (today,))]


async def counts(transaction: PostgresTransaction, key: str) -> dict[str, int]:
    """Count who is invited, has begun and is done."""
    return dict((await transaction.rows(COUNTS, (key, key)))[0])


async def is_used(transaction: PostgresTransaction, key: str, hashes: Sequence[str]) -> dict[str, bool]:
    """Tell of each ticket of a survey whether it was used; what is no ticket of it is left out."""
    rows = await transaction.rows(UNUSED, (key, list(hashes)))
    return {row["ticket_hash"]: row["used"] for row in rows}


async def remind(transaction: PostgresTransaction, key: str, today: date) -> bool:
    """Note a reminder; false where one was given today, or the survey is closed."""
    return bool(await transaction.rows(REMIND, (today, key, today)))


async def actions(transaction: PostgresTransaction, key: str) -> list[dict[str, Any]]:
    """List what was noted of actions."""
    return await transaction.rows(ACTIONS, (key,))


async def set_action(  # noqa: PLR0913 - one row, one call
    transaction: PostgresTransaction, key: str, *, question: str, option: str, owner: str, by: date | None, state: str
) -> None:
    """Note who does what about a barrier, by when, and how far it is."""
    await transaction.rows(SET_ACTION, (key, question, option, owner, by, state))


async def listed(transaction: PostgresTransaction) -> list[dict[str, Any]]:
    """List surveys with their counts, the latest first."""
    return await transaction.rows(LISTED)


async def sealed(transaction: PostgresTransaction, key: str, phones: Sequence[str]) -> dict[str, bytes | None]:
    """Give what each phone has answered, None once it was said; one that has not begun is left out."""
    rows = await transaction.rows(SEALED, (list(phones), key))
    return {row["phone_hash"]: bytes(row["sealed"]) if row["sealed"] else None for row in rows}


async def save(
    transaction: PostgresTransaction, key: str, given: Mapping[str, bytes], done: Collection[str]
) -> set[str]:
    """Keep what phones have answered; gives those that were kept. Where one is ``done``, `mix` must follow."""
    phones = sorted(given)
    values = (key, phones, [given[one] for one in phones], [one in done for one in phones], key)
    return {row["phone_hash"] for row in await transaction.rows(SAVE, values)}


async def answers(transaction: PostgresTransaction, key: str) -> list[dict[str, str]]:
    """Give all answers, in an order that tells nothing."""
    return [dict(row["cells"]) for row in await transaction.rows(ANSWERS, (key,))]
