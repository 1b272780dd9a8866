"""Pages of accuracy: how often each version of an app was right here, where it is weak, and against the next."""

from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from collega.formats.accuracy_view import PAGES, accuracy_view, word, words_in
from collega.formats.validation_files import report_files
from collega.formats.validation_html import report_body
from collega.formats.validation_view import View, without_cases
from collega.model.access import Action
from collega.web.pages import Pages
from collega.web.visit import visit_of

ADDRESS = "/accuracy"


class Accuracy(Protocol):
    """What these pages ask; see `collega.bootstrap.evidence.accuracy_desk.AccuracyDesk`."""

    async def apps(self) -> list[dict[str, Any]]:
        """List app versions that have analysed something."""
        ...

    async def told(self, app_id: str) -> dict[str, Any] | None:
        """Tell of an app; None where it has analysed nothing."""
        ...


def accuracy_router(desk: Accuracy, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    async def seen(request: Request, app_id: str, what: str) -> View:
        """Put an answer into words; without tables that name cases for who may not see patients."""
        language = pages.choice(request).language
        found = await desk.told(app_id)
        if what not in PAGES or found is None:
            raise HTTPException(404, word("not_found", language))
        if found["told"] is None:
            fault = found["faults"]
            raise HTTPException(503, word(fault, language, app=app_id) if fault in words_in(language) else fault)
        view = accuracy_view(found["told"], what, language)
        return view if visit_of(request).may(Action.SEE_PATIENTS) else without_cases(view)

    @routes.get(ADDRESS, response_class=HTMLResponse)
    async def every(request: Request) -> HTMLResponse:
        """Show every app that has analysed something."""
        apps: dict[str, list[dict[str, Any]]] = {}
        for one in await desk.apps():
            apps.setdefault(one["app_id"], []).append(one)
        return pages.render(request, "accuracies.html", w=words_in(pages.choice(request).language), apps=apps)

    @routes.get(ADDRESS + "/{app_id}", response_class=HTMLResponse)
    async def figures(request: Request, app_id: str) -> HTMLResponse:
        """Show the figures of each version."""
        return await page(request, app_id, "figures")

    @routes.get(ADDRESS + "/{app_id}/{what}", response_class=HTMLResponse)
    async def page(request: Request, app_id: str, what: str) -> HTMLResponse:
        """Show the map of weaknesses, or one version against the next."""
        view = await seen(request, app_id, what)
        # Our own rendering, with every word from elsewhere escaped in it.
        body = Markup(report_body(view, with_cases=True, files=f"{ADDRESS}/{app_id}/{what}/{{name}}"))  # noqa: S704
        return pages.render(
            request, "accuracy.html", w=words_in(view.language), view=view, app=app_id, what=what, body=body
        )

    @routes.get(ADDRESS + "/{app_id}/{what}/{name}", response_class=Response)
    async def table(request: Request, app_id: str, what: str, name: str) -> Response:
        """Give a table as CSV."""
        content = report_files(await seen(request, app_id, what)).get(f"tables/{name}.csv")
        if content is None:
            raise HTTPException(404, "there is no such table")
        disposition = {"content-disposition": f'attachment; filename="{name}.csv"'}
        return Response(content, media_type="text/csv; charset=utf-8", headers=disposition)

    return routes
