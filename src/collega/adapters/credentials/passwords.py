"""Passwords as argon2id hashes (RFC 9106, the second recommended option: 64 MiB)."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from collega.model.password import normal


def hash_password(password: str) -> str:
    """Hash a password; takes a tenth of a second and 64 MiB, never on the event loop."""
    return PasswordHasher().hash(normal(password))


def verify_password(known: str | None, password: str) -> bool:
    """Check a password; where there is none to check against, the same work is done in vain."""
    try:
        PasswordHasher().verify(known or _nobody(), normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


def is_outdated(known: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return PasswordHasher().check_needs_rehash(known)


@cache
def _nobody() -> str:
    """Make a hash that no password has: the verification of an unknown name takes as long as that of a known one."""
    return PasswordHasher().hash("\0 nobody")
