"""A questionnaire becomes a survey: with links for phones, or with answers that another tool has gathered."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from collega.bootstrap.survey.keeping import Kept
from collega.errors import InputError
from collega.web.form import own_form
from collega.web.pages import Pages
from collega.web.survey.kept import MOST_BYTES, UNUSABLE, Questionnaires, kept_or_404
from collega.web.visit import signed


def start_router(desk: Questionnaires, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/surveys/questionnaires/{name}/{number}/start", response_class=HTMLResponse)
    async def prepare(request: Request, name: str, number: int) -> HTMLResponse:
        """Ask for the last day and how many people."""
        return await _start(request, pages, desk, await kept_or_404(desk, name, number))

    @routes.post("/surveys/questionnaires/{name}/{number}/start", response_class=HTMLResponse)
    async def start(request: Request, name: str, number: int) -> HTMLResponse:
        """Open a survey and show its links, this once."""
        sent = await own_form(request)
        kept = await kept_or_404(desk, name, number)
        try:
            started = await desk.start(kept, sent, signed(request, ""))
        except InputError as error:
            return await _start(request, pages, desk, kept, fault=str(error), sent=sent)
        return pages.render(request, "survey_links.html", started=started)

    @routes.post("/surveys/questionnaires/{name}/{number}/answers", response_class=HTMLResponse)
    async def answers(request: Request, name: str, number: int) -> Response:
        """Keep answers that another tool has gathered, and show the figures."""
        sent = await own_form(request, MOST_BYTES)
        kept = await kept_or_404(desk, name, number)
        try:
            key = await desk.bring(kept, sent, signed(request, ""))
        except InputError as error:
            return await _start(request, pages, desk, kept, brought=str(error), sent=sent)
        return RedirectResponse(f"/surveys/{key}", status_code=303)

    @routes.post("/surveys/{key}/sheet", response_class=Response)
    async def sheet(request: Request, key: str) -> Response:
        """Set links on paper as codes to cut out; they come from who has them, since none is kept."""
        # typst is loaded when paper is asked for, and sets it off the event loop.
        from collega.formats.ticket_sheet import ticket_sheet  # noqa: PLC0415

        sent = await own_form(request, MOST_BYTES)
        try:
            asked, links = await desk.sheet(key, sent.get("links", "").splitlines())
        except InputError as error:
            raise HTTPException(UNUSABLE, str(error)) from error
        title = asked.title.in_language(pages.choice(request).language)
        content = await asyncio.to_thread(ticket_sheet, title, links, datetime.now(UTC))
        head = {"content-disposition": 'attachment; filename="links.pdf"'}
        return Response(content, media_type="application/pdf", headers=head)

    return routes


async def _start(  # noqa: PLR0913 - what a page is made of
    request: Request,
    pages: Pages,
    desk: Questionnaires,
    kept: Kept,
    *,
    fault: str = "",
    brought: str = "",
    sent: Mapping[str, str] | None = None,
) -> HTMLResponse:
    values = {"kept": kept, "before": await desk.before(kept.name), "sent": sent or {}}
    answer = pages.render(request, "survey_start.html", fault=fault, brought=brought, **values)
    answer.status_code = UNUSABLE if fault or brought else 200
    return answer
