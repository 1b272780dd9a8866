"""Pages of validations: how often an app was right here, as a list, as the report, on paper and as tables."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from collega.formats.validation_files import report_files
from collega.formats.validation_html import report_body
from collega.formats.validation_list import validation_rows, weak_rows
from collega.formats.validation_parts import Tongue
from collega.formats.validation_view import View, validation_view, without_cases
from collega.model.access import Action
from collega.model.code import Text
from collega.web.pages import Pages
from collega.web.told import ToldError
from collega.web.visit import visit_of

ADDRESS = "/validations"
NONE_SUCH = Text(en="there is no such validation", nl="die validatie is er niet")


class Validations(Protocol):
    """What these pages ask; see `collega.bootstrap.evidence.validating.ValidationDesk`."""

    async def listed(self) -> list[dict[str, Any]]:
        """List reports, the latest first."""
        ...

    async def told(self, key: str) -> dict[str, Any] | None:
        """Give a report; None where there is none of that key."""
        ...


def validations_router(desk: Validations, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    async def seen(request: Request, key: str) -> View:
        """Put a report into words; without tables that name cases for who may not see patients."""
        told = await desk.told(key)
        if told is None:
            raise ToldError(404, NONE_SUCH)
        view = validation_view(told, pages.choice(request).language)
        return view if visit_of(request).may(Action.SEE_PATIENTS) else without_cases(view)

    @routes.get(ADDRESS, response_class=HTMLResponse)
    async def every(request: Request) -> HTMLResponse:
        """Show every validation, and where apps were weak."""
        say = Tongue(language=pages.choice(request).language)
        found = await desk.listed()
        return pages.render(
            request,
            "validations.html",
            w=say.words,
            rows=validation_rows(found, say, pages.front.zone),
            weak=weak_rows(found, say),
        )

    @routes.get(ADDRESS + "/{key}", response_class=HTMLResponse)
    async def one(request: Request, key: str) -> HTMLResponse:
        """Show a report."""
        view = await seen(request, key)
        address = f"{ADDRESS}/{key}/tables/{{name}}"
        # Our own rendering, with every word from elsewhere escaped in it.
        body = Markup(report_body(view, with_cases=True, files=address))  # noqa: S704
        words = Tongue(language=view.language).words
        return pages.render(request, "validation.html", w=words, view=view, key=key, body=body)

    @routes.get(ADDRESS + "/{key}/report.pdf", response_class=Response)
    async def paper(request: Request, key: str) -> Response:
        """Give a report on paper."""
        # typst is loaded when paper is asked for, and sets it off the event loop.
        from collega.formats.validation_pdf import validation_pdf  # noqa: PLC0415

        content = await asyncio.to_thread(validation_pdf, await seen(request, key), datetime.now(UTC))
        return Response(content, media_type="application/pdf")

    @routes.get(ADDRESS + "/{key}/tables/{name}", response_class=Response)
    async def table(request: Request, key: str, name: str) -> Response:
        """Give a table of a report as CSV."""
        content = report_files(await seen(request, key)).get(f"tables/{name}.csv")
        if content is None:
            raise HTTPException(404, "there is no such table")
        disposition = {"content-disposition": f'attachment; filename="{name}.csv"'}
        return Response(content, media_type="text/csv; charset=utf-8", headers=disposition)

    return routes
