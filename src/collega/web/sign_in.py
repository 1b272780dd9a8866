"""Signing in and out, and setting up an account by its link."""

from typing import Protocol
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from collega.bootstrap.sessions import Seat
from collega.bootstrap.signing_in import Chosen, Done, Setup
from collega.model.account import Person, Refused
from collega.web.cookie import drop_session, session_token, set_session
from collega.web.form import own_form
from collega.web.pages import Pages, landing
from collega.web.visit import Visit, person_of, visit_of

STATUS = {Refused.PAUSED: 429, Refused.WRONG: 401}


class SignIn(Protocol):
    """What these pages ask of the site."""

    async def sign_in(self, name: str, password: str, code: str, seat: Seat) -> str | Refused:
        """Begin a session and give its token."""
        ...

    async def setup(self, token: str) -> Setup | None:
        """Show what a link is for."""
        ...

    async def finish(self, token: str, chosen: Chosen, seat: Seat) -> Done | str | None:
        """Set up the account of a link."""
        ...


class Keeper(Protocol):
    """What they ask about sessions."""

    async def has_accounts(self) -> bool:
        """Tell whether anybody can sign in."""
        ...

    async def recognise(self, token: str, *, is_active: bool) -> Person | None:
        """Tell who shows a token."""
        ...

    async def end(self, person: Person, session_key: int | None = None) -> bool:
        """End a session."""
        ...


def router(desk: SignIn, keeper: Keeper, pages: Pages, hospital: str) -> APIRouter:
    """Make the routes; ``hospital`` is what the hospital's own sign-in is called, empty where there is none."""
    routes = APIRouter()

    async def form(request: Request, onward: str, refused: Refused | None) -> HTMLResponse:
        values = {"onward": inside(onward), "refused": refused, "hospital": hospital}
        has_accounts = await keeper.has_accounts()
        answer = pages.render(request, "sign_in.html", has_accounts=has_accounts, **values)
        answer.status_code = STATUS[refused] if refused else 200
        return answer

    @routes.get("/sign-in", response_class=HTMLResponse)
    async def page(request: Request, onward: str = "/") -> HTMLResponse:
        """Show the form."""
        return await form(request, onward, None)

    @routes.post("/sign-in", response_class=HTMLResponse)
    async def sign_in(request: Request) -> Response:
        """Check what was typed; a session that this browser had ends."""
        sent = await own_form(request)
        words = (sent.get("name", ""), sent.get("password", ""), sent.get("code", ""))
        token = await desk.sign_in(*words, seat_of(request))
        if isinstance(token, Refused):
            return await form(request, sent.get("onward", "/"), token)
        return await enter(request, keeper, token, sent.get("onward", "/"))

    @routes.post("/sign-out")
    async def sign_out(request: Request) -> RedirectResponse:
        """End the session."""
        await keeper.end(person_of(request))
        answer = RedirectResponse("/sign-in", status_code=303)
        drop_session(request, answer)
        return answer

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


async def enter(request: Request, keeper: Keeper, token: str, onward: str) -> RedirectResponse:
    """Give a browser its new session, end the one that it had, and lead it on."""
    before = visit_of(request).person or await _before(request, keeper)
    if before:
        await keeper.end(before)
    person = await keeper.recognise(token, is_active=True)
    onward = inside(onward)
    answer = RedirectResponse(landing(Visit(person=person)) if onward == "/" else onward, status_code=303)
    set_session(request, answer, token)
    return answer


async def _before(request: Request, keeper: Keeper) -> Person | None:
    shown = session_token(request)
    return await keeper.recognise(shown, is_active=False) if shown else None


def seat_of(request: Request) -> Seat:
    """Tell where somebody sits."""
    address = request.client.host if request.client else "unknown"
    return Seat(address=address, agent=request.headers.get("user-agent", ""))


def inside(onward: str) -> str:
    """Give a place of this site; anything else, such as another site's address, is its front page."""
    is_ours = onward.startswith("/") and not onward.startswith(("//", "/\\")) and onward.isprintable()
    return onward if is_ours and "\\" not in onward else "/"


def with_onward(path: str, onward: str) -> str:
    """Write an address that leads on afterwards."""
    return f"{path}?{urlencode({'onward': inside(onward)})}"
