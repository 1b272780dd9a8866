"""The survey on a phone: one question a screen, no script, nobody asked who they are.

The ticket opens ``/s/{ticket}`` alone; from the beginning on the phone shows its own key, in a cookie that only
``/survey/{key}`` is sent. So no request carries both.
"""

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from collega.bootstrap.survey.phones import Filled, Ticket
from collega.errors import InputError
from collega.survey.filling import next_question, place_of
from collega.survey.view import result_view
from collega.web.cookie import is_secure
from collega.web.form import own_form
from collega.web.pages import Pages

PHONE = "collega-survey"
PASSED = "pass"
# After closing people come back for the result.
KEPT_S = 180 * 24 * 3600


class Surveys(Protocol):
    """What these pages ask; see `collega.bootstrap.survey.phones.PhoneDesk`."""

    async def ticket(self, ticket: str) -> Ticket | None:
        """Look at a ticket."""
        ...

    async def begin(self, ticket: str) -> tuple[str, str] | None:
        """Use a ticket: the survey, and the key of the phone."""
        ...

    async def filled(self, key: str, phone: str) -> Filled | None:
        """Tell how far a phone has come."""
        ...

    async def save(self, key: str, phone: str, question: str, form: Mapping[str, str]) -> bool:
        """Keep one answer."""
        ...


def phone_router(desk: Surveys, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/s/{ticket}", response_class=HTMLResponse)
    async def welcome(request: Request, ticket: str) -> Response:
        """Say what is asked; looking at a link does not use it up, since mail programs look too."""
        found = await desk.ticket(ticket)
        if found is None:
            return _say(request, pages, "survey_unknown", 404)
        if found.used:
            return _say(request, pages, "survey_used", 410, onward=f"/survey/{found.survey}")
        if found.closed:
            return _say(request, pages, "survey_closed", 410)
        return pages.render(request, "survey_welcome.html", asked=found.asked, until=_day(found.until))

    @routes.post("/s/{ticket}")
    async def begin(request: Request, ticket: str) -> Response:
        """Use the ticket, and give the phone its key."""
        await own_form(request)
        begun = await desk.begin(ticket)
        if begun is None:
            return await welcome(request, ticket)
        key, phone = begun
        answer = RedirectResponse(f"/survey/{key}", status_code=303)
        path, secure = f"/survey/{key}", is_secure(request)
        answer.set_cookie(PHONE, phone, max_age=KEPT_S, path=path, httponly=True, samesite="lax", secure=secure)
        return answer

    @routes.get("/survey/{key}", response_class=HTMLResponse)
    async def question(request: Request, key: str) -> Response:
        """Ask what comes now, else thank, or show the result."""
        return _page(request, pages, await desk.filled(key, request.cookies.get(PHONE, "")))

    @routes.post("/survey/{key}")
    async def answer(request: Request, key: str) -> Response:
        """Keep an answer."""
        phone, sent = request.cookies.get(PHONE, ""), await own_form(request)
        said = {} if PASSED in sent else sent
        try:
            await desk.save(key, phone, sent.get("question", ""), said)
        except InputError:
            return _page(request, pages, await desk.filled(key, phone), fault=True)
        # What was not kept is explained by the page that follows.
        return RedirectResponse(f"/survey/{key}", status_code=303)

    return routes


def _page(request: Request, pages: Pages, found: Filled | None, *, fault: bool = False) -> Response:
    if found is None:
        return _say(request, pages, "survey_not_here", 404)
    if found.told is not None:
        view = result_view(found.asked, found.told, pages.choice(request).language)
        return pages.render(request, "survey_outcome.html", asked=found.asked, view=view)
    if found.closed:
        return _say(request, pages, "survey_closed", 410)
    now = next_question(found.asked, found.cells)
    if now is None:
        return pages.render(request, "survey_thanks.html", asked=found.asked, until=_day(found.until))
    place, most = place_of(found.asked, found.cells, now)
    points = range(int(now.low or 0), int(now.high or 0) + 1)
    answer = pages.render(
        request, "survey_question.html", asked=found.asked, q=now, place=place, most=most, points=points, fault=fault
    )
    answer.status_code = 422 if fault else 200
    return answer


def _say(request: Request, pages: Pages, word: str, status: int, onward: str = "") -> Response:
    answer = pages.render(request, "survey_word.html", word=word, onward=onward)
    answer.status_code = status
    return answer


def _day(day: date) -> str:
    return f"{day:%d-%m-%Y}"
