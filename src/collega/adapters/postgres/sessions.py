"""Sessions of people, pauses after wrong passwords, glass that was broken, sign-ins that are under way."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction

ADD = """INSERT INTO web_session (digest, account_key, created_at, active_at, ends_at, address, agent)
    VALUES (%(digest)s, %(key)s, %(at)s, %(at)s, %(ends_at)s, %(address)s, %(agent)s) RETURNING session_key"""
# A disabled account ends its sessions at once; its roles, and glass that it broke, are read anew each time.
FIND = """SELECT s.session_key, s.account_key, s.active_at, s.ends_at, s.locked_at, a.name, a.full_name, a.roles,
        a.issuer, g.roles AS glass, g.ends_at AS glass_until
    FROM web_session s JOIN account a USING (account_key)
    LEFT JOIN LATERAL (SELECT array_agg(role) AS roles, max(ends_at) AS ends_at FROM broken_glass
        WHERE account_key = s.account_key AND ends_at > %(at)s) g ON true
    WHERE s.digest = %(digest)s AND s.ended_at IS NULL AND s.ends_at > %(at)s AND a.disabled_at IS NULL"""
LOCK = """UPDATE web_session SET locked_at = %(at)s WHERE session_key = %(key)s AND locked_at IS NULL
    RETURNING session_key"""
UNLOCK = (
    """UPDATE web_session SET locked_at = NULL, active_at = %(at)s, wrong_unlocks = 0 WHERE session_key = %(key)s"""
)
WRONG = """UPDATE web_session SET wrong_unlocks = wrong_unlocks + 1 WHERE session_key = %s RETURNING wrong_unlocks"""
END = """UPDATE web_session SET ended_at = %(at)s
    WHERE session_key = %(key)s AND account_key = %(account)s AND ended_at IS NULL RETURNING session_key"""
END_ALL = "UPDATE web_session SET ended_at = %s WHERE account_key = %s AND session_key <> %s AND ended_at IS NULL"
OF_ACCOUNT = """SELECT session_key, created_at, active_at, ends_at, locked_at, address, agent FROM web_session
    WHERE account_key = %s AND ended_at IS NULL AND ends_at > %s ORDER BY active_at DESC"""
# The try is counted before it is checked: of many at the same moment each is counted.
CHARGE = """INSERT INTO sign_in_pause AS p (subject, failures, last_at, until) VALUES (%(subject)s, 1, %(at)s, %(at)s)
    ON CONFLICT (subject) DO UPDATE SET last_at = %(at)s,
        failures = CASE WHEN p.last_at < %(forget)s THEN 1 ELSE p.failures + 1 END
    RETURNING failures"""
PAUSED = "SELECT max(until) AS until FROM sign_in_pause WHERE subject = ANY(%s)"
BREAK = """INSERT INTO broken_glass (account_key, role, reason, at, ends_at)
    VALUES (%(account)s, %(role)s, %(reason)s, %(at)s, %(ends_at)s) RETURNING glass_key"""
BROKEN = """SELECT g.*, a.name, a.full_name FROM broken_glass g JOIN account a USING (account_key)
    ORDER BY (g.reviewed_at IS NULL) DESC, g.at DESC LIMIT 500"""
REVIEW = """UPDATE broken_glass SET reviewed_at = %(at)s, reviewed_by = %(by)s
    WHERE glass_key = %(key)s AND reviewed_at IS NULL RETURNING glass_key"""
TAKE_ATTEMPT = "DELETE FROM oidc_attempt WHERE digest = %s RETURNING *"


async def add(transaction: PostgresTransaction, **values: object) -> int:
    """Begin a session: ``digest``, ``key`` of the account, ``at``, ``ends_at``, ``address``, ``agent``."""
    return int((await transaction.rows(ADD, values))[0]["session_key"])


async def find(transaction: PostgresTransaction, digest: str, at: datetime) -> Mapping[str, Any] | None:
    """Find a session that goes on, with its account and the glass that it broke."""
    found = await transaction.rows(FIND, {"digest": digest, "at": at})
    return found[0] if found else None


async def mark_active(transaction: PostgresTransaction, key: int, at: datetime) -> None:
    """Note that its person does something."""
    await transaction.run("UPDATE web_session SET active_at = %s WHERE session_key = %s", (at, key))


async def lock(transaction: PostgresTransaction, key: int, at: datetime) -> bool:
    """Lock a session; False where it was locked."""
    return bool(await transaction.rows(LOCK, {"key": key, "at": at}))


async def unlock(transaction: PostgresTransaction, key: int, at: datetime) -> None:
    """Unlock a session."""
    await transaction.run(UNLOCK, {"key": key, "at": at})


async def count_wrong(transaction: PostgresTransaction, key: int) -> int:
    """Count a wrong try to unlock."""
    return int((await transaction.rows(WRONG, (key,)))[0]["wrong_unlocks"])


async def end(transaction: PostgresTransaction, key: int, account: int, at: datetime) -> bool:
    """End a session of an account; False where it has no such session."""
    return bool(await transaction.rows(END, {"key": key, "account": account, "at": at}))


async def end_all(transaction: PostgresTransaction, account: int, at: datetime, *, but: int = 0) -> None:
    """End the sessions of an account, all but one of them where it is named."""
    await transaction.run(END_ALL, (at, account, but))


async def of_account(transaction: PostgresTransaction, account: int, at: datetime) -> list[dict[str, Any]]:
    """List the sessions of an account that go on."""
    return await transaction.rows(OF_ACCOUNT, (account, at))


async def charge(transaction: PostgresTransaction, subject: str, at: datetime, forgotten: timedelta) -> int:
    """Count a try before it is checked; gives how many there were in a row."""
    values = {"subject": subject, "at": at, "forget": at - forgotten}
    return int((await transaction.rows(CHARGE, values))[0]["failures"])


async def hold_off(transaction: PostgresTransaction, subject: str, until: datetime) -> None:
    """Let nobody in under this name, or from this address, until then."""
    await transaction.run("UPDATE sign_in_pause SET until = %s WHERE subject = %s", (until, subject))


async def queue_up(transaction: PostgresTransaction, subjects: list[str]) -> None:
    """Wait until nobody else looks at these: of many who try at once no more than are free may pass."""
    for subject in sorted(subjects):
        await transaction.run("SELECT pg_advisory_xact_lock(4246, hashtext(%s))", (subject,))


async def paused_until(transaction: PostgresTransaction, subjects: list[str]) -> datetime | None:
    """Tell until when nobody is let in; None where nothing is known of them."""
    until: datetime | None = (await transaction.rows(PAUSED, (subjects,)))[0]["until"]
    return until


async def forgive(transaction: PostgresTransaction, subject: str) -> None:
    """Forget the wrong tries: somebody was let in."""
    await transaction.run("DELETE FROM sign_in_pause WHERE subject = %s", (subject,))


async def break_glass(transaction: PostgresTransaction, **values: object) -> int:
    """Give an account the rights of a role for some time: ``account``, ``role``, ``reason``, ``at``, ``ends_at``."""
    return int((await transaction.rows(BREAK, values))[0]["glass_key"])


async def broken(transaction: PostgresTransaction) -> list[dict[str, Any]]:
    """List what was broken; what nobody has looked at stands first."""
    return await transaction.rows(BROKEN)


async def review(transaction: PostgresTransaction, key: int, by: str, at: datetime) -> bool:
    """Note that the privacy officer has looked; False where somebody had before."""
    return bool(await transaction.rows(REVIEW, {"key": key, "by": by, "at": at}))


async def add_attempt(transaction: PostgresTransaction, at: datetime, **values: object) -> None:
    """Keep a sign-in that is under way; those that were given up go."""
    await transaction.run("DELETE FROM oidc_attempt WHERE ends_at < %s", (at,))
    await transaction.run(
        """INSERT INTO oidc_attempt (digest, binding, nonce, verifier, onward, ends_at) VALUES (%(digest)s, %(binding)s,
            %(nonce)s, %(verifier)s, %(onward)s, %(ends_at)s)""",
        values,
    )


async def take_attempt(transaction: PostgresTransaction, digest: str) -> Mapping[str, Any] | None:
    """Take a sign-in that is under way; it counts once."""
    found = await transaction.rows(TAKE_ATTEMPT, (digest,))
    return found[0] if found else None


async def refund(transaction: PostgresTransaction, subject: str, at: datetime) -> None:
    """Take back what a try was charged that was right; earlier wrong ones stay counted."""
    await transaction.run(
        "UPDATE sign_in_pause SET failures = greatest(failures - 1, 0), until = %s WHERE subject = %s", (at, subject)
    )
