"""The night list, as a page and as JSON."""

from datetime import date, timedelta
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from collega.errors import FencedError
from collega.formats.local import minute, number
from collega.formats.pilot_view import share
from collega.formats.viewer_link import viewer_link
from collega.model.code import Text
from collega.model.finding import Evaluation
from collega.read.feedback import Reader
from collega.web.audit import shown
from collega.web.form import own_form
from collega.web.night.words import found_words, page_words
from collega.web.pages import Pages
from collega.web.reader import reader_name, reader_of, remember
from collega.web.told import NO_STUDY, ToldError
from collega.web.visit import visit_of

CHANGED = Text(
    en="somebody else has said something of this report meanwhile: reload the page",
    nl="iemand anders heeft intussen iets over dit verslag gezegd: laad de pagina opnieuw",
)
FIRST_DAY = date(2000, 1, 2)


class Desk(Protocol):
    """What this page asks of the site; see `collega.bootstrap.reading.nights.NightDesk`."""

    def today(self) -> date:
        """Give the day by the clocks of the site."""
        ...

    async def night(self, morning: date, language: str, viewer: str | None = None) -> dict[str, Any]:
        """Show the night that ended on a morning, to somebody who is known by name."""
        ...

    async def lately(self, morning: date, viewer: str | None = None) -> dict[str, Any]:
        """Sum up the nights before a morning."""
        ...

    async def note(self, study_instance_uid: str, reader: Reader, *, found: Evaluation, is_recalled: bool) -> bool:
        """Keep what the final report says; false where no such study was received."""
        ...


def night_router(desk: Desk, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/night", response_class=HTMLResponse)
    async def page(request: Request, morning: date | None = None) -> HTMLResponse:
        """Show a night."""
        language = pages.choice(request).language
        day, viewer = _day(desk, morning), visit_of(request).name or None
        told, lately = await desk.night(day, language, viewer), await desk.lately(day, viewer)
        shown(request, [row["study_instance_uid"] for row in told["rows"]])
        for row in told["rows"]:
            row["link"] = viewer_link(pages.front.viewer_url, row["accession_number"], row["study_instance_uid"])
        words = {name: text.replace("{n}", str(lately["nights"])) for name, text in page_words(language).items()}
        return pages.render(
            request,
            "night.html",
            w=words,
            found=found_words(language),
            told=told,
            begin=pages.local(told["begin"]),
            end=pages.local(told["end"]),
            minute=lambda one: minute(one, language),
            lately=lately,
            columns=[(words["this"], told["figures"]), (words["lately"], lately["figures"])],
            share=lambda one: words["few"] if one is None else share(one, language=language),
            rate=lambda one: _rate(one, language),
            minutes=lambda one: "-" if one is None else number(one / 60, language, ".0f"),
            earlier=day - timedelta(days=1),
            later=day + timedelta(days=1) if day < desk.today() else None,
            reader=reader_name(request),
        )

    @routes.get("/api/night")
    async def program(request: Request, morning: date | None = None) -> dict[str, Any]:
        """Give a night as JSON."""
        day, viewer = _day(desk, morning), visit_of(request).name or None
        told = await desk.night(day, pages.front.language, viewer)
        shown(request, [row["study_instance_uid"] for row in told["rows"]])
        return {**told, "lately": await desk.lately(day, viewer)}

    @routes.post("/studies/{study_instance_uid}/report-read")
    async def note(request: Request, study_instance_uid: str) -> RedirectResponse:
        """Keep what the final report says of a study."""
        sent = await own_form(request)
        reader = reader_of(request, sent.get("reader", ""))
        try:
            found = Evaluation(sent.get("found", ""))
        except ValueError:
            raise HTTPException(422, f"found: one of {', '.join(Evaluation)}") from None
        try:
            kept = await desk.note(
                study_instance_uid, reader, found=found, is_recalled=sent.get("recalled", "") == "yes"
            )
        except FencedError:
            raise ToldError(409, CHANGED) from None
        if not kept:
            raise ToldError(404, NO_STUDY)
        back = _day(desk, _date(sent.get("morning", "")))
        answer = RedirectResponse(f"/night?morning={back}", status_code=303)
        remember(request, answer, reader)
        return answer

    return routes


def _day(desk: Desk, morning: date | None) -> date:
    today = desk.today()
    return today if morning is None or morning > today else max(morning, FIRST_DAY)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _rate(one: dict[str, Any], language: str) -> str:
    per, low, high = (number(one[name], language, ".2f") for name in ("per_study", "low", "high"))
    return f"{per} ({low} - {high}), {one['calls']} / {one['studies']}"
