"""What people ask of coverage: rounds, studies that never arrived, and how many came of those that should have."""

from datetime import datetime
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction

ROUNDS = """SELECT at, answered, reason, studies, eligible, received, missing, maybe, incomplete, fetched
    FROM coverage_round WHERE at >= %s ORDER BY round_key DESC"""
LAST_ANSWERED = "SELECT max(at) AS at FROM coverage_round WHERE answered"
NOT_HERE = """SELECT study_instance_uid, accession_number, modalities, study_at, first_seen_at, state, apps,
    pacs_instances, missed_at, closed_at, tries, detail FROM coverage_study
    WHERE (missed_at IS NOT NULL OR state IN ('incomplete', 'not_wanted'))
    AND (closed_at IS NULL OR closed_at >= %s)
    ORDER BY coalesce(study_at, first_seen_at) DESC LIMIT 1000"""
SIGHTED = """SELECT coalesce(study_at, first_seen_at) AS at, state, apps FROM coverage_study
    WHERE first_seen_at >= %s AND state NOT IN ('on_its_way', 'not_wanted')"""
# The latest work of an app, and how many studies were given to no app or to others since.
LATEST = """SELECT a.id AS app, (SELECT max(j.created_at) FROM job j WHERE j.app_id = a.id) AS last_accepted_at,
    (SELECT count(*) FROM job j WHERE j.app_id = a.id AND j.created_at >= %(since)s) AS accepted,
    (SELECT count(*) FROM study s WHERE s.last_received_at >= %(since)s) AS received
    FROM unnest(%(apps)s::text[]) AS a (id)"""


async def rounds(transaction: PostgresTransaction, since: datetime) -> list[dict[str, Any]]:
    """List the rounds since then, newest first."""
    return await transaction.rows(ROUNDS, (since,))


async def last_answered(transaction: PostgresTransaction) -> datetime | None:
    """When the PACS last gave an answer that can be trusted."""
    found: datetime | None = (await transaction.rows(LAST_ANSWERED))[0]["at"]
    return found


async def not_here(transaction: PostgresTransaction, since: datetime) -> list[dict[str, Any]]:
    """List the studies that are or were missing, and those that came in part; open ones whatever their age."""
    return await transaction.rows(NOT_HERE, (since,))


async def accepted_since(transaction: PostgresTransaction, apps: list[str], since: datetime) -> list[dict[str, Any]]:
    """Tell how many studies each app has accepted since then, of how many that came, and when it last did."""
    return await transaction.rows(LATEST, {"apps": apps, "since": since})


async def sighted(transaction: PostgresTransaction, since: datetime) -> list[dict[str, Any]]:
    """List the studies since then that an app accepts, with how each was found."""
    return await transaction.rows(SIGHTED, (since,))
