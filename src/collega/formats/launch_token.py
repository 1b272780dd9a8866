"""Signed tokens for an app's own screen: claims as JSON, and an HMAC-SHA256 over them (RFC 2104), base64url."""

import base64
import binascii
import hashlib
import hmac
import json
from datetime import UTC, datetime

from collega.model.launch import Claims

LONGEST = 2000
SHORTEST_SECRET = 32


def sign(claims: Claims, secret: bytes) -> str:
    """Make the token of these claims.

    Raises
    ------
    ValueError
        The secret is shorter than the digest that it guards (RFC 2104 section 3).
    """
    if len(secret) < SHORTEST_SECRET:
        message = f"a secret of {len(secret)} bytes is too short: {SHORTEST_SECRET} are needed"
        raise ValueError(message)
    content = json.dumps(
        {
            "study": claims.study_instance_uid,
            "app": claims.app_id,
            "user": claims.user,
            "exp": claims.expires_at.timestamp(),
            "nonce": claims.nonce,
        },
        separators=(",", ":"),
    ).encode()
    return f"{_text(content)}.{_text(_digest(content, secret))}"


def read(token: str, secret: bytes) -> Claims | None:
    """Give the claims of a token that this site has signed; None for anything else."""
    if len(token) > LONGEST or not token.isascii():
        return None
    first, _, second = token.partition(".")
    content, digest = _bytes(first), _bytes(second)
    # In constant time: how long it takes must not tell how much was guessed.
    if content is None or digest is None or not hmac.compare_digest(digest, _digest(content, secret)):
        return None
    said = json.loads(content)
    return Claims(
        study_instance_uid=said["study"],
        app_id=said["app"],
        user=said["user"],
        expires_at=datetime.fromtimestamp(said["exp"], UTC),
        nonce=said["nonce"],
    )


def fingerprint(name: str) -> str:
    """Digest under which the name of a session is kept: who reads the database cannot use it."""
    return hashlib.sha256(name.encode()).hexdigest()


def _digest(content: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, content, hashlib.sha256).digest()


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes | None:
    """Decode strictly: one token has one spelling, so that a changed last character is no second one."""
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if _text(content) == text else None
