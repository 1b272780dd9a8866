"""People who sign in, and their sessions."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collega.model.access import Action, PersonRole, may

LONGEST_NAME = 64
LONGEST_FULL_NAME = 80
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?")


class SessionState(StrEnum):
    """What a session lets its person do."""

    OPEN = "open"
    LOCKED = "locked"


class Refused(StrEnum):
    """Why nobody was signed in; only ``paused`` is told to who tries."""

    WRONG = "wrong"
    PAUSED = "paused"
    USED = "used"
    NO_ROLE = "no_role"
    DISABLED = "disabled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Who asks, by the session that was shown.

    Parameters
    ----------
    roles : tuple of PersonRole
        With the one that was had by breaking the glass, as long as it holds.
    glass_until : datetime or None
        Until when.
    is_local : bool
        Whether the password is kept here, not at the hospital's own sign-in.
    """

    account_key: int
    name: str
    full_name: str
    roles: tuple[PersonRole, ...]
    session_key: int
    state: SessionState
    ends_at: datetime
    glass_until: datetime | None = None
    is_local: bool = True

    def may(self, action: Action) -> bool:
        """Tell whether this person has a right."""
        return may(self.roles, action)


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A person whom the site knows; an account is disabled, never removed: the audit record names it."""

    key: int
    name: str
    full_name: str
    roles: tuple[PersonRole, ...]
    issuer: str
    is_ready: bool
    created_at: datetime
    disabled_at: datetime | None
    last_at: datetime | None


def account_name(text: str) -> str:
    """Read the name by which a person signs in; capitals do not count.

    Raises
    ------
    ValueError
        It is no such name.
    """
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        message = "a name of letters, digits, dots, hyphens or an e-mail address, at most 64 characters"
        raise ValueError(message)
    return name


def full_name(text: str) -> str:
    """Read a person's own name, in any script.

    Raises
    ------
    ValueError
        It is empty, too long, or holds what cannot be shown.
    """
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_FULL_NAME or not name.isprintable():
        message = f"a person's name in 1 to {LONGEST_FULL_NAME} printable characters"
        raise ValueError(message)
    return name
