"""Accounts of people: made, changed, disabled, never removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction
from collega.model.access import PersonRole
from collega.model.account import Account

LIST = """SELECT a.*, (SELECT max(s.active_at) FROM web_session s WHERE s.account_key = a.account_key) AS last_at
    FROM account a ORDER BY a.name"""
ADD = """INSERT INTO account (name, full_name, roles, issuer, subject)
    VALUES (%(name)s, %(full_name)s, %(roles)s, %(issuer)s, %(subject)s) ON CONFLICT DO NOTHING RETURNING account_key"""
BY_NAME = "SELECT * FROM account WHERE name = %s FOR UPDATE"
BY_KEY = "SELECT * FROM account WHERE account_key = %s FOR UPDATE"
BY_SUBJECT = "SELECT * FROM account WHERE issuer = %s AND subject = %s FOR UPDATE"
# Compare and set: a code counts once, and none from before the last one.
TAKE_STEP = """UPDATE account SET totp_step = %(step)s WHERE account_key = %(key)s AND totp_step < %(step)s
    RETURNING account_key"""
TAKE_RECOVERY = """UPDATE recovery_code SET used_at = %(at)s
    WHERE digest = %(digest)s AND account_key = %(key)s AND used_at IS NULL RETURNING digest"""
TAKE_LINK = """UPDATE setup_link SET used_at = %(at)s WHERE digest = %(digest)s AND used_at IS NULL AND ends_at > %(at)s
    RETURNING digest"""
LINK = """SELECT l.account_key, l.totp_secret, a.name, a.full_name, a.roles FROM setup_link l
    LEFT JOIN account a USING (account_key)
    WHERE l.digest = %(digest)s AND l.used_at IS NULL AND l.ends_at > %(at)s AND a.disabled_at IS NULL"""
DROP_LINKS = """UPDATE setup_link SET used_at = %(at)s
    WHERE used_at IS NULL AND account_key IS NOT DISTINCT FROM %(key)s"""
LAST_KEEPER = """SELECT count(*) AS others FROM account
    WHERE 'administrator' = ANY(roles) AND disabled_at IS NULL AND account_key <> %s"""
CHANGES = {
    "roles": "UPDATE account SET roles = %s WHERE account_key = %s",
    "disabled_at": "UPDATE account SET disabled_at = %s WHERE account_key = %s",
    "full_name": "UPDATE account SET full_name = %s WHERE account_key = %s",
    "password_hash": "UPDATE account SET password_hash = %s WHERE account_key = %s",
    "pin_hash": "UPDATE account SET pin_hash = %s WHERE account_key = %s",
    "totp_secret": "UPDATE account SET totp_secret = %s WHERE account_key = %s",
    "totp_step": "UPDATE account SET totp_step = greatest(totp_step, %s) WHERE account_key = %s",
}
# One who changes the roles of administrators at a time: two who disable each other must not both succeed.
KEEPERS_LOCK = "SELECT pg_advisory_xact_lock(4245)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Secrets:
    """What an account is checked by; None where it has none."""

    key: int
    name: str
    full_name: str
    roles: tuple[PersonRole, ...]
    password_hash: str | None
    pin_hash: str | None
    totp_secret: str | None
    is_disabled: bool
    issuer: str


async def exist(transaction: PostgresTransaction) -> bool:
    """Tell whether anybody has an account."""
    return bool((await transaction.rows("SELECT EXISTS (SELECT FROM account) AS found"))[0]["found"])


async def listed(transaction: PostgresTransaction) -> list[Account]:
    """List the accounts by name."""
    return [_account(row) for row in await transaction.rows(LIST)]


async def add(  # noqa: PLR0913 - one row
    transaction: PostgresTransaction,
    name: str,
    full_name: str,
    roles: Sequence[PersonRole],
    *,
    issuer: str = "",
    subject: str = "",
) -> int | None:
    """Add an account; None where the name is taken."""
    values = {
        "name": name,
        "full_name": full_name,
        "roles": list(roles),
        "issuer": issuer,
        "subject": subject,
    }
    found = await transaction.rows(ADD, values)
    return found[0]["account_key"] if found else None


async def by_name(transaction: PostgresTransaction, name: str) -> Secrets | None:
    """Find an account, and lock it."""
    return _secrets(await transaction.rows(BY_NAME, (name,)))


async def by_key(transaction: PostgresTransaction, key: int) -> Secrets | None:
    """Find an account, and lock it."""
    return _secrets(await transaction.rows(BY_KEY, (key,)))


async def by_subject(transaction: PostgresTransaction, issuer: str, subject: str) -> Secrets | None:
    """Find the account of a person of another's sign-in, and lock it."""
    return _secrets(await transaction.rows(BY_SUBJECT, (issuer, subject)))


