"""Panels: the list with one's own reading list, one case read blind or settled, what came of it."""

import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from collega.errors import FencedError, InputError
from collega.formats.local import number
from collega.formats.panel_csv import TABLES, panel_tables
from collega.formats.quick_image import FrameHeader
from collega.formats.reference_words import finding_name, words_in
from collega.model.code import Text
from collega.web.audit import shown
from collega.web.form import own_form
from collega.web.pages import Pages
from collega.web.panels.words import page_words
from collega.web.reader import COOKIE, MOST_CHARACTERS, reader_name
from collega.web.study.words import not_drawn
from collega.web.study.words import page_words as viewer_words
from collega.web.told import ToldError, because
from collega.web.visit import signed, visit_of

ADDRESS = "/panels"
CASE = ADDRESS + "/{key}/cases/{case}"
MOST_OF_LIST = 200_000  # bytes: some two thousand studies by UID
NO_TABLE = Text(
    en="there is no such table, or the panel is not settled yet",
    nl="die tabel is er niet, of het panel is nog niet klaar",
)
UNKNOWN = Text(
    en="there is no such panel, or you are not asked to read it",
    nl="dat panel is er niet, of u bent er niet voor gevraagd",
)


class Desk(Protocol):
    """What these pages ask of the site; see `collega.bootstrap.evidence.paneling.PanelDesk`."""

    async def listed(self) -> list[dict[str, Any]]:
        """List panels with how far they are."""
        ...

    async def create(self, wanted: Mapping[str, Any], actor: str) -> str:
        """Make a panel; gives its key."""
        ...

    async def result(self, key: str, reader: str) -> dict[str, Any] | None:
        """Tell all of a panel; to whoever still reads it, only how far it is."""
        ...

    async def close(self, key: str, actor: str) -> None:
        """Close a panel."""
        ...

    async def case(self, key: str, case: int, reader: str) -> dict[str, Any] | None:
        """Show a case to one of its readers; None for everybody else."""
        ...

    async def next_case(self, key: str, reader: str) -> int | None:
        """Give the first case that waits for a reader."""
        ...

    async def read(self, key: str, case: int, reader: str, words: Mapping[str, str]) -> None:
        """Keep what a reader says of a case."""
        ...

    async def images(self, key: str, case: int, reader: str) -> list[dict[str, Any]] | None:
        """List the images of a case; None for who does not read it."""
        ...

    async def frame(
        self, key: str, case: int, reader: str, image: str, number: int
    ) -> tuple[FrameHeader, bytes] | None:
        """Give one frame of a case."""
        ...


