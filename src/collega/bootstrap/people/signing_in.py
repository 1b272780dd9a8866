"""Signing in with a password and a code, and setting up an account by its link."""

from dataclasses import dataclass
from datetime import UTC, datetime

from collega.adapters.credentials import codes
from collega.adapters.postgres import accounts, sessions
from collega.adapters.postgres.accounts import Secrets
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.people.credentials import Credentials
from collega.bootstrap.people.session_tokens import digest_of
from collega.bootstrap.people.sessions import Lives, Seat, begin
from collega.formats.qr import qr_svg
from collega.model.access import PersonRole
from collega.model.account import Refused, account_name, full_name
from collega.model.audit import AuditEntry, AuditOutcome
from collega.model.lockout import FORGOTTEN_AFTER, FREE_TRIES, FREE_TRIES_OF_ADDRESS, pause
from collega.model.password import weakness

CODE_FAULT, NAME_FAULT, TAKEN_FAULT = "code", "name", "taken"


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup:
    """What the page of a set-up link shows; no name where it makes the first administrator."""

    name: str
    full_name: str
    roles: tuple[str, ...]
    secret: str
    picture: str
    needs_code: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """What a person has typed to set up an account."""

    name: str
    full_name: str
    password: str
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """An account that is set up: the token of its first session, and the recovery codes, which are shown once."""

    token: str
    recovery: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SignInDesk:
    """What the pages of signing in ask."""

    store: PostgresStore
    lives: Lives
    credentials: Credentials
    needs_code: bool
    issuer: str

    async def setup(self, token: str) -> Setup | None:
        """Show what a link is for; None where it does not count."""
        async with self.store.transaction() as transaction:
            found = await accounts.link(transaction, digest_of(token), datetime.now(UTC))
            if found is None or (found["account_key"] is None and await accounts.exist(transaction)):
                return None
        name = found["name"] or ""
        uri = codes.provisioning(found["totp_secret"], name or "collega", self.issuer)
        return Setup(
            name=name,
            full_name=found["full_name"] or "",
            roles=tuple(found["roles"] or (str(PersonRole.ADMINISTRATOR),)),
            secret=found["totp_secret"],
            picture=qr_svg(uri),
            needs_code=self.needs_code,
        )

    async def finish(self, token: str, chosen: Chosen, seat: Seat) -> Done | str | None:
        """Set up the account of a link; the fault where something is wrong, None where the link does not count."""
        shown = await self.setup(token)
        if shown is None:
            return None
        checked = _checked(shown, chosen)
        if isinstance(checked, str):
            return checked
        name, whole = checked
        now = datetime.now(UTC)
        step = codes.step_of(shown.secret, chosen.code, now) if chosen.code or self.needs_code else 0
        if step is None:
            return CODE_FAULT
        hashed = await self.credentials.hashed(chosen.password)
        async with self.store.transaction() as transaction:
            if not await accounts.take_link(transaction, digest_of(token), now):
                return None
            key = await self._account_of(transaction, shown, name, whole)
            if key is None:
                return TAKEN_FAULT
            secret = shown.secret if step else None
            await accounts.change(transaction, key, password_hash=hashed, totp_secret=secret, totp_step=step)
            return await self._begin_first(transaction, key, name, seat, has_code=bool(step))

    async def _account_of(self, transaction: PostgresTransaction, shown: Setup, name: str, whole: str) -> int | None:
        if shown.name:
            known = await accounts.by_name(transaction, shown.name)
            return known.key if known and not known.is_disabled else None
        return await accounts.add(transaction, name, whole, [PersonRole.ADMINISTRATOR])

    async def _begin_first(
        self, transaction: PostgresTransaction, key: int, name: str, seat: Seat, *, has_code: bool
    ) -> Done:
        recovery = codes.new_recovery_codes() if has_code else []
        await accounts.renew_recovery(transaction, key, [codes.recovery_digest(code) for code in recovery])
        payload: dict[str, object] = {"account": name, "change": "set up", "authenticator": has_code}
        for event in ("account changed", "signed in"):
            await transaction.add_audit(
                AuditEntry(event=event, actor=name, address=seat.address, payload=payload if "changed" in event else {})
            )
        return Done(token=await begin(transaction, key, seat, self.lives.whole), recovery=tuple(recovery))

    async def sign_in(self, name: str, password: str, code: str, seat: Seat) -> str | Refused:
        """Begin a session and give its token; who is refused is told the same whatever was wrong."""
        subject, address = f"account:{name.strip().lower()[:64]}", f"address:{seat.address}"
        if await self._is_paused(subject, address):
            return Refused.PAUSED
        async with self.store.transaction() as transaction:
            known = await accounts.by_name(transaction, name.strip().lower()[:64])
        fits = await self.credentials.fits(known.password_hash if known else None, password)
        async with self.store.transaction() as transaction:
            why = await self._why_not(transaction, known, code, fits=fits)
            if why is not None or known is None:
                await self._note_refusal(transaction, known, why or Refused.WRONG, seat)
                return Refused.WRONG
            await sessions.forgive(transaction, subject)
            await sessions.refund(transaction, address, datetime.now(UTC))
            await transaction.add_audit(AuditEntry(event="signed in", actor=known.name, address=seat.address))
            return await begin(transaction, known.key, seat, self.lives.whole)

    async def _is_paused(self, subject: str, address: str) -> bool:
        """Tell whether a pause runs; else count this try, before it is known whether it is right."""
        async with self.store.transaction() as transaction:
            await sessions.queue_up(transaction, [subject, address])
            # By the clock of whose turn it is: who came first and was served later would else find itself in a pause.
            now = datetime.now(UTC)
            until = await sessions.paused_until(transaction, [subject, address])
            if until is not None and until > now:
                return True
            for name, free in ((subject, FREE_TRIES), (address, FREE_TRIES_OF_ADDRESS)):
                failures = await sessions.charge(transaction, name, now, FORGOTTEN_AFTER)
                await sessions.hold_off(transaction, name, now + pause(failures, free))
        return False

    async def _why_not(
        self, transaction: PostgresTransaction, known: Secrets | None, code: str, *, fits: bool
    ) -> Refused | None:
        if known is None or not fits:
            return Refused.WRONG
        if known.is_disabled:
            return Refused.DISABLED
        if known.totp_secret is None:
            return Refused.WRONG if self.needs_code else None
        now = datetime.now(UTC)
        step = codes.step_of(known.totp_secret, code, now)
        if step is None:
            taken = await accounts.take_recovery(transaction, known.key, codes.recovery_digest(code), now)
            return None if taken else Refused.WRONG
        return None if await accounts.take_step(transaction, known.key, step) else Refused.USED

    async def _note_refusal(
        self, transaction: PostgresTransaction, known: Secrets | None, why: Refused, seat: Seat
    ) -> None:
        """Log it; what was typed as a name may be a password, so only names that exist are kept."""
        await transaction.add_audit(
            AuditEntry(
                event="sign-in refused",
                actor=seat.address,
                address=seat.address,
                responsible=known.name if known else "",
                outcome=AuditOutcome.MINOR_FAILURE,
                payload={"why": str(why)},
            )
        )


def _checked(shown: Setup, chosen: Chosen) -> tuple[str, str] | str:
    """Give account name and full name, or the fault in what was chosen."""
    try:
        name = shown.name or account_name(chosen.name)
        whole = shown.full_name or full_name(chosen.full_name)
    except ValueError:
        return NAME_FAULT
    fault = weakness(chosen.password, name, whole)
    return str(fault) if fault else (name, whole)