async def change(transaction: PostgresTransaction, key: int, **values: object) -> None:
    """Set columns of an account, those of `CHANGES`."""
    for name, value in values.items():
        await transaction.run(CHANGES[name], (value, key))


async def other_keepers(transaction: PostgresTransaction, key: int) -> int:
    """Count the administrators besides this one; nobody changes them meanwhile."""
    await transaction.run(KEEPERS_LOCK)
    return int((await transaction.rows(LAST_KEEPER, (key,)))[0]["others"])


async def take_step(transaction: PostgresTransaction, key: int, step: int) -> bool:
    """Use a code of the authenticator; False where it, or a later one, was used before."""
    return bool(await transaction.rows(TAKE_STEP, {"key": key, "step": step}))


async def take_recovery(transaction: PostgresTransaction, key: int, digest: str, at: datetime) -> bool:
    """Use a recovery code; False where there is none such any more."""
    return bool(await transaction.rows(TAKE_RECOVERY, {"key": key, "digest": digest, "at": at}))


async def renew_recovery(transaction: PostgresTransaction, key: int, digests: Sequence[str]) -> None:
    """Replace the recovery codes of an account."""
    await transaction.run("DELETE FROM recovery_code WHERE account_key = %s", (key,))
    for digest in digests:
        await transaction.run("INSERT INTO recovery_code (digest, account_key) VALUES (%s, %s)", (digest, key))


async def add_link(  # noqa: PLR0913 - one row
    transaction: PostgresTransaction, digest: str, key: int | None, secret: str, at: datetime, ends_at: datetime
) -> None:
    """Keep a link by which a person sets up the account; earlier ones for it no longer count."""
    await transaction.run(DROP_LINKS, {"key": key, "at": at})
    await transaction.run(
        "INSERT INTO setup_link (digest, account_key, totp_secret, ends_at) VALUES (%s, %s, %s, %s)",
        (digest, key, secret, ends_at),
    )


async def link(transaction: PostgresTransaction, digest: str, at: datetime) -> Mapping[str, Any] | None:
    """Find a link that counts."""
    found = await transaction.rows(LINK, {"digest": digest, "at": at})
    return found[0] if found else None


async def take_link(transaction: PostgresTransaction, digest: str, at: datetime) -> bool:
    """Use a link; False where somebody has done so before."""
    return bool(await transaction.rows(TAKE_LINK, {"digest": digest, "at": at}))


def _roles(words: Sequence[str]) -> tuple[PersonRole, ...]:
    """Read roles; one that a later version knew gives no right."""
    known = {str(role): role for role in PersonRole}
    return tuple(known[word] for word in words if word in known)


def _account(row: Mapping[str, Any]) -> Account:
    return Account(
        key=row["account_key"],
        name=row["name"],
        full_name=row["full_name"],
        roles=_roles(row["roles"]),
        issuer=row["issuer"],
        is_ready=bool(row["password_hash"] or row["issuer"]),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        last_at=row["last_at"],
    )


def _secrets(found: Sequence[Mapping[str, Any]]) -> Secrets | None:
    if not found:
        return None
    row = found[0]
    return Secrets(
        key=row["account_key"],
        name=row["name"],
        full_name=row["full_name"],
        roles=_roles(row["roles"]),
        password_hash=row["password_hash"],
        pin_hash=row["pin_hash"],
        totp_secret=row["totp_secret"],
        is_disabled=row["disabled_at"] is not None,
        issuer=row["issuer"],
    )