def panels_router(desk: Desk, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()
    _add_panels(routes, desk, pages)
    _add_making(routes, desk)
    _add_reading(routes, desk, pages)
    _add_images(routes, desk)
    return routes


def _add_panels(routes: APIRouter, desk: Desk, pages: Pages) -> None:
    @routes.get(ADDRESS, response_class=HTMLResponse)
    async def every(request: Request) -> HTMLResponse:
        """Show every panel, and what waits for who asks."""
        asked = request.query_params.get("reader", "").strip()[:MOST_CHARACTERS]
        named = asked if asked.isprintable() and visit_of(request).person is None else ""
        reader = named or reader_name(request)
        rows = await desk.listed()
        mine = [one for one in rows if one["waiting"].get(reader)]
        answer = pages.render(
            request, "panels.html", rows=rows, mine=mine, reader=reader, **_words(pages.choice(request).language)
        )
        if named:
            answer.set_cookie(COOKIE, quote(named), samesite="lax", httponly=True)
        return answer

    @routes.get(ADDRESS + "/{key}", response_class=HTMLResponse)
    async def one(request: Request, key: str) -> HTMLResponse:
        """Show what came of a panel; to its readers once all is read and settled."""
        reader = reader_name(request)
        told = await desk.result(key, reader)
        if told is None:
            raise ToldError(404, UNKNOWN)
        shown(request, [case["study_instance_uid"] for case in told["list"] or ()])
        words = _words(pages.choice(request).language)
        return pages.render(request, "panel.html", panel=told, reader=reader, tables=tuple(TABLES), **words)

    @routes.get(ADDRESS + "/{key}/tables/{name}", response_class=Response)
    async def table(request: Request, key: str, name: str) -> Response:
        """Give reads, agreement or truth as CSV; to the panel's readers once all is read and settled."""
        told = await desk.result(key, reader_name(request))
        if told is None or told["list"] is None or name not in TABLES:
            raise ToldError(404, NO_TABLE)
        shown(request, [case["study_instance_uid"] for case in told["list"]])
        disposition = {"content-disposition": f'attachment; filename="panel-{name}.csv"'}
        return Response(panel_tables(told)[name], media_type="text/csv; charset=utf-8", headers=disposition)


def _words(language: str) -> dict[str, Any]:
    return {
        "w": page_words(language),
        "words": words_in(language),
        "name_of": lambda finding: finding_name(finding, language),
        "number": lambda value: number(value, language, ".2f"),
    }


def _add_making(routes: APIRouter, desk: Desk) -> None:
    @routes.post(ADDRESS)
    async def make(request: Request) -> RedirectResponse:
        """Make a panel."""
        sent = await own_form(request, MOST_OF_LIST)
        wanted = {
            "name": sent.get("name", ""),
            "findings": _parts(sent.get("findings", ""), ","),
            "readers": _parts(sent.get("readers", ""), ","),
            "adjudicator": sent.get("adjudicator", ""),
            "studies": _parts(sent.get("studies", ""), "\n"),
        }
        try:
            key = await desk.create(wanted, signed(request, sent.get("by", "")))
        except InputError as error:
            raise because(422, error) from None
        return RedirectResponse(f"{ADDRESS}/{key}", status_code=303)

    @routes.post(ADDRESS + "/{key}/close")
    async def close(request: Request, key: str) -> RedirectResponse:
        """Close a panel."""
        sent = await own_form(request)
        try:
            await desk.close(key, signed(request, sent.get("by", "")))
        except (InputError, FencedError) as error:
            raise because(409, error) from None
        return RedirectResponse(f"{ADDRESS}/{key}", status_code=303)


def _parts(text: str, between: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(between) if part.strip())


def _add_reading(routes: APIRouter, desk: Desk, pages: Pages) -> None:
    @routes.get(ADDRESS + "/{key}/read")
    async def begin(request: Request, key: str) -> RedirectResponse:
        """Go to the first case that waits."""
        return await _onward(desk, key, reader_name(request))

    @routes.get(CASE, response_class=HTMLResponse)
    async def case(request: Request, key: str, case: int) -> HTMLResponse:
        """Show a case to one of its readers."""
        told = await desk.case(key, case, reader_name(request))
        if told is None:
            raise ToldError(404, UNKNOWN)
        language = pages.choice(request).language
        quick = {"q": viewer_words(language), "why": json.dumps(not_drawn(language))}
        return pages.render(request, "panel_case.html", case=told, **quick, **_words(language))

    @routes.post(CASE)
    async def read(request: Request, key: str, case: int) -> RedirectResponse:
        """Keep what a reader says of a case, and go to the next."""
        sent = await own_form(request)
        reader = reader_name(request)
        words = {name.removeprefix("w-"): word for name, word in sent.items() if name.startswith("w-")}
        try:
            await desk.read(key, case, reader, words)
        except (InputError, FencedError) as error:
            raise because(409, error) from None
        return await _onward(desk, key, reader)


async def _onward(desk: Desk, key: str, reader: str) -> RedirectResponse:
    following = await desk.next_case(key, reader)
    place = f"/cases/{following}" if following is not None else ""
    return RedirectResponse(f"{ADDRESS}/{quote(key, safe='')}{place}", status_code=303)


def _add_images(routes: APIRouter, desk: Desk) -> None:
    @routes.get(CASE + "/images")
    async def images(request: Request, key: str, case: int) -> JSONResponse:
        """List the images of a case, and nothing that AI has made."""
        found = await desk.images(key, case, reader_name(request))
        if found is None:
            raise ToldError(404, UNKNOWN)
        return JSONResponse(found)

    @routes.get(CASE + "/images/{image}/{number}", response_class=Response)
    async def frame(request: Request, key: str, case: int, image: str, number: int) -> Response:
        """Give the stored values of one frame of a case."""
        try:
            found = await desk.frame(key, case, reader_name(request), image, number)
        except InputError as error:
            raise because(409, error) from None
        if found is None:
            raise ToldError(404, UNKNOWN)
        header, content = found
        told = {"X-Frame": json.dumps(header.as_json())}
        return Response(content, media_type="application/octet-stream", headers=told)
