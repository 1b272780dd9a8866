"""The one gate of calls of programs for data of patients: who asks, and what that one may do."""

import ipaddress
from collections.abc import Awaitable, Callable

from fastapi import HTTPException, Request

from collega.model.access import Action
from collega.model.account import Person
from collega.model.token import Caller, TokenRight
from collega.web.bearer import CHALLENGE, Tokens, bearer
from collega.web.visit import Visit

# Programs of this machine, which show nothing, as long as nobody signs in: the rest is for tokens that name it.
HERE = frozenset({TokenRight.READ, TokenRight.WRITE})
Gate = Callable[[Request, TokenRight], Awaitable[Caller]]


def gate(tokens: Tokens) -> Gate:
    """Make the gate: it gives the caller, and refuses with 401 whom it does not know, with 403 who may not.

    What an address asks for was asked at the entrance; the gate says so in the words of programs, and stands alone
    where no entrance does.
    """

    async def let_in(request: Request, right: TokenRight) -> Caller:
        caller = await _caller(request, tokens, right)
        # For the audit record: who was shown a study.
        request.state.responsible = caller.name
        if not caller.may(right):
            raise HTTPException(403, f"{caller.name} may not {right} here")
        return caller

    return let_in


async def _caller(request: Request, tokens: Tokens, right: TokenRight) -> Caller:
    """Name who asks: as the entrance has found out, else by its token, else by where it is.

    A reverse proxy on this machine says in ``X-Forwarded-For`` for whom it asks, and uvicorn believes it: those from
    elsewhere show a token.
    """
    visit: Visit | None = request.scope.get("state", {}).get("visit")
    if visit is not None and visit.person is not None:
        return _of_person(visit.person, right)
    if visit is not None and visit.caller is not None:
        return visit.caller
    if visit is None and "authorization" in request.headers:
        if caller := await bearer(request, tokens):
            return caller
        raise HTTPException(401, "this token opens nothing here", CHALLENGE)
    host = request.client.host if request.client else ""
    if not (visit.is_open if visit else _is_here(host)):
        raise HTTPException(401, "a token is asked for: Authorization: Bearer ...", CHALLENGE)
    return Caller(name=f"program at {host}", rights=HERE)


def _of_person(person: Person, right: TokenRight) -> Caller:
    """Put into the words of programs what the entrance has let a person do."""
    shadow = {TokenRight.SHADOW} if person.may(Action.SEE_SHADOW) else set()
    return Caller(name=person.name, rights=frozenset({right, *shadow}))


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
