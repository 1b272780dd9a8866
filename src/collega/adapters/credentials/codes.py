"""One-time codes of an authenticator (RFC 6238), and codes for the day on which it is lost."""

import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp

STEP_S = 30
# One step to either side for a clock that is wrong and a person who is slow (RFC 6238 5.2).
DRIFT = (0, -1, 1)
RECOVERY_CODES = 10
# No 0, 1, o, l: they are written down by hand.
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    """Make a secret of 160 bits (RFC 4226 4)."""
    return str(pyotp.random_base32())


def provisioning(secret: str, name: str, issuer: str) -> str:
    """Give what an authenticator reads from a QR code."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer))


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """Find the step of time whose code this is, near ``at``; None where it is none of them."""
    said = "".join(code.split())
    now = int(at.timestamp()) // STEP_S
    generator = pyotp.TOTP(secret)
    found = None
    for drift in DRIFT:  # all of them, so that the time taken tells nothing
        if hmac.compare_digest(generator.generate_otp(now + drift).encode(), said.encode()) and found is None:
            found = now + drift
    return found


def new_recovery_codes() -> list[str]:
    """Make codes of 60 bits that replace the authenticator once each."""
    return [
        "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3)) for _ in range(RECOVERY_CODES)
    ]


def recovery_digest(code: str) -> str:
    """Give the form in which a recovery code is kept; it is long enough to need no slow hash."""
    return hashlib.sha256("".join(code.split()).replace("-", "").lower().encode()).hexdigest()
