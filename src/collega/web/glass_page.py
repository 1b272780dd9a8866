"""Emergency access: taken by who cares for a patient, read afterwards by who looks after privacy."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from collega.errors import InputError
from collega.formats.local import minute
from collega.model.access import BY_BREAKING_GLASS
from collega.model.account import Person
from collega.web.form import own_form
from collega.web.pages import Pages
from collega.web.visit import person_of


class Glass(Protocol):
    """What these pages ask of the site."""

    async def break_glass(self, person: Person, role: str, reason: str) -> None:
        """Give a person the rights of a role; `InputError` without a good reason."""
        ...

    async def broken(self) -> Sequence[Mapping[str, Any]]:
        """List what was broken."""
        ...

    async def review(self, person: Person, key: int) -> bool:
        """Note that it was looked at."""
        ...


def router(desk: Glass, pages: Pages, minutes: float) -> APIRouter:
    """Make the routes; ``minutes``: how long it holds."""
    routes = APIRouter()

    def form(request: Request, *, fault: bool) -> HTMLResponse:
        answer = pages.render(
            request, "break_glass.html", offered=BY_BREAKING_GLASS, minutes=round(minutes), fault=fault
        )
        answer.status_code = 422 if fault else 200
        return answer

    @routes.get("/break-glass", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        """Ask for role and reason."""
        return form(request, fault=False)

    @routes.post("/break-glass", response_class=HTMLResponse)
    async def break_glass(request: Request) -> Response:
        """Give the rights."""
        sent = await own_form(request)
        try:
            await desk.break_glass(person_of(request), sent.get("role", ""), sent.get("reason", ""))
        except InputError:
            return form(request, fault=True)
        return RedirectResponse("/", status_code=303)

    @routes.get("/broken-glass", response_class=HTMLResponse)
    async def broken(request: Request) -> HTMLResponse:
        """List what was taken, by whom and why."""
        language = pages.choice(request).language
        rows = [
            {
                **row,
                "from": minute(pages.local(row["at"]), language),
                "till": minute(pages.local(row["ends_at"]), language),
            }
            for row in await desk.broken()
        ]
        return pages.render(request, "broken_glass.html", broken=rows)

    @routes.post("/broken-glass/{key}")
    async def review(request: Request, key: int) -> RedirectResponse:
        """Note that it was looked at."""
        await own_form(request)
        if not await desk.review(person_of(request), key):
            raise HTTPException(404, "there is no such one that waits")
        return RedirectResponse("/broken-glass", status_code=303)

    return routes
