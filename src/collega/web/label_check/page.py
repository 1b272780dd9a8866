"""The label check: how far it is with the labels' error, and one report at a time."""

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from collega.errors import FencedError, InputError
from collega.formats.local import day, number
from collega.formats.reference_words import finding_name, words_in
from collega.model.code import Text
from collega.web.form import own_form
from collega.web.label_check.words import page_words
from collega.web.pages import Pages
from collega.web.reader import reader_of, remember
from collega.web.told import ToldError, because

ADDRESS = "/label-check"
REPORT = ADDRESS + "/{key}/{number}"
UNKNOWN = Text(
    en="there is no such label check, or it has no such report",
    nl="die labelcontrole is er niet, of heeft dat verslag niet",
)
# One for each finding of a report, in their order.
KEYS = "123456789abcdefghijl"


class Desk(Protocol):
    """What these pages ask of the site; see `collega.bootstrap.evidence.label_checking.CheckDesk`."""

    async def state(self) -> dict[str, Any]:
        """Tell of every check."""
        ...

    async def begin(self, actor: str) -> str:
        """Draw reports; gives the key of the check."""
        ...

    async def next_report(self, key: str) -> int | None:
        """Give the first report that nobody has read."""
        ...

    async def report(self, key: str, number: int, reader: str) -> dict[str, Any] | None:
        """Show a report, and not what the program makes of it."""
        ...

    async def answer(self, key: str, number: int, reader: str, words: Mapping[str, str]) -> None:
        """Keep what a reader makes of a report."""
        ...


def label_check_router(desk: Desk, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get(ADDRESS, response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        """Show the checks, and the labels' error."""
        words = _words(pages.choice(request).language)
        return pages.render(request, "label_check.html", told=await desk.state(), **words)

    @routes.post(ADDRESS)
    async def begin(request: Request) -> RedirectResponse:
        """Draw reports for a new check."""
        sent = await own_form(request)
        reader = reader_of(request, sent.get("reader", ""))
        try:
            key = await desk.begin(reader.name)
        except InputError as error:
            raise because(409, error) from None
        answer = await _onward(desk, key)
        remember(request, answer, reader)
        return answer

    @routes.get(REPORT, response_class=HTMLResponse)
    async def report(request: Request, key: str, number: int) -> HTMLResponse:
        """Show a report."""
        told = await desk.report(key, number, reader_of(request, "").name)
        if told is None:
            raise ToldError(404, UNKNOWN)
        words = _words(pages.choice(request).language)
        keyed = list(zip(KEYS, told["findings"], strict=False))
        return pages.render(request, "label_check_report.html", report=told, keyed=keyed, **words)

    @routes.post(REPORT)
    async def answer(request: Request, key: str, number: int) -> RedirectResponse:
        """Keep what a reader makes of a report, and go to the next."""
        sent = await own_form(request)
        words = {name.removeprefix("w-"): word for name, word in sent.items() if name.startswith("w-")}
        try:
            await desk.answer(key, number, reader_of(request, "").name, words)
        except (InputError, FencedError) as error:
            raise because(409, error) from None
        return await _onward(desk, key)

    return routes


def _words(language: str) -> dict[str, Any]:
    return {
        "w": page_words(language),
        "words": words_in(language),
        "name_of": lambda finding: finding_name(finding, language),
        "number": lambda value: number(value, language, ".2f"),
        "day": lambda moment: day(moment, language),
    }


async def _onward(desk: Desk, key: str) -> RedirectResponse:
    following = await desk.next_report(key)
    place = f"/{quote(key, safe='')}/{following}" if following is not None else ""
    return RedirectResponse(f"{ADDRESS}{place}", status_code=303)
