"""Service tokens: kept as digests, made and revoked with a line in the audit record."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction
from collega.errors import InputError
from collega.model.audit import AuditEntry
from collega.model.token import Token, TokenRight

COLUMNS = "name, rights, created_at, created_by, expires_at, revoked_at"
FIND = f"SELECT {COLUMNS} FROM token WHERE hash = %s"  # noqa: S608 - columns of ours
LIST = f"SELECT {COLUMNS} FROM token ORDER BY token_key"  # noqa: S608 - columns of ours
ADD = """INSERT INTO token (name, hash, rights, created_at, created_by, expires_at)
    VALUES (%(name)s, %(hash)s, %(rights)s, %(created_at)s, %(created_by)s, %(expires_at)s)
    ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING RETURNING token_key"""
REVOKE = """UPDATE token SET revoked_at = %s, revoked_by = %s WHERE name = %s AND revoked_at IS NULL
    RETURNING token_key"""


async def add_token(transaction: PostgresTransaction, token: Token, digest: bytes) -> None:
    """Keep a token.

    Raises
    ------
    InputError
        There is one of that name.
    """
    rights = sorted(token.rights)
    values = {
        "name": token.name,
        "hash": digest,
        "rights": rights,
        "created_at": token.created_at,
        "created_by": token.created_by,
        "expires_at": token.expires_at,
    }
    if not await transaction.rows(ADD, values):
        message = f"there is a token {token.name} already; revoke it first"
        raise InputError(message)
    until = token.expires_at.isoformat() if token.expires_at else ""
    payload: dict[str, object] = {"name": token.name, "rights": rights, "until": until}
    await transaction.add_audit(AuditEntry(event="token made", responsible=token.created_by, payload=payload))


async def revoke_token(transaction: PostgresTransaction, name: str, at: datetime, by: str) -> None:
    """Let a token open nothing any more.

    Raises
    ------
    InputError
        There is none of that name.
    """
    if not await transaction.rows(REVOKE, (at, by, name)):
        message = f"there is no token {name}; `collega tokens list` shows them"
        raise InputError(message)
    await transaction.add_audit(AuditEntry(event="token revoked", responsible=by, payload={"name": name}))


async def find_token(transaction: PostgresTransaction, digest: bytes) -> Token | None:
    """Find a token, revoked or not, by the digest of its secret."""
    return next((_token(row) for row in await transaction.rows(FIND, (digest,))), None)


async def list_tokens(transaction: PostgresTransaction) -> Sequence[Token]:
    """List every token that was made."""
    return [_token(row) for row in await transaction.rows(LIST)]


def _token(row: dict[str, Any]) -> Token:
    return Token(**(row | {"rights": frozenset(map(TokenRight, row["rights"]))}))
