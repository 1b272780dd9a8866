"""Questionnaires that the server keeps: listed, taken along, brought in."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from collega.bootstrap.survey.keeping import Kept
from collega.bootstrap.survey.starting import Started
from collega.errors import ConfigurationError, InputError
from collega.model.code import Text
from collega.survey.questionnaire import Questionnaire
from collega.web.form import own_form
from collega.web.pages import Pages
from collega.web.told import ToldError
from collega.web.visit import signed

# Five thousand links; a questionnaire of two hundred questions in two languages, as a form sends it.
MOST_BYTES = 1_000_000
UNUSABLE = 422
NO_VERSION = Text(
    en="no such version of a questionnaire is kept",
    nl="zo'n versie van een vragenlijst wordt niet bewaard",
)


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

    async def bring(self, kept: Kept, sent: Mapping[str, str], by: str) -> str:
        """Keep answers that another tool has gathered; the key of the survey."""
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

    return routes


async def kept_or_404(desk: Questionnaires, name: str, number: int | None) -> Kept:
    """Give a version; else say that it is not there."""
    if (found := await desk.one(name, number)) is None:
        raise ToldError(404, NO_VERSION)
    return found


async def _listed(
    request: Request, pages: Pages, desk: Questionnaires, *, fault: str = "", text: str = ""
) -> HTMLResponse:
    rows = await desk.every()
    answer = pages.render(request, "survey_questionnaires.html", rows=rows, fault=fault, text=text)
    answer.status_code = UNUSABLE if fault else 200
    return answer
