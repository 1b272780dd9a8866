"""The page of needs: where an app could help here, and what was measured before one."""

from typing import Any, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from collega.formats.needs_view import NEEDS_WORDS, needs_view
from collega.web.pages import Pages


class Desk(Protocol):
    """What the page asks of the site; see `collega.bootstrap.worth.needs.NeedsDesk`."""

    async def needs(self) -> dict[str, Any]:
        """Rank kinds of examination, with every baseline."""
        ...


def needs_router(desk: Desk, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/needs", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        """Show kinds of examination, those with a problem first, and the baselines."""
        language = pages.choice(request).language
        words = {name: text.in_language(language) for name, text in NEEDS_WORDS.items()}
        view = needs_view(await desk.needs(), language, pages.front.zone)
        return pages.render(request, "needs.html", w=words, v=view)

    return routes
