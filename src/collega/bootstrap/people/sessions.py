"""Sessions: kept on the server, locked when nobody touches the page, over after some hours whatever happens."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collega.adapters.postgres import accounts, sessions
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.people.credentials import Credentials
from collega.bootstrap.people.session_tokens import digest_of
from collega.bootstrap.people.tokens import TokenDesk
from collega.config import Settings
from collega.model.access import PersonRole
from collega.model.account import Person, SessionState
from collega.model.audit import AuditEntry, AuditOutcome
from collega.model.password import WeakPassword, normal, weak_pin, weakness
from collega.model.token import Token

MOST_WRONG_UNLOCKS = 5
MARK_EVERY = timedelta(seconds=20)
LONGEST_AGENT = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Lives:
    """How long a session lasts: untouched, and at all."""

    idle: timedelta
    whole: timedelta


def lives(settings: Settings) -> Lives:
    """Read it from the settings."""
    return Lives(
        idle=timedelta(minutes=settings.access.idle_lock_minutes), whole=timedelta(hours=settings.access.session_hours)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """Where somebody sits: address, and what the browser calls itself."""

    address: str
    agent: str


async def begin(transaction: PostgresTransaction, account_key: int, seat: Seat, whole: timedelta) -> str:
    """Begin a session and give its token; always a new one, so that none can be planted beforehand."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    await sessions.add(
        transaction,
        digest=digest_of(token),
        key=account_key,
        at=now,
        ends_at=now + whole,
        address=seat.address,
        agent=seat.agent[:LONGEST_AGENT],
    )
    return token


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionDesk:
    """What is asked about sessions, each in a transaction of its own."""

    store: PostgresStore
    lives: Lives
    credentials: Credentials

    async def has_accounts(self) -> bool:
        """Tell whether anybody can sign in."""
        async with self.store.transaction() as transaction:
            return await accounts.exist(transaction)

    async def token(self, secret: str) -> Token | None:
        """Find the service token of a program, where it counts."""
        return await TokenDesk(store=self.store).token(secret)

    async def recognise(self, token: str, *, is_active: bool) -> Person | None:
        """Tell who shows this token, and lock the session where nobody has touched it for too long."""
        now = datetime.now(UTC)
        async with self.store.transaction() as transaction:
            row = await sessions.find(transaction, digest_of(token), now)
            if row is None:
                return None
            person = _person(row)
            idle = now - row["active_at"]
            if person.state is SessionState.LOCKED:
                return person
            if idle > self.lives.idle:
                await _lock(transaction, person, now, "nobody touched it")
                return _person({**row, "locked_at": now})
            if is_active and idle > min(MARK_EVERY, self.lives.idle / 4):
                await sessions.mark_active(transaction, person.session_key, now)
            return person

    async def lock(self, person: Person) -> None:
        """Lock a session, since its person goes away."""
        async with self.store.transaction() as transaction:
            await _lock(transaction, person, datetime.now(UTC), "by hand")

    async def unlock(self, person: Person, word: str) -> bool | None:
        """Unlock a session by password or PIN; None where it has ended after too many wrong ones."""
        async with self.store.transaction() as transaction:
            tries = await sessions.count_wrong(transaction, person.session_key)
            known = await accounts.by_key(transaction, person.account_key)
            if tries > MOST_WRONG_UNLOCKS:
                await sessions.end(transaction, person.session_key, person.account_key, datetime.now(UTC))
                return None
        fits = False
        if known is not None:
            kept = [one for one in (known.pin_hash, known.password_hash) if one]
            fits = any([await self.credentials.fits(one, word) for one in kept])
        async with self.store.transaction() as transaction:
            if fits:
                await sessions.unlock(transaction, person.session_key, datetime.now(UTC))
            outcome = AuditOutcome.SUCCESS if fits else AuditOutcome.MINOR_FAILURE
            await transaction.add_audit(AuditEntry(event="session unlocked", outcome=outcome, actor=person.name))
        return fits

    async def end(self, person: Person, session_key: int | None = None) -> bool:
        """End a session of this person, the present one where none is named; False where there is no such one."""
        key = person.session_key if session_key is None else session_key
        async with self.store.transaction() as transaction:
            ended = await sessions.end(transaction, key, person.account_key, datetime.now(UTC))
            if ended:
                payload: dict[str, object] = {"session": key}
                await transaction.add_audit(AuditEntry(event="signed out", actor=person.name, payload=payload))
            return ended

    async def of(self, person: Person) -> Sequence[Mapping[str, Any]]:
        """List where this person is signed in."""
        async with self.store.transaction() as transaction:
            return await sessions.of_account(transaction, person.account_key, datetime.now(UTC))

    async def set_password(self, person: Person, old: str, new: str) -> WeakPassword | bool:
        """Change the password, and end the other sessions; False where the old one is wrong."""
        if not await self._knows(person, old):
            return False
        if fault := weakness(new, person.name, person.full_name):
            return fault
        await self._keep(person, "password", password_hash=await self.credentials.hashed(new))
        return True

    async def set_pin(self, person: Person, old: str, pin: str) -> WeakPassword | bool:
        """Set the PIN that unlocks; False where the password is wrong. It never signs in."""
        if person.is_local and not await self._knows(person, old):
            return False
        if fault := weak_pin(normal(pin)):
            return fault
        await self._keep(person, "PIN", pin_hash=await self.credentials.hashed(pin))
        return True

    async def _knows(self, person: Person, password: str) -> bool:
        """Ask for the password again; who guesses at it on an open page is stopped as at a locked one."""
        async with self.store.transaction() as transaction:
            known = await accounts.by_key(transaction, person.account_key)
            tries = await sessions.count_wrong(transaction, person.session_key)
            if tries > MOST_WRONG_UNLOCKS:
                await sessions.end(transaction, person.session_key, person.account_key, datetime.now(UTC))
                return False
        return await self.credentials.fits(known.password_hash if known else None, password)

    async def _keep(self, person: Person, what: str, **values: object) -> None:
        now = datetime.now(UTC)
        async with self.store.transaction() as transaction:
            await accounts.change(transaction, person.account_key, **values)
            await sessions.end_all(transaction, person.account_key, now, but=person.session_key)
            await sessions.unlock(transaction, person.session_key, now)
            payload: dict[str, object] = {"account": person.name, "change": what}
            await transaction.add_audit(AuditEntry(event="account changed", actor=person.name, payload=payload))


async def _lock(transaction: PostgresTransaction, person: Person, now: datetime, why: str) -> None:
    if await sessions.lock(transaction, person.session_key, now):
        await transaction.add_audit(AuditEntry(event="session locked", actor=person.name, payload={"why": why}))


def _person(row: Mapping[str, Any]) -> Person:
    known = {str(role): role for role in PersonRole}
    words = [*row["roles"], *(row["glass"] or ())]
    return Person(
        account_key=row["account_key"],
        name=row["name"],
        full_name=row["full_name"],
        roles=tuple(dict.fromkeys(known[word] for word in words if word in known)),
        session_key=row["session_key"],
        state=SessionState.LOCKED if row["locked_at"] else SessionState.OPEN,
        ends_at=row["ends_at"],
        glass_until=row["glass_until"],
        is_local=not row["issuer"],
    )
