"""Accounts, for the administrator: who may sign in, with which roles."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from collega.errors import InputError
from collega.formats.local import minute
from collega.model.access import OF_PEOPLE
from collega.web.form import MOST_BYTES, bounded
from collega.web.guard import own_page
from collega.web.pages import Pages


class Accounts(Protocol):
    """What this page asks of the site; `InputError` where something cannot be done."""

    async def listed(self) -> list[dict[str, Any]]:
        """List the accounts."""
        ...

    async def add(self, name: str, whole: str, roles: Sequence[str]) -> str:
        """Add an account and give the path of its set-up link."""
        ...

    async def change(self, name: str, what: str, roles: Sequence[str]) -> str:
        """Change an account; the path of a new link after a reset."""
        ...


def router(desk: Accounts, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    async def show(request: Request, link: str = "", fault: str = "") -> HTMLResponse:
        language = pages.choice(request).language
        rows = [
            {**row, "last": minute(pages.local(row["last_at"]), language) if row["last_at"] else ""}
            for row in await desk.listed()
        ]
        whole = str(request.base_url).rstrip("/") + link if link else ""
        answer = pages.render(request, "accounts.html", accounts=rows, of_people=OF_PEOPLE, link=whole, fault=fault)
        answer.status_code = 422 if fault else 200
        return answer

    @routes.get("/accounts", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        """List the accounts."""
        return await show(request)

    @routes.post("/accounts", response_class=HTMLResponse)
    async def add(request: Request) -> HTMLResponse:
        """Add an account; its set-up link is shown once."""
        sent = await _sent(request)
        try:
            link = await desk.add(_one(sent, "name"), _one(sent, "full_name"), sent.get("role", ()))
        except InputError as error:
            return await show(request, fault=str(error))
        return await show(request, link=link)

    @routes.post("/accounts/{name}/{what}", response_class=HTMLResponse)
    async def change(request: Request, name: str, what: str) -> HTMLResponse:
        """Disable, enable or reset an account, or change its roles."""
        sent = await _sent(request)
        try:
            link = await desk.change(name, what, sent.get("role", ()))
        except InputError as error:
            return await show(request, fault=str(error))
        return await show(request, link=link)

    return routes


async def _sent(request: Request) -> Mapping[str, Sequence[str]]:
    """Read a form in which a name may stand several times."""
    own_page(request)
    return parse_qs((await bounded(request, MOST_BYTES)).decode("utf-8", "replace"))


def _one(sent: Mapping[str, Sequence[str]], name: str) -> str:
    return sent.get(name, [""])[-1]
