"""Signing in with the hospital's account: its groups give the roles, each time anew."""

import asyncio
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collega.adapters.oidc.fetch import Fetch
from collega.adapters.oidc.provider import Attempt, Client, Provider, new_attempt
from collega.adapters.postgres import accounts, sessions
from collega.adapters.postgres.accounts import Secrets
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.people.session_tokens import digest_of
from collega.bootstrap.people.sessions import Lives, Seat, begin
from collega.config import Settings
from collega.errors import PeerError
from collega.model.access import OF_PEOPLE, PersonRole
from collega.model.account import LONGEST_FULL_NAME, Refused, account_name
from collega.model.audit import AuditEntry, AuditOutcome

ATTEMPT_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Groups:
    """Which groups of the provider give which roles, and where it names them."""

    claim: str
    roles: Mapping[str, PersonRole]

    def of(self, claims: Mapping[str, Any]) -> tuple[PersonRole, ...]:
        """Give the roles of a person; none where no group has one."""
        named = claims.get(self.claim)
        said = named if isinstance(named, list) else [named]
        return tuple(dict.fromkeys(self.roles[one] for one in said if isinstance(one, str) and one in self.roles))


@dataclass(frozen=True, kw_only=True, slots=True)
class HospitalDesk:
    """What the pages of the hospital's sign-in ask."""

    store: PostgresStore
    lives: Lives
    provider: Provider
    issuer: str
    groups: Groups

    async def leave(self, onward: str, back: str) -> tuple[str, str]:
        """Begin: the address of the provider, and what binds the answer to this browser; `PeerError` without one."""
        attempt, binding, now = new_attempt(), secrets.token_urlsafe(32), datetime.now(UTC)
        address = await asyncio.to_thread(self.provider.authorize, attempt, back)
        async with self.store.transaction() as transaction:
            await sessions.add_attempt(
                transaction,
                now,
                digest=digest_of(attempt.state),
                binding=digest_of(binding),
                nonce=attempt.nonce,
                verifier=attempt.verifier,
                onward=onward,
                ends_at=now + ATTEMPT_LIFE,
            )
        return address, binding

    async def come_back(self, state: str, code: str, binding: str, back: str, seat: Seat) -> tuple[str, str] | Refused:
        """End: the token of a session, and where to go on; `PeerError` where the provider is not to be believed."""
        async with self.store.transaction() as transaction:
            kept = await sessions.take_attempt(transaction, digest_of(state))
        if kept is None or kept["ends_at"] < datetime.now(UTC) or kept["binding"] != digest_of(binding):
            return Refused.WRONG
        attempt = Attempt(state=state, nonce=kept["nonce"], verifier=kept["verifier"])
        try:
            claims = await asyncio.to_thread(self.provider.claims, code, attempt, back)
        except PeerError as error:
            await self._note(seat, str(error))
            raise
        async with self.store.transaction() as transaction:
            known = await self._account(transaction, claims)
            if isinstance(known, Refused):
                payload: dict[str, object] = {"why": str(known), "subject": str(claims["sub"])[:100]}
                await transaction.add_audit(_refusal(seat, payload))
                return known
            await transaction.add_audit(AuditEntry(event="signed in", actor=known.name, address=seat.address))
            return await begin(transaction, known.key, seat, self.lives.whole), kept["onward"]

    async def sign_out(self, back: str) -> str:
        """Give the address at which a person signs out there too; empty where it has none or does not answer."""
        try:
            return await asyncio.to_thread(self.provider.sign_out, back)
        except PeerError:
            return ""

    async def _account(self, transaction: PostgresTransaction, claims: Mapping[str, Any]) -> Secrets | Refused:
        """Find or make the account of a person; name and roles are what the provider says today."""
        roles, subject = self.groups.of(claims), str(claims["sub"])
        known = await accounts.by_subject(transaction, self.issuer, subject)
        if known is not None and known.is_disabled:
            return Refused.DISABLED
        if not roles:
            return Refused.NO_ROLE
        whole = _shown_name(claims)
        if known is None:
            known = await self._new(transaction, claims, whole, roles)
        await accounts.change(transaction, known.key, roles=list(roles), full_name=whole)
        return known

    async def _new(
        self, transaction: PostgresTransaction, claims: Mapping[str, Any], whole: str, roles: tuple[PersonRole, ...]
    ) -> Secrets:
        """Make an account; a name that a local one has is not taken over, since the subject alone says who it is."""
        subject = str(claims["sub"])
        for name in (_account_name(claims), f"oidc-{digest_of(self.issuer + subject)[:16]}"):
            await accounts.add(transaction, name, whole, roles, issuer=self.issuer, subject=subject)
            made = await accounts.by_subject(transaction, self.issuer, subject)
            if made is not None:
                payload: dict[str, object] = {"account": made.name, "change": "added", "kept by": self.issuer}
                await transaction.add_audit(AuditEntry(event="account changed", actor=made.name, payload=payload))
                return made
        message = "an account could not be made"
        raise PeerError(message)

    async def _note(self, seat: Seat, why: str) -> None:
        async with self.store.transaction() as transaction:
            await transaction.add_audit(_refusal(seat, {"why": why}))


def hospital_desk(settings: Settings, store: PostgresStore, lives: Lives) -> HospitalDesk:
    """Make the desk from the settings."""
    access = settings.access
    client = Client(
        issuer=access.oidc_issuer,
        client_id=access.oidc_client_id,
        secret_file=access.oidc_client_secret_file,
        scope=access.oidc_scope,
    )
    known = {str(role): role for role in OF_PEOPLE}
    pairs = [text.rpartition("=") for text in access.oidc_roles]
    return HospitalDesk(
        store=store,
        lives=lives,
        provider=Provider(client, Fetch(ca=access.oidc_ca)),
        issuer=access.oidc_issuer,
        groups=Groups(claim=access.oidc_groups_claim, roles={group: known[role] for group, _, role in pairs}),
    )


def _refusal(seat: Seat, payload: Mapping[str, object]) -> AuditEntry:
    outcome = AuditOutcome.MINOR_FAILURE
    return AuditEntry(
        event="sign-in refused", actor=seat.address, address=seat.address, outcome=outcome, payload=payload
    )


def _shown_name(claims: Mapping[str, Any]) -> str:
    """Take what can be shown of the name that the provider gives."""
    said = str(claims.get("name") or claims.get("preferred_username") or claims["sub"])
    return "".join(one for one in " ".join(said.split()) if one.isprintable())[:LONGEST_FULL_NAME] or "?"


def _account_name(claims: Mapping[str, Any]) -> str:
    said = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
    try:
        return account_name(said)
    except ValueError:
        return account_name(re.sub(r"[^a-z0-9]+", "-", said.lower()).strip("-")[:60] or "person")
