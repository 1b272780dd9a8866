"""Setting up an account by its link, which counts once."""

from typing import Protocol

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from collega.bootstrap.people.sessions import Seat
from collega.bootstrap.people.signing_in import Chosen, Done, Setup
from collega.web.cookie import set_session
from collega.web.form import own_form
from collega.web.pages import Pages
from collega.web.sign_in import seat_of


class SetUp(Protocol):
    """What this page asks of the site."""

    async def setup(self, token: str) -> Setup | None:
        """Show what a link is for."""
        ...

    async def finish(self, token: str, chosen: Chosen, seat: Seat) -> Done | str | None:
        """Set up the account of a link."""
        ...


def router(desk: SetUp, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/set-up/{token}", response_class=HTMLResponse)
    async def set_up(request: Request, token: str) -> HTMLResponse:
        """Show what a link is for."""
        return _set_up(request, pages, await desk.setup(token), "")

    @routes.post("/set-up/{token}", response_class=HTMLResponse)
    async def finish(request: Request, token: str) -> HTMLResponse:
        """Set up the account, and show the recovery codes once."""
        sent = await own_form(request)
        chosen = Chosen(**{name: sent.get(name, "") for name in ("name", "full_name", "password", "code")})
        done = await desk.finish(token, chosen, seat_of(request))
        if not isinstance(done, Done):
            return _set_up(request, pages, await desk.setup(token), done or "")
        answer = pages.render(request, "recovery.html", codes=done.recovery)
        set_session(request, answer, done.token)
        return answer

    return routes


def _set_up(request: Request, pages: Pages, shown: Setup | None, fault: str) -> HTMLResponse:
    answer = pages.render(request, "set_up.html", setup=shown, fault=fault, needs_code=bool(shown and shown.needs_code))
    answer.status_code = 404 if shown is None else 422 if fault else 200
    answer.headers["referrer-policy"] = "no-referrer"
    return answer
