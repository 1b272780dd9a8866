"""Service tokens as a program shows them (RFC 6750 2.1)."""

from typing import Protocol

from fastapi import Request

from collega.model.token import Caller, Token

SCHEME = "bearer"
CHALLENGE = {"www-authenticate": 'Bearer realm="collega"'}


class Tokens(Protocol):
    """What is asked of the site."""

    async def token(self, secret: str) -> Token | None:
        """Find the token of a secret, where it counts."""
        ...


def shows_token(request: Request) -> bool:
    """Tell whether a token is shown; what else a proxy has asked a browser for (RFC 7617) is not ours."""
    return request.headers.get("authorization", "").partition(" ")[0].lower() == SCHEME


async def bearer(request: Request, tokens: Tokens) -> Caller | None:
    """Name the program that shows a token; None where what it shows opens nothing."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    token = await tokens.token(secret.strip()) if scheme.lower() == SCHEME else None
    return Caller(name=f"token {token.name}", rights=token.rights) if token else None
