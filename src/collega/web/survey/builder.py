"""The builder of questionnaires: a form that works without script; nothing is kept but the file that is taken away."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from collega.errors import ConfigurationError
from collega.survey.draft import changed, draft_of, draft_toml, sent_draft
from collega.survey.questionnaire import Kind, Questionnaire
from collega.survey.shipped import SHIPPED, shipped
from collega.survey.toml import read_questionnaire
from collega.web.form import own_form
from collega.web.pages import Pages

# Two hundred questions in two languages.
MOST_BYTES = 1_000_000
UNUSABLE = 422


def builder_router(pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/surveys/builder", response_class=HTMLResponse)
    async def begin(request: Request, start: str = SHIPPED[0]) -> HTMLResponse:
        """Show the form, filled in as a questionnaire that comes along."""
        if start not in SHIPPED:
            raise HTTPException(404, "no such questionnaire comes along")
        return _form(request, pages, draft_of(shipped(start)))

    @routes.post("/surveys/builder", response_class=HTMLResponse)
    async def step(request: Request) -> Response:
        """Take one step, look how it is on a phone, or take the file."""
        sent = await own_form(request, MOST_BYTES)
        what, draft = sent.get("do", ""), sent_draft(sent)
        if what not in {"check", "file"}:
            return _form(request, pages, changed(draft, what))
        text = draft_toml(draft)
        try:
            asked = read_questionnaire(text, "questionnaire")
        except ConfigurationError as error:
            return _form(request, pages, draft, fault=str(error))
        if what == "check":
            return _form(request, pages, draft, asked=asked)
        head = {"content-disposition": f'attachment; filename="{asked.id}.toml"'}
        return Response(text, media_type="application/toml; charset=utf-8", headers=head)

    return routes


def _form(
    request: Request,
    pages: Pages,
    draft: Mapping[str, Any],
    *,
    asked: Questionnaire | None = None,
    fault: str = "",
) -> HTMLResponse:
    kinds = [str(one) for one in Kind]
    answer = pages.render(
        request, "survey_builder.html", draft=draft, kinds=kinds, shipped=SHIPPED, asked=asked, fault=fault
    )
    answer.status_code = UNUSABLE if fault else 200
    return answer
