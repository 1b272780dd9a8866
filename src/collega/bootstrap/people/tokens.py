"""Service tokens as commands and the gate of the web role use them."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from collega.adapters.postgres import tokens
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.errors import InputError
from collega.model.token import NAME, PREFIX, Token, TokenRight, token_hash

SECRET_BYTES = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenDesk:
    """Looks tokens up."""

    store: PostgresStore

    async def token(self, secret: str) -> Token | None:
        """Find the token of a secret that counts at this moment."""
        async with self.store.transaction() as transaction:
            found = await tokens.find_token(transaction, token_hash(secret))
        return found if found is not None and found.counts(datetime.now(UTC)) else None


async def make_token(
    transaction: PostgresTransaction, name: str, rights: Collection[TokenRight], until: datetime | None, by: str
) -> dict[str, Any]:
    """Make a token; its secret is in the answer, and nowhere else."""
    now = datetime.now(UTC)
    if not NAME.fullmatch(name):
        message = "a name of letters, digits, dots, hyphens and underscores, at most 64"
        raise InputError(message)
    if not rights:
        message = "--may: at least one right"
        raise InputError(message)
    if until is not None and until <= now:
        message = "--until: a moment that is to come"
        raise InputError(message)
    made = Token(name=name, rights=frozenset(rights), created_at=now, created_by=by, expires_at=until)
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    await tokens.add_token(transaction, made, token_hash(secret))
    return {**_shown(made, now), "token": secret}


async def list_tokens(transaction: PostgresTransaction) -> list[dict[str, Any]]:
    """List every token, without its secret."""
    now = datetime.now(UTC)
    return [_shown(token, now) for token in await tokens.list_tokens(transaction)]


async def revoke_token(transaction: PostgresTransaction, name: str, by: str) -> None:
    """Revoke a token at once."""
    await tokens.revoke_token(transaction, name, datetime.now(UTC), by)


def _shown(token: Token, now: datetime) -> dict[str, Any]:
    return {
        "name": token.name,
        "may": sorted(token.rights),
        "created_at": token.created_at,
        "created_by": token.created_by,
        "until": token.expires_at,
        "revoked_at": token.revoked_at,
        "counts": token.counts(now),
    }
