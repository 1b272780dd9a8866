"""Reports of validations that a site has kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres.store import PostgresTransaction

KEEP = """INSERT INTO validation (validation_key, kept_at, actor, app_id, app_version, plan_hash, report)
    VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING validation_key"""
LISTED = """SELECT validation_key::text AS key, kept_at, actor, app_id, app_version, plan_hash,
    report->'plan'->>'title' AS title, report->'flow' AS flow, jsonb_array_length(report->'deviations') AS deviations,
    report#>'{validation,figures}' AS figures, report#>'{validation,auc}' AS auc,
    report#>'{validation,subgroups}' AS subgroups, report->>'comparison' IS NOT NULL AS compares
    FROM validation ORDER BY kept_at DESC LIMIT %s"""
TOLD = "SELECT report FROM validation WHERE validation_key::text = %s"


async def keep(  # noqa: PLR0913 - one row, one call
    transaction: PostgresTransaction, *, key: str, at: datetime, actor: str, version: str, report: Mapping[str, Any]
) -> None:
    """Keep a report."""
    values = (key, at, actor, report["plan"]["app"], version, report["hash"], Jsonb(dict(report)))
    await transaction.rows(KEEP, values)


async def listed(transaction: PostgresTransaction, most: int) -> list[dict[str, Any]]:
    """List reports with their main figures, the latest first."""
    return await transaction.rows(LISTED, (most,))


async def told(transaction: PostgresTransaction, key: str) -> dict[str, Any] | None:
    """Give a report; None where there is none of that key."""
    rows = await transaction.rows(TOLD, (key,))
    return dict(rows[0]["report"]) if rows else None
