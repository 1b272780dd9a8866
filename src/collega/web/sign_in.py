"""Signing in and out."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from collega.bootstrap.people.sessions import Seat
from collega.model.account import Person, Refused
from collega.web.cookie import drop_session, session_token, set_session
from collega.web.form import own_form
from collega.web.pages import Pages, landing
from collega.web.visit import NOBODY, Visit, person_of, visit_of

SignOutThere = Callable[[str], Awaitable[str]]
STATUS = {Refused.PAUSED: 429, Refused.WRONG: 401}


class SignIn(Protocol):
    """What these pages ask of the site."""

    async def sign_in(self, name: str, password: str, code: str, seat: Seat) -> str | Refused:
        """Begin a session and give its token."""
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


def router(
    desk: SignIn, keeper: Keeper, pages: Pages, hospital: str, sign_out_there: SignOutThere | None = None
) -> APIRouter:
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
    async def sign_out(request: Request) -> Response:
        """End the session; at the hospital's provider too, by a page that leads there.

        Not by a redirect: what a form may lead to is this site alone.
        """
        person = person_of(request)
        await keeper.end(person)
        there = ""
        if sign_out_there and not person.is_local:
            there = await sign_out_there(str(request.base_url) + "sign-in")
        answer: Response = RedirectResponse("/sign-in", status_code=303)
        if there:
            request.scope["state"]["visit"] = NOBODY
            answer = pages.render(request, "signed_out.html", there=there)
        drop_session(request, answer)
        return answer

    return routes


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
