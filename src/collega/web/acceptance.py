"""The acceptance report of the site: page, PDF, and the answers of people."""

import asyncio
import importlib
from importlib.resources import files
from typing import Any, Protocol
from urllib.parse import parse_qs

import jinja2
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from collega.errors import InputError
from collega.formats.acceptance_view import view
from collega.formats.acceptance_words import ANSWERS, LABELS
from collega.model.acceptance import AcceptanceReport, Answer
from collega.web.guard import own_page
from collega.web.pages import Pages
from collega.web.visit import signed

MOST_BYTES = 10_000
TEMPLATE, FILE = "acceptance.html", "acceptance_file.html"


class AcceptanceDesk(Protocol):
    """What the page asks of the site."""

    async def acceptance(self, run: str = "") -> AcceptanceReport | None:
        """Read the latest report, or that of a run; None where there is none."""
        ...

    async def answer(self, *, run: str, step: str, answer: Answer, by: str, remark: str) -> None:
        """Keep what a person has answered; `InputError` where it makes no sense."""
        ...


def router(desk: AcceptanceDesk, pages: Pages) -> APIRouter:
    """Make the routes."""
    made = APIRouter()

    @made.get("/acceptance")
    async def page(request: Request) -> HTMLResponse:
        """Show the latest report, with a form for each question."""
        report = await desk.acceptance()
        language = pages.choice(request).language
        return pages.render(request, TEMPLATE, **_values(report, language, answerable=True))

    @made.get("/acceptance.pdf")
    async def paper(request: Request) -> Response:
        """Give the latest report to print and sign."""
        report = await desk.acceptance()
        if report is None:
            raise HTTPException(404, LABELS["nothing"].in_language(pages.choice(request).language))
        # typst is loaded when paper is asked for, and sets it off the event loop.
        return Response(await asyncio.to_thread(acceptance_pdf, report), media_type="application/pdf")

    @made.post("/acceptance/answers")
    async def answers(request: Request) -> RedirectResponse:
        """Record an answer, and show the page again."""
        own_page(request)
        body = await request.body()
        if len(body) > MOST_BYTES:
            raise HTTPException(413, "too long")
        form = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        try:
            answer = Answer(form.get("answer", ""))
            said = {name: form.get(name, "") for name in ("run", "step", "by", "remark")}
            said["by"] = signed(request, said["by"])
            await desk.answer(answer=answer, **said)
        except (InputError, ValueError) as error:
            raise HTTPException(422, str(error)) from None
        return RedirectResponse(f"/acceptance#{form['step']}", status_code=303)

    return made


def acceptance_html(report: AcceptanceReport) -> str:
    """Give the report as a page of its own, with its style inside and without forms."""
    loader = jinja2.PackageLoader("collega.web")
    templates = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    style = (files("collega.web") / "static" / "acceptance.css").read_text("utf-8")
    language = report.surroundings.language
    values = _values(report, language, answerable=False)
    return templates.get_template(FILE).render(language=language, style=Markup(style), **values)  # noqa: S704 - our own file


def acceptance_pdf(report: AcceptanceReport) -> bytes:
    """Set the report on paper."""
    content: bytes = importlib.import_module("collega.formats.acceptance_pdf").acceptance_pdf(report)
    return content


def _values(report: AcceptanceReport | None, language: str, *, answerable: bool) -> dict[str, Any]:
    return {
        "title": LABELS["title"].in_language(language),
        "nothing": LABELS["nothing"].in_language(language),
        "report": view(report, language) if report else None,
        "answerable": answerable,
        "run": report.surroundings.run if report else "",
        "yes": ANSWERS[Answer.YES].in_language(language),
        "no": ANSWERS[Answer.NO].in_language(language),
    }
