"""The report of a survey to take along: on paper, and as a table; both hide what the page hides."""

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from collega.survey.export import figures_csv
from collega.survey.view import result_view
from collega.web.pages import Pages
from collega.web.survey.desk import Results, told_or_404


def files_router(desk: Results, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/surveys/{key}/figures.csv", response_class=Response)
    async def table(key: str) -> Response:
        """Give every figure as a table."""
        _, told = await told_or_404(desk, key)
        head = {"content-disposition": 'attachment; filename="survey.csv"'}
        return Response(figures_csv(told), media_type="text/csv; charset=utf-8", headers=head)

    @routes.get("/surveys/{key}/report.pdf", response_class=Response)
    async def paper(request: Request, key: str) -> Response:
        """Give the report on paper."""
        # typst is loaded when paper is asked for, and sets it off the event loop.
        from collega.formats.survey_pdf import survey_pdf  # noqa: PLC0415

        asked, told = await told_or_404(desk, key)
        view = result_view(asked, told, language := pages.choice(request).language)
        content = await asyncio.to_thread(survey_pdf, view, language, datetime.now(UTC))
        return Response(content, media_type="application/pdf")

    return routes
