"""The acceptance report of the site: page, PDF, and the answers of people."""

import asyncio
import importlib
from typing import Protocol
from urllib.parse import parse_qs

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from collega.errors import InputError
from collega.formats.acceptance_html import acceptance_html, nothing_yet
from collega.model.acceptance import AcceptanceReport, Answer

MOST_BYTES = 10_000
OWN_SITES = frozenset({"same-origin", "none", ""})


class AcceptanceDesk(Protocol):
    """What the page asks of the site."""

    @property
    def language(self) -> str:
        """Language of the site."""
        ...

    async def acceptance(self, run: str = "") -> AcceptanceReport | None:
        """Read the latest report, or that of a run."""
        ...

    async def answer(self, *, run: str, step: str, answer: Answer, by: str, remark: str) -> None:
        """Keep what a person has answered; `InputError` where it makes no sense."""
        ...


def acceptance_routes(desk: AcceptanceDesk) -> APIRouter:
    """Make the routes."""
    router = APIRouter()

    @router.get("/acceptance")
    async def page() -> HTMLResponse:
        """Show the latest report, with a form for each question."""
        report = await desk.acceptance()
        if report is None:
            return HTMLResponse(nothing_yet(desk.language), status_code=404)
        return HTMLResponse(acceptance_html(report, answerable=True))

    @router.get("/acceptance.pdf")
    async def paper() -> Response:
        """Give the latest report to print and sign."""
        report = await desk.acceptance()
        if report is None:
            raise HTTPException(404, "no check has ended yet")
        # typst is loaded when paper is asked for, and sets it off the event loop.
        content = await asyncio.to_thread(_paper, report)
        return Response(content, media_type="application/pdf")

    @router.post("/acceptance/answers")
    async def answers(request: Request) -> RedirectResponse:
        """Record an answer, and show the page again."""
        if request.headers.get("sec-fetch-site", "") not in OWN_SITES:
            raise HTTPException(403, "answers are taken from this site's own page alone")
        body = await request.body()
        if len(body) > MOST_BYTES:
            raise HTTPException(413, "too long")
        form = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        try:
            await desk.answer(
                run=form.get("run", ""),
                step=form.get("step", ""),
                answer=Answer(form.get("answer", "")),
                by=form.get("by", ""),
                remark=form.get("remark", ""),
            )
        except (InputError, ValueError) as error:
            raise HTTPException(422, str(error)) from None
        return RedirectResponse(f"/acceptance#{form['step']}", status_code=303)

    return router


def _paper(report: AcceptanceReport) -> bytes:
    content: bytes = importlib.import_module("collega.formats.acceptance_pdf").acceptance_pdf(report)
    return content
