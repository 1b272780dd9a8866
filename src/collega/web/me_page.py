"""The own account: who one is here, where one is signed in, password and PIN."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from collega.formats.local import minute
from collega.model.account import Person
from collega.model.password import WeakPassword
from collega.web.form import own_form
from collega.web.pages import Pages
from collega.web.session_pages import gone
from collega.web.visit import person_of


class Mine(Protocol):
    """What this page asks of the site."""

    async def end(self, person: Person, session_key: int | None = None) -> bool:
        """End a session."""
        ...

    async def of(self, person: Person) -> Sequence[Mapping[str, Any]]:
        """List where a person is signed in."""
        ...

    async def set_password(self, person: Person, old: str, new: str) -> WeakPassword | bool:
        """Change the password; False where the old one is wrong."""
        ...

    async def set_pin(self, person: Person, old: str, pin: str) -> WeakPassword | bool:
        """Set the PIN that unlocks."""
        ...


def router(desk: Mine, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    async def mine(request: Request, said: str = "") -> HTMLResponse:
        person = person_of(request)
        rows = [_row(row, person, pages, pages.choice(request).language) for row in await desk.of(person)]
        answer = pages.render(request, "me.html", sessions=rows, said=said)
        answer.status_code = 200 if said in {"", "kept"} else 422
        return answer

    @routes.get("/me", response_class=HTMLResponse)
    async def me(request: Request) -> HTMLResponse:
        """Show who one is here, and where one is signed in."""
        return await mine(request)

    @routes.post("/me/password", response_class=HTMLResponse)
    async def password(request: Request) -> HTMLResponse:
        """Change the password."""
        sent = await own_form(request)
        answer = await desk.set_password(person_of(request), sent.get("old", ""), sent.get("new", ""))
        return await mine(request, _said(answer))

    @routes.post("/me/pin", response_class=HTMLResponse)
    async def pin(request: Request) -> HTMLResponse:
        """Set the PIN that unlocks."""
        sent = await own_form(request)
        answer = await desk.set_pin(person_of(request), sent.get("old", ""), sent.get("pin", ""))
        return await mine(request, _said(answer))

    @routes.post("/me/sessions/{key}/end")
    async def end(request: Request, key: int) -> Response:
        """End one of the own sessions."""
        person = person_of(request)
        if not await desk.end(person, key):
            raise HTTPException(404, "you have no such session")
        return gone(request) if key == person.session_key else RedirectResponse("/me", status_code=303)

    return routes


def _row(row: Mapping[str, Any], person: Person, pages: Pages, language: str) -> dict[str, Any]:
    return {
        **row,
        "since": minute(pages.local(row["created_at"]), language),
        "last": minute(pages.local(row["active_at"]), language),
        "is_this": row["session_key"] == person.session_key,
    }


def _said(answer: WeakPassword | bool) -> str:  # noqa: FBT001 - what the desk answers
    return str(answer) if isinstance(answer, WeakPassword) else "kept" if answer else "wrong"
