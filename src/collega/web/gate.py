"""The one gate of calls of programs for data of patients: who asks, and what that one may do."""

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Protocol

from fastapi import HTTPException, Request

from collega.model.token import Caller, Token, TokenRight

SCHEME = "bearer"
CHALLENGE = {"www-authenticate": 'Bearer realm="collega"'}
# Programs of this machine, which show nothing: the rest is for tokens that name it.
HERE = frozenset({TokenRight.READ, TokenRight.WRITE})
Gate = Callable[[Request, TokenRight], Awaitable[Caller]]


class Tokens(Protocol):
    """What is asked of the site."""

    async def token(self, secret: str) -> Token | None:
        """Find the token of a secret, where it counts."""
        ...


def gate(tokens: Tokens) -> Gate:
    """Make the gate: it gives the caller, and refuses with 401 whom it does not know, with 403 who may not."""

    async def let_in(request: Request, right: TokenRight) -> Caller:
        caller = await _caller(request, tokens)
        # For the audit record: who was shown a study.
        request.state.responsible = caller.name
        if not caller.may(right):
            raise HTTPException(403, f"{caller.name} may not {right} here")
        return caller

    return let_in


async def _caller(request: Request, tokens: Tokens) -> Caller:
    """Name who asks, by its token, else by where it is.

    A reverse proxy on this machine says in ``X-Forwarded-For`` for whom it asks, and uvicorn believes it: those from
    elsewhere show a token.
    """
    shown = request.headers.get("authorization")
    if shown is not None:
        scheme, _, secret = shown.partition(" ")
        token = await tokens.token(secret.strip()) if scheme.lower() == SCHEME else None
        if token is None:
            raise HTTPException(401, "this token opens nothing here", CHALLENGE)
        return Caller(name=f"token {token.name}", rights=token.rights)
    host = request.client.host if request.client else ""
    if not _is_here(host):
        raise HTTPException(401, "a token is asked for: Authorization: Bearer ...", CHALLENGE)
    return Caller(name=f"program at {host}", rights=HERE)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
