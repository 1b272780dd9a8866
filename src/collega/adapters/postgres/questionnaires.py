"""Questionnaires that were saved: versions that are added and never changed."""

from typing import Any

from collega.adapters.postgres.store import PostgresTransaction

# Two who save at one time: the second sees what the first has saved.
ALONE = "SELECT pg_advisory_xact_lock(hashtext('questionnaire ' || %s))"
ADD = "INSERT INTO questionnaire (name, number, content, responsible) VALUES (%s, %s, %s, %s) RETURNING 1"
LATEST = """SELECT name, number, content, saved, responsible FROM questionnaire
    WHERE name = %s ORDER BY number DESC LIMIT 1"""
ONE = "SELECT name, number, content, saved, responsible FROM questionnaire WHERE name = %s AND number = %s"
LISTED = """SELECT name, number, content, saved, responsible FROM questionnaire ORDER BY name, number DESC"""


async def alone(transaction: PostgresTransaction, name: str) -> None:
    """Wait until nobody else saves this questionnaire."""
    await transaction.rows(ALONE, (name,))


async def add(transaction: PostgresTransaction, name: str, number: int, content: str, responsible: str) -> None:
    """Add a version."""
    await transaction.rows(ADD, (name, number, content, responsible))


async def latest(transaction: PostgresTransaction, name: str) -> dict[str, Any] | None:
    """Give the latest version; None where nothing of that name was saved."""
    rows = await transaction.rows(LATEST, (name,))
    return rows[0] if rows else None


async def one(transaction: PostgresTransaction, name: str, number: int) -> dict[str, Any] | None:
    """Give a version."""
    rows = await transaction.rows(ONE, (name, number))
    return rows[0] if rows else None


async def listed(transaction: PostgresTransaction) -> list[dict[str, Any]]:
    """List all versions, by name, the latest first."""
    return await transaction.rows(LISTED)
