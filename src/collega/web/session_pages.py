"""The own session: locked and unlocked, by the page that stays or by one that asks."""

from typing import Protocol

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from collega.model.account import Person, SessionState
from collega.web.cookie import drop_session
from collega.web.form import own_form
from collega.web.pages import Pages
from collega.web.sign_in import inside
from collega.web.visit import person_of


class Sessions(Protocol):
    """What these pages ask of the site."""

    async def lock(self, person: Person) -> None:
        """Lock a session."""
        ...

    async def unlock(self, person: Person, word: str) -> bool | None:
        """Unlock it; None where it has ended."""
        ...


def router(desk: Sessions, pages: Pages, hospital: str) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    def locked_page(request: Request, onward: str, *, wrong: bool = False) -> HTMLResponse:
        answer = pages.render(request, "locked.html", onward=inside(onward), wrong=wrong, hospital=hospital)
        answer.status_code = 401 if wrong else 200
        return answer

    @routes.get("/locked", response_class=HTMLResponse)
    async def locked(request: Request, onward: str = "/") -> Response:
        """Ask for password or PIN, with nothing of a patient on the page."""
        if person_of(request).state is SessionState.OPEN:
            return RedirectResponse(inside(onward), status_code=303)
        return locked_page(request, onward)

    @routes.get("/session/state")
    async def state(request: Request) -> dict[str, str]:
        """Tell an open page whether it is locked; that it asks is no sign of life."""
        return {"state": person_of(request).state}

    @routes.post("/session/active", status_code=204)
    async def active() -> None:
        """Hear from an open page that somebody sits before it."""

    @routes.post("/session/lock", status_code=204)
    async def lock(request: Request) -> None:
        """Lock, since somebody goes away."""
        await desk.lock(person_of(request))

    @routes.post("/session/unlock")
    async def unlock(request: Request) -> Response:
        """Unlock; a page that stays asks for JSON, one that was left is led back."""
        sent = await own_form(request)
        fits = await desk.unlock(person_of(request), sent.get("word", ""))
        if "text/html" not in request.headers.get("accept", ""):
            status = 200 if fits else 401
            return JSONResponse({"state": "open" if fits else "ended" if fits is None else "locked"}, status)
        if fits is None:
            return gone(request)
        onward = sent.get("onward", "/")
        return RedirectResponse(inside(onward), status_code=303) if fits else locked_page(request, onward, wrong=True)

    return routes


def gone(request: Request) -> RedirectResponse:
    """Lead a browser whose session has ended to the sign-in."""
    answer = RedirectResponse("/sign-in", status_code=303)
    drop_session(request, answer)
    return answer
