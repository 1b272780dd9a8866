"""Surveys for those who steer: how many have answered, and the figures once a survey is closed."""

from collections.abc import Mapping
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from collega.survey.questionnaire import Questionnaire
from collega.web.pages import Pages
from collega.web.survey.view import result_view


class Results(Protocol):
    """What these pages ask; see `collega.bootstrap.survey.surveying.SurveyDesk`."""

    async def listed(self) -> list[dict[str, Any]]:
        """List surveys with their counts."""
        ...

    async def told(self, key: str) -> tuple[Questionnaire, Mapping[str, Any]] | None:
        """Give the figures of a survey that is closed."""
        ...


def results_router(desk: Results, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/surveys", response_class=HTMLResponse)
    async def every(request: Request) -> HTMLResponse:
        """Show how many have answered."""
        return pages.render(request, "surveys.html", rows=await desk.listed())

    @routes.get("/surveys/{key}", response_class=HTMLResponse)
    async def one(request: Request, key: str) -> HTMLResponse:
        """Show the figures."""
        found = await desk.told(key)
        if found is None:
            raise HTTPException(404, "there is no survey of that name that is closed and was answered")
        asked, told = found
        view = result_view(asked, told, pages.choice(request).language)
        return pages.render(request, "survey_result.html", asked=asked, view=view)

    return routes
