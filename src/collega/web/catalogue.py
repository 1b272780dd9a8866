"""The catalogue: the apps of the site, and for each a page for every role that meets it."""

from collections.abc import Sequence
from typing import Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from collega.read.catalogue import Listed, line, page
from collega.read.catalogue_words import ROLES
from collega.web.pages import Pages

BY_ID = {role.id: role for role in ROLES}


class CatalogueDesk(Protocol):
    """What the catalogue asks of the site."""

    async def apps(self) -> Sequence[Listed]:
        """List every app with its stage and its card, as they stand now."""
        ...


def catalogue_router(desk: CatalogueDesk, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/catalogue", response_class=HTMLResponse)
    async def catalogue(request: Request) -> HTMLResponse:
        """List the apps."""
        language = pages.choice(request).language
        lines = [line(listed, language) for listed in await desk.apps()]
        return pages.render(request, "catalogue.html", apps=sorted(lines, key=lambda app: app["name"].casefold()))

    @routes.get("/catalogue/{app}", response_class=HTMLResponse)
    async def first(request: Request, app: str) -> HTMLResponse:
        """Show the page of the first role: the board leads readers here."""
        return await show(request, app, ROLES[0].id)

    @routes.get("/catalogue/{app}/{role}", response_class=HTMLResponse)
    async def one(request: Request, app: str, role: str) -> HTMLResponse:
        """Explain one app to one role."""
        return await show(request, app, role)

    async def show(request: Request, app: str, role: str) -> HTMLResponse:
        language = pages.choice(request).language
        listed = next((item for item in await desk.apps() if item.manifest.id == app), None)
        if listed is None or role not in BY_ID:
            raise HTTPException(404, "no such app, or no such role")
        roles = [{"id": known.id, "name": known.name.in_language(language)} for known in ROLES]
        return pages.render(request, "catalogue_app.html", one=page(listed, BY_ID[role], language), roles=roles)

    return routes
