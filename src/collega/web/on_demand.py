"""An app on demand: one click has its word shown and sent."""

from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, StringConstraints

from collega.errors import InputError
from collega.model.code import Text
from collega.web.form import own_form
from collega.web.guard import same_origin
from collega.web.pages import Pages
from collega.web.told import ToldError, because
from collega.web.visit import signed

UNKNOWN = Text(
    en="no app of that name is shown on such a study",
    nl="geen app met die naam wordt bij zo'n onderzoek getoond",
)
BOARD = "board"


class Asking(BaseModel):
    """Who asks."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class Demand(Protocol):
    """What these pages ask of the site."""

    async def line(self, study_instance_uid: str, app_id: str, language: str) -> dict[str, Any] | None:
        """Show one app's line on a study; None where a reader sees none."""
        ...

    async def ask(self, study_instance_uid: str, app_id: str, by: str) -> bool:
        """Have its word shown and sent; False where a reader sees none, `InputError` where it cannot be asked."""
        ...


def router(desk: Demand, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()
    address = "/studies/{study_instance_uid}/apps/{app_id}"

    @routes.get(address, response_class=HTMLResponse)
    async def page(request: Request, study_instance_uid: str, app_id: str) -> HTMLResponse:
        """Show one app's word on a study, or the button that asks for it: what a PACS viewer links to."""
        line = await desk.line(study_instance_uid, app_id, pages.choice(request).language)
        if line is None:
            raise ToldError(404, UNKNOWN)
        return pages.render(request, "one_app.html", app=line)

    @routes.post(address + "/ask")
    async def form(request: Request, study_instance_uid: str, app_id: str) -> RedirectResponse:
        """Ask from a page, and go back to it."""
        sent = await own_form(request)
        await _ask(desk, study_instance_uid, app_id, signed(request, BOARD))
        back = "/" if sent.get("from") == BOARD else f"/studies/{study_instance_uid}/apps/{app_id}"
        return RedirectResponse(back, status_code=303)

    @routes.post("/api" + address + "/ask", dependencies=[Depends(same_origin)])
    async def ask(request: Request, study_instance_uid: str, app_id: str, asking: Asking) -> dict[str, str]:
        """Ask from a program."""
        request.state.responsible = signed(request, asking.by)
        await _ask(desk, study_instance_uid, app_id, signed(request, asking.by))
        return {"asked": app_id}

    return routes


async def _ask(desk: Demand, study_instance_uid: str, app_id: str, by: str) -> None:
    try:
        if not await desk.ask(study_instance_uid, app_id, by):
            raise ToldError(404, UNKNOWN)
    except InputError as error:
        raise because(409, error) from None
