"""The pilot page of an app, as a page, as paper, and as JSON."""

import asyncio
from datetime import UTC, date, datetime
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from collega.errors import FencedError, InputError
from collega.formats.pilot_view import kpi_words, pilot_view
from collega.model.code import Text
from collega.model.pilot import Kpi
from collega.web.form import own_form
from collega.web.pages import Pages
from collega.web.reader import reader_name, reader_of, remember
from collega.web.told import ToldError

UNKNOWN = Text(en="no such app", nl="die app is er niet")
CHANGED = Text(
    en="somebody else has changed this goal meanwhile: reload the page",
    nl="iemand anders heeft dit doel intussen gewijzigd: laad de pagina opnieuw",
)
MOST_DAYS = 366
DAYS = 90
Days = Annotated[float, Query(gt=0, le=MOST_DAYS)]


class Desk(Protocol):
    """What this page asks of the site; see `collega.bootstrap.times.piloting.PilotDesk`."""

    async def pilot(self, app_id: str, days: float, language: str) -> dict[str, Any] | None:
        """Tell all of an app's pilot; None where the site has no such app."""
        ...

    async def set_goal(  # noqa: PLR0913 - the parts of a goal
        self, app_id: str, kpi: Kpi, *, target: float, by: date, guard: str, actor: str
    ) -> bool:
        """Set a goal; false where the site has no such app."""
        ...


def pilot_router(desk: Desk, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    async def told(app_id: str, days: float, language: str) -> dict[str, Any]:
        found = await desk.pilot(app_id, days, language)
        if found is None:
            raise ToldError(404, UNKNOWN)
        return found

    @routes.get("/pilots/{app_id}", response_class=HTMLResponse)
    async def page(request: Request, app_id: str, days: Days = DAYS) -> HTMLResponse:
        """Show an app's pilot."""
        language = pages.choice(request).language
        view = pilot_view(await told(app_id, days, language), language, pages.front.zone)
        return pages.render(
            request,
            "pilot.html",
            p=view,
            w=view["words"],
            kpis=kpi_words(language),
            days=f"{days:g}",
            reader=reader_name(request),
        )

    @routes.get("/pilots/{app_id}/pilot.pdf", response_class=Response)
    async def paper(request: Request, app_id: str, days: Days = DAYS) -> Response:
        """Give the page as one sheet of paper."""
        # typst is loaded when paper is asked for, and sets it off the event loop.
        from collega.formats.pilot_pdf import pilot_pdf  # noqa: PLC0415

        language = pages.choice(request).language
        view = pilot_view(await told(app_id, days, language), language, pages.front.zone)
        content = await asyncio.to_thread(pilot_pdf, view, datetime.now(UTC))
        return Response(content, media_type="application/pdf")

    @routes.get("/api/pilots/{app_id}")
    async def program(app_id: str, days: Days = DAYS) -> dict[str, Any]:
        """Give an app's pilot as JSON."""
        return await told(app_id, days, pages.front.language)

    _take_goals(routes, desk)
    return routes


def _take_goals(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/pilots/{app_id}/goals")
    async def goal(request: Request, app_id: str) -> RedirectResponse:
        """Set a goal, or change it."""
        sent = await own_form(request)
        reader = reader_of(request, sent.get("reader", ""))
        try:
            kpi, target = Kpi(sent.get("kpi", "")), float(sent.get("target", "")) / 100
            by = date.fromisoformat(sent.get("by", ""))
        except ValueError:
            wanted = f"kpi: one of {', '.join(Kpi)}; target: a percentage; by: a day as 2027-03-01"
            raise HTTPException(422, wanted) from None
        try:
            kept = await desk.set_goal(
                app_id, kpi, target=target, by=by, guard=sent.get("guard", "")[:500], actor=reader.name
            )
        except InputError as error:
            raise HTTPException(422, str(error)) from None
        except FencedError:
            raise ToldError(409, CHANGED) from None
        if not kept:
            raise ToldError(404, UNKNOWN)
        answer = RedirectResponse(f"/pilots/{app_id}", status_code=303)
        remember(request, answer, reader)
        return answer
