"""Signing in with the hospital's account: out to its provider, and back."""

from typing import Annotated, Protocol

import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from collega.bootstrap.people.sessions import Seat
from collega.errors import PeerError
from collega.model.account import Refused
from collega.web.cookie import BINDING, set_binding
from collega.web.pages import Pages
from collega.web.sign_in import Keeper, enter, inside, seat_of

BACK = "/sign-in/hospital/back"
Word = Annotated[str, Query(max_length=4000)]
_log = structlog.get_logger()


class Hospital(Protocol):
    """What these pages ask of the site; `PeerError` where the provider does not answer, or is not to be believed."""

    async def leave(self, onward: str, back: str) -> tuple[str, str]:
        """Give the provider's address, and what binds its answer to this browser."""
        ...

    async def come_back(self, state: str, code: str, binding: str, back: str, seat: Seat) -> tuple[str, str] | Refused:
        """Give the token of a session, and where to go on."""
        ...


def router(desk: Hospital, keeper: Keeper, pages: Pages, name: str, address: str) -> APIRouter:
    """Make the routes; ``address`` is what people type, empty where it is what they have typed."""
    routes = APIRouter()

    def back(request: Request) -> str:
        return (address or str(request.base_url).rstrip("/")) + BACK

    def failed(request: Request, why: str) -> HTMLResponse:
        answer = pages.render(request, "sign_in.html", onward="/", refused=why, hospital=name, has_accounts=True)
        answer.status_code = 403 if why == Refused.NO_ROLE else 401
        return answer

    @routes.get("/sign-in/hospital")
    async def leave(request: Request, onward: Word = "/") -> Response:
        """Send a browser to the provider."""
        try:
            there, binding = await desk.leave(inside(onward), back(request))
        except PeerError as error:
            _log.warning("sign-in", error=str(error))
            return failed(request, "hospital_failed")
        answer = RedirectResponse(there, status_code=303)
        set_binding(request, answer, binding)
        return answer

    @routes.get(BACK)
    async def come_back(request: Request, state: Word = "", code: Word = "") -> Response:
        """Take back who comes from there."""
        binding = request.cookies.get(BINDING, "")
        try:
            found = await desk.come_back(state, code, binding, back(request), seat_of(request))
        except PeerError as error:
            _log.warning("sign-in", error=str(error))
            return failed(request, "hospital_failed")
        if isinstance(found, Refused):
            return failed(request, found if found is Refused.NO_ROLE else "hospital_failed")
        answer = await enter(request, keeper, *found)
        answer.delete_cookie(BINDING, path="/sign-in")
        return answer

    return routes
