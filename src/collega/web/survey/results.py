"""Surveys for those who steer: how many have answered, and once one is closed its figures and what is done."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from collega.bootstrap.survey.steering import Reminder
from collega.model.access import Action
from collega.survey.reminding import reminder_text
from collega.survey.view import result_view
from collega.survey.waves import STATES
from collega.web.pages import Pages
from collega.web.survey.desk import Results, told_or_404
from collega.web.visit import visit_of

UNUSABLE = 422


def results_router(desk: Results, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/surveys", response_class=HTMLResponse)
    async def every(request: Request) -> HTMLResponse:
        """Show how many have answered."""
        return pages.render(request, "surveys.html", rows=await desk.listed())

    @routes.get("/surveys/counts", response_class=HTMLResponse)
    async def counts(request: Request) -> HTMLResponse:
        """Give the counts alone, for a page that is open."""
        return pages.render(request, "survey_counts.html", rows=await desk.listed())

    @routes.get("/surveys/{key}", response_class=HTMLResponse)
    async def one(request: Request, key: str) -> HTMLResponse:
        """Show the figures; while the survey is open, its counts and a way to remind."""
        row = await desk.one(key)
        return (
            await show_result(request, pages, desk, key)
            if not row or row["is_closed"]
            else show_open(request, pages, row)
        )

    return routes


async def show_result(request: Request, pages: Pages, desk: Results, key: str, fault: str = "") -> HTMLResponse:
    """Show the figures of a survey, and above them why something was not done."""
    asked, told = await told_or_404(desk, key)
    answer = pages.render(
        request,
        "survey_result.html",
        asked=asked,
        view=result_view(asked, told, pages.choice(request).language),
        key=key,
        states=STATES,
        may_keep=visit_of(request).may(Action.KEEP_SURVEYS),
        fault=fault,
    )
    answer.status_code = UNUSABLE if fault else 200
    return answer


def show_open(
    request: Request, pages: Pages, row: Mapping[str, Any], *, found: Reminder | None = None, fault: str = ""
) -> HTMLResponse:
    """Show a survey that is open, with the links that were picked, or why none were."""
    text = reminder_text(row["until"], pages.choice(request).language)
    may_keep = visit_of(request).may(Action.KEEP_SURVEYS)
    answer = pages.render(request, "survey_open.html", row=row, found=found, fault=fault, text=text, may_keep=may_keep)
    answer.status_code = UNUSABLE if fault else 200
    return answer
