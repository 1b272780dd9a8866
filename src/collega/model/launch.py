"""A reader's way to an app's own screen: what a token claims, and why one is refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# From the click until the screen has exchanged its token.
TOKEN_LIFE = timedelta(minutes=5)
# From the exchange until the result is back.
SESSION_LIFE = timedelta(hours=24)


class Refusal(StrEnum):
    """Why nothing is given to who shows a token, or the name of a session."""

    FORGED = "forged"
    EXPIRED = "expired"
    USED = "used"
    UNKNOWN = "unknown"
    STOPPED = "stopped"
    CHANGED = "changed"
    ANSWERED = "answered"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """What a token says; ``nonce`` is used once."""

    study_instance_uid: str
    app_id: str
    user: str
    expires_at: datetime
    nonce: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """A launch as the store knows it."""

    key: str
    job_key: str
    actor: str
    expires_at: datetime
    used_at: datetime | None
    session_until: datetime | None
    answered_at: datetime | None
