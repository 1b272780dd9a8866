"""The builder of questionnaires: a form that works without script, saved as versions, or taken away as a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from collega.bootstrap.survey.keeping import COMES_ALONG, LONGEST_NUMBER, Kept
from collega.errors import ConfigurationError, InputError
from collega.survey.draft import changed, draft_of, draft_toml, sent_draft
from collega.survey.questionnaire import Kind, Questionnaire
from collega.survey.shipped import SHIPPED
from collega.survey.toml import read_questionnaire
from collega.web.form import own_form
from collega.web.pages import Pages
from collega.web.survey.kept import MOST_BYTES, UNUSABLE, Questionnaires, kept_or_404
from collega.web.visit import signed


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """Which version the form was filled in from, so that nothing saved since is overwritten."""

    name: str
    number: int


def builder_router(desk: Questionnaires, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/surveys/builder", response_class=HTMLResponse)
    async def begin(
        request: Request, start: str = SHIPPED[0], name: str = "", number: int | None = None, saved: str = ""
    ) -> HTMLResponse:
        """Show the form, filled in as a version that is kept, or as a questionnaire that comes along."""
        kept = await kept_or_404(desk, name, number) if name else await kept_or_404(desk, start, COMES_ALONG)
        base = Base(name=kept.name, number=kept.number)
        return _form(request, pages, draft_of(kept.asked), base, saved=kept if saved and kept.number else None)

    @routes.post("/surveys/builder", response_class=HTMLResponse)
    async def step(request: Request) -> Response:
        """Take one step, look how it is on a phone, save, or take the file."""
        sent = await own_form(request, MOST_BYTES)
        what, draft, base = sent.get("do", ""), sent_draft(sent), _base(sent)
        if what not in {"check", "file", "save"}:
            return _form(request, pages, changed(draft, what), base)
        text = draft_toml(draft)
        try:
            asked = read_questionnaire(text, "questionnaire")
            if what == "save":
                kept = await desk.keep(text, signed(request, ""), base.number if base.name == asked.id else COMES_ALONG)
                onward = f"/surveys/builder?name={kept.name}&number={kept.number}&saved=1"
                return RedirectResponse(onward, status_code=303)
        except (ConfigurationError, InputError) as error:
            return _form(request, pages, draft, base, fault=str(error))
        if what == "check":
            return _form(request, pages, draft, base, asked=asked)
        head = {"content-disposition": f'attachment; filename="{asked.id}.toml"'}
        return Response(text, media_type="application/toml; charset=utf-8", headers=head)

    return routes


def _base(sent: Mapping[str, str]) -> Base:
    number = sent.get("base", "")
    is_number = number.isascii() and number.isdecimal() and len(number) <= LONGEST_NUMBER
    return Base(name=sent.get("base_name", ""), number=int(number) if is_number else COMES_ALONG)


def _form(  # noqa: PLR0913 - what the page is made of
    request: Request,
    pages: Pages,
    draft: Mapping[str, Any],
    base: Base,
    *,
    asked: Questionnaire | None = None,
    fault: str = "",
    saved: Kept | None = None,
) -> HTMLResponse:
    kinds = [str(one) for one in Kind]
    values = {"draft": draft, "base": base, "kinds": kinds, "shipped": SHIPPED, "asked": asked, "saved": saved}
    is_fresh = request.method == "GET"
    answer = pages.render(request, "survey_builder.html", fault=fault, is_fresh=is_fresh, **values)
    answer.status_code = UNUSABLE if fault else 200
    return answer
