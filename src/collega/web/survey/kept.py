"""Questionnaires that the server keeps: listed, taken along, brought in, asked in a survey."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from collega.bootstrap.survey.keeping import Kept
from collega.bootstrap.survey.starting import Started
from collega.errors import ConfigurationError, InputError
from collega.survey.questionnaire import Questionnaire
from collega.web.form import own_form
from collega.web.pages import Pages
from collega.web.visit import signed

# Five thousand links; a questionnaire of two hundred questions in two languages, as a form sends it.
MOST_BYTES = 1_000_000
UNUSABLE = 422
NO_VERSION = "no such version of a questionnaire is kept"


class Questionnaires(Protocol):
    """What these pages ask; see `collega.bootstrap.survey.starting.KeptDesk`."""

    async def every(self) -> list[Kept]:
        """List all versions."""
        ...

    async def one(self, name: str, number: int | None) -> Kept | None:
        """Give a version."""
        ...

    async def keep(self, text: str, by: str, base: int | None = None) -> Kept:
        """Save a questionnaire."""
        ...

    async def before(self, name: str) -> list[dict[str, Any]]:
        """List closed surveys that a new one may follow."""
        ...

    async def start(self, kept: Kept, sent: Mapping[str, str], by: str) -> Started:
        """Open a survey."""
        ...

    async def sheet(self, key: str, lines: Sequence[str]) -> tuple[Questionnaire, list[str]]:
        """Give the links of a survey for a sheet of codes."""
        ...


def kept_router(desk: Questionnaires, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/surveys/questionnaires", response_class=HTMLResponse)
    async def every(request: Request) -> HTMLResponse:
        """List what is kept."""
        return await _listed(request, pages, desk)

    @routes.post("/surveys/questionnaires", response_class=HTMLResponse)
    async def bring(request: Request) -> Response:
        """Save a questionnaire that was made elsewhere."""
        sent = await own_form(request, MOST_BYTES)
        text = sent.get("toml", "").replace("\r\n", "\n") + "\n"
        try:
            kept = await desk.keep(text, signed(request, ""))
        except (ConfigurationError, InputError) as error:
            return await _listed(request, pages, desk, fault=str(error), text=text)
        return RedirectResponse(f"/surveys/builder?name={kept.name}&number={kept.number}&saved=1", status_code=303)

    @routes.get("/surveys/questionnaires/{name}/{number}", response_class=Response)
    async def take(name: str, number: int) -> Response:
        """Give a version as the file that the command reads."""
        kept = await kept_or_404(desk, name, number)
        head = {"content-disposition": f'attachment; filename="{kept.asked.id}.toml"'}
        return Response(kept.text, media_type="application/toml; charset=utf-8", headers=head)

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


async def kept_or_404(desk: Questionnaires, name: str, number: int | None) -> Kept:
    """Give a version; else say that it is not there."""
    if (found := await desk.one(name, number)) is None:
        raise HTTPException(404, NO_VERSION)
    return found


async def _listed(
    request: Request, pages: Pages, desk: Questionnaires, *, fault: str = "", text: str = ""
) -> HTMLResponse:
    rows = await desk.every()
    answer = pages.render(request, "survey_questionnaires.html", rows=rows, fault=fault, text=text)
    answer.status_code = UNUSABLE if fault else 200
    return answer


async def _start(  # noqa: PLR0913 - what a page is made of
    request: Request,
    pages: Pages,
    desk: Questionnaires,
    kept: Kept,
    *,
    fault: str = "",
    sent: Mapping[str, str] | None = None,
) -> HTMLResponse:
    before = await desk.before(kept.name)
    answer = pages.render(request, "survey_start.html", kept=kept, before=before, fault=fault, sent=sent or {})
    answer.status_code = UNUSABLE if fault else 200
    return answer
