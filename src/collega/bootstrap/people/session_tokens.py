"""Tokens that are shown once: the database keeps what they are known by, never themselves."""

import hashlib
import hmac


def digest_of(token: str) -> str:
    """Give what a token is known by; it is long and random, and needs no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def form_token(session_token: str) -> str:
    """Give what a page of a session must send with each change: of no use without the session's cookie."""
    return hmac.new(session_token.encode("utf-8", "replace"), b"form", hashlib.sha256).hexdigest()
