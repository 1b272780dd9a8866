"""The page of the reading list: what AI would do to the waits, theory beside simulation."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from collega.formats.queue_view import list_csv, list_view, week_csv, week_view
from collega.formats.queue_words import QUEUE_WORDS
from collega.model.queue_form import DEPARTMENT, FIELDS, LIST
from collega.web.pages import Pages

VIEWS = {LIST: list_view, DEPARTMENT: week_view}
TABLES = {LIST: list_csv, DEPARTMENT: week_csv}
UNUSABLE = 422


class Desk(Protocol):
    """What the page asks of the site; see `collega.bootstrap.times.queue_desk.QueueDesk`."""

    def question(self) -> str:
        """Tell which question can be asked here."""
        ...

    async def answer(self, question: str, asked: Mapping[str, float], *, preempts: bool) -> dict[str, Any]:
        """Give ``told`` and ``faults``."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What somebody asks: the numbers, as written and as read; ``faults`` names those that are none."""

    question: str
    is_asked: bool
    preempts: bool
    texts: Mapping[str, str]
    numbers: Mapping[str, float]
    faults: tuple[str, ...]


def queue_router(desk: Desk, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/queue", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        """Show the form, and the answer once it was asked."""
        language = pages.choice(request).language
        words = {name: text.in_language(language) for name, text in QUEUE_WORDS.items()}
        best = desk.question()
        wish = _wish(request.query_params, best)
        told, faults = await _answer(desk, wish) if wish.is_asked and not wish.faults else (None, "")
        view = VIEWS[wish.question](told, words, language) if told else None
        values = {"w": words, "wish": wish, "fields": FIELDS[wish.question], "best": best, "v": view, "told": told}
        answer = pages.render(
            request, "queue.html", **values, faults=words.get(faults, faults), query=request.url.query
        )
        answer.status_code = UNUSABLE if wish.faults or faults else 200
        return answer

    @routes.get("/queue/figures.csv", response_class=Response)
    async def table(request: Request) -> Response:
        """Give the same figures as a table."""
        wish = _wish(request.query_params, desk.question())
        told, faults = await _answer(desk, wish) if not wish.faults else (None, ", ".join(wish.faults))
        if told is None:
            raise HTTPException(UNUSABLE, faults)
        head = {"Content-Disposition": 'attachment; filename="queue.csv"'}
        return Response(TABLES[wish.question](told), media_type="text/csv; charset=utf-8", headers=head)

    return routes


async def _answer(desk: Desk, wish: Wish) -> tuple[dict[str, Any] | None, str]:
    found = await desk.answer(wish.question, wish.numbers, preempts=wish.preempts)
    return found["told"], found["faults"]


def _wish(query: Mapping[str, str], best: str) -> Wish:
    """Read a question; of a department only where there is one."""
    question = LIST if query.get("of") == LIST else best
    is_asked = "ask" in query
    texts = {name: query.get(name, f"{one.default:g}") for name, one in FIELDS[question].items()}
    numbers = {name: _number(text) for name, text in texts.items()}
    wrong = tuple(name for name, number in numbers.items() if not isfinite(number))
    preempts = "preempts" in query if is_asked else question == LIST
    return Wish(question=question, is_asked=is_asked, preempts=preempts, texts=texts, numbers=numbers, faults=wrong)


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("nan")
