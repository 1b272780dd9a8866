"""Launches of an app's own screen: made, used once, answered once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction
from collega.model.launch import Launch

ADD = """INSERT INTO launch (nonce, job_key, actor, at, expires_at) VALUES (%(nonce)s, %(job)s, %(actor)s, %(at)s,
    %(expires_at)s) RETURNING launch_key"""
BY_NONCE = "SELECT * FROM launch WHERE nonce = %s FOR UPDATE"
BY_SESSION = "SELECT * FROM launch WHERE session_digest = %s FOR UPDATE"
# Compare and set: of two who show the same token at the same moment one is given the session.
USE = """UPDATE launch SET used_at = %(at)s, session_digest = %(digest)s, session_until = %(until)s
    WHERE launch_key = %(key)s AND used_at IS NULL RETURNING launch_key"""
ANSWER = "UPDATE launch SET answered_at = %s WHERE launch_key = %s AND answered_at IS NULL RETURNING launch_key"


async def add(  # noqa: PLR0913 - one row
    transaction: PostgresTransaction, *, nonce: str, job_key: str, actor: str, at: datetime, expires_at: datetime
) -> None:
    """Note that a reader opens a screen."""
    await transaction.rows(ADD, {"nonce": nonce, "job": job_key, "actor": actor, "at": at, "expires_at": expires_at})


async def by_nonce(transaction: PostgresTransaction, nonce: str) -> Launch | None:
    """Find the launch of a token, and lock it."""
    return _launch(await transaction.rows(BY_NONCE, (nonce,)))


async def by_session(transaction: PostgresTransaction, digest: str) -> Launch | None:
    """Find the launch of a session, and lock it."""
    return _launch(await transaction.rows(BY_SESSION, (digest,)))


async def use(transaction: PostgresTransaction, launch: Launch, digest: str, at: datetime, until: datetime) -> bool:
    """Exchange a token for a session; False where somebody has done so before."""
    values = {"key": launch.key, "digest": digest, "at": at, "until": until}
    return bool(await transaction.rows(USE, values))


async def answer(transaction: PostgresTransaction, launch: Launch, at: datetime) -> bool:
    """Note that a result has come; False where one has come before."""
    return bool(await transaction.rows(ANSWER, (at, launch.key)))


def _launch(found: list[dict[str, Any]]) -> Launch | None:
    if not found:
        return None
    row: Mapping[str, Any] = found[0]
    return Launch(
        key=str(row["launch_key"]),
        job_key=str(row["job_key"]),
        actor=row["actor"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
        session_until=row["session_until"],
        answered_at=row["answered_at"],
    )
