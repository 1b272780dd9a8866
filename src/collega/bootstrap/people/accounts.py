"""Accounts: who may sign in, with which roles; a person sets up the own account by a link that counts once."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collega.adapters.credentials import codes
from collega.adapters.postgres import accounts, sessions
from collega.adapters.postgres.accounts import Secrets
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.people.session_tokens import digest_of
from collega.errors import InputError
from collega.model.access import OF_PEOPLE, PersonRole
from collega.model.account import Account, account_name, full_name
from collega.model.audit import AuditEntry

LINK_LIFE = timedelta(hours=24)
SETUP_PATH = "/set-up/"


async def make_link(transaction: PostgresTransaction, key: int | None) -> str:
    """Make the token of a set-up link; None stands for the first administrator."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    await accounts.add_link(transaction, digest_of(token), key, codes.new_secret(), now, now + LINK_LIFE)
    return token


async def nobody_yet(transaction: PostgresTransaction) -> bool:
    """Tell whether there is no account."""
    return not await accounts.exist(transaction)


async def first_link(transaction: PostgresTransaction) -> str | None:
    """Make the link for the first administrator; None where there is an account already."""
    return await make_link(transaction, None) if await nobody_yet(transaction) else None


async def add(transaction: PostgresTransaction, name: str, whole: str, roles: Sequence[str]) -> str:
    """Add an account and give the token of its set-up link.

    Raises
    ------
    InputError
        The name is taken, or something is no name or role.
    """
    known = _roles(roles)
    try:
        name, whole = account_name(name), full_name(whole)
    except ValueError as error:
        raise InputError(str(error)) from None
    key = await accounts.add(transaction, name, whole, known)
    if key is None:
        message = f"{name}: there is such an account already"
        raise InputError(message)
    await _note(transaction, name, "added", roles=[str(role) for role in known])
    return await make_link(transaction, key)


async def set_roles(transaction: PostgresTransaction, name: str, roles: Sequence[str]) -> None:
    """Change the roles of an account; they hold from the next request on."""
    found, known = await _found(transaction, name), _roles(roles)
    if PersonRole.ADMINISTRATOR not in known:
        await _keep_one(transaction, found)
    await accounts.change(transaction, found.key, roles=list(known))
    await _note(transaction, found.name, "roles", roles=[str(role) for role in known])


async def disable(transaction: PostgresTransaction, name: str) -> None:
    """Let nobody in by this account any more; its sessions end at once."""
    found = await _found(transaction, name)
    await _keep_one(transaction, found)
    now = datetime.now(UTC)
    await accounts.change(transaction, found.key, disabled_at=now)
    await sessions.end_all(transaction, found.key, now)
    await _note(transaction, found.name, "disabled")


async def enable(transaction: PostgresTransaction, name: str) -> None:
    """Let an account in again."""
    found = await _found(transaction, name)
    await accounts.change(transaction, found.key, disabled_at=None)
    await _note(transaction, found.name, "enabled")


async def reset(transaction: PostgresTransaction, name: str) -> str:
    """Take password, PIN, authenticator and sessions from an account, and give the token of a new set-up link."""
    found = await _found(transaction, name)
    if found.issuer:
        message = f"{found.name}: its password is kept by the hospital's own sign-in"
        raise InputError(message)
    await accounts.change(transaction, found.key, password_hash=None, pin_hash=None, totp_secret=None)
    await accounts.renew_recovery(transaction, found.key, ())
    await sessions.end_all(transaction, found.key, datetime.now(UTC))
    await sessions.forgive(transaction, f"account:{found.name}")
    await _note(transaction, found.name, "reset")
    return await make_link(transaction, found.key)


async def listed(transaction: PostgresTransaction) -> list[dict[str, Any]]:
    """List the accounts, as JSON has them."""
    return [told(one) for one in await accounts.listed(transaction)]


def told(account: Account) -> dict[str, Any]:
    """Give an account as pages and JSON have it."""
    state = "disabled" if account.disabled_at else "ready" if account.is_ready else "not set up"
    return {
        "name": account.name,
        "full_name": account.full_name,
        "roles": [str(role) for role in account.roles],
        "state": state,
        "kept_by": account.issuer or "collega",
        "created_at": account.created_at,
        "last_at": account.last_at,
    }


async def _found(transaction: PostgresTransaction, name: str) -> Secrets:
    found = await accounts.by_name(transaction, name.strip().lower())
    if found is None:
        message = f"{name[:64]}: no such account; see `collega accounts list`"
        raise InputError(message)
    return found


async def _keep_one(transaction: PostgresTransaction, account: Secrets) -> None:
    """Refuse to take away the last administrator: nobody could let anybody in."""
    if PersonRole.ADMINISTRATOR in account.roles and not await accounts.other_keepers(transaction, account.key):
        message = f"{account.name} is the last administrator; make another one first"
        raise InputError(message)


def _roles(words: Sequence[str]) -> tuple[PersonRole, ...]:
    known = {str(role): role for role in OF_PEOPLE}
    wrong = [word[:40] for word in words if word not in known]
    if wrong or not words:
        message = f"roles: one or more of {', '.join(known)}{f', not {wrong[0]!r}' if wrong else ''}"
        raise InputError(message)
    return tuple(dict.fromkeys(known[word] for word in words))


async def _note(transaction: PostgresTransaction, name: str, change: str, **more: object) -> None:
    payload: dict[str, object] = {"account": name, "change": change, **more}
    await transaction.add_audit(AuditEntry(event="account changed", payload=payload))


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountDesk:
    """What the page of accounts asks, each in a transaction of its own."""

    store: PostgresStore

    async def listed(self) -> list[dict[str, Any]]:
        """List the accounts."""
        async with self.store.transaction() as transaction:
            return await listed(transaction)

    async def add(self, name: str, whole: str, roles: Sequence[str]) -> str:
        """Add an account and give the path of its set-up link."""
        async with self.store.transaction() as transaction:
            return SETUP_PATH + await add(transaction, name, whole, roles)

    async def change(self, name: str, what: str, roles: Sequence[str]) -> str:
        """Disable, enable or reset an account, or change its ``roles``; the path of a new link after a reset."""
        async with self.store.transaction() as transaction:
            if what == "reset":
                return SETUP_PATH + await reset(transaction, name)
            if what == "roles":
                await set_roles(transaction, name, roles)
            elif what in CHANGES:
                await CHANGES[what](transaction, name)
            else:
                message = "disable, enable, reset or roles"
                raise InputError(message)
        return ""


CHANGES = {"disable": disable, "enable": enable}
