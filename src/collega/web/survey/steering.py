"""What those who steer surveys send: links to pick a reminder from, and who does what about a barrier."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from collega.errors import InputError
from collega.web.form import own_form
from collega.web.pages import Pages
from collega.web.survey.desk import NONE_SUCH, Results
from collega.web.survey.results import show_open, show_result
from collega.web.told import ToldError
from collega.web.visit import signed

# Five thousand links.
MOST_BYTES = 1_000_000


def steering_router(desk: Results, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.post("/surveys/{key}/remind", response_class=HTMLResponse)
    async def remind(request: Request, key: str) -> HTMLResponse:
        """Give back those links that were not used."""
        sent = await own_form(request, MOST_BYTES)
        if (row := await desk.one(key)) is None:
            raise ToldError(404, NONE_SUCH)
        try:
            found = await desk.remind(key, sent.get("links", "").splitlines(), signed(request, ""))
        except InputError as error:
            return show_open(request, pages, row, fault=str(error))
        return show_open(request, pages, row, found=found)

    @routes.post("/surveys/{key}/actions")
    async def act(request: Request, key: str) -> Response:
        """Note who does what about a barrier, by when, and how far it is."""
        sent = await own_form(request)
        try:
            await desk.set_action(key, sent, signed(request, ""))
        except InputError as error:
            return await show_result(request, pages, desk, key, str(error))
        return RedirectResponse(f"/surveys/{key}#todo", status_code=303)

    return routes
