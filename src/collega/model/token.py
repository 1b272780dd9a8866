"""Service tokens: what a program may do, and until when."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PREFIX = "collega_"


class TokenRight(StrEnum):
    """What the bearer of a token may do: read, store, see what apps in shadow have made, and read ``/metrics``."""

    READ = "read"
    WRITE = "write"
    SHADOW = "shadow"
    METRICS = "metrics"


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A token as it is kept; its secret is kept nowhere."""

    name: str
    rights: frozenset[TokenRight]
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Tell whether it opens anything at that moment."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who asks, and what that one may do."""

    name: str
    rights: frozenset[TokenRight] = field(default_factory=frozenset)

    def may(self, right: TokenRight) -> bool:
        """Tell whether a right is among them."""
        return right in self.rights


def token_hash(secret: str) -> bytes:
    """Digest under which a token is kept: it has 256 random bits, so that no salt and no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
