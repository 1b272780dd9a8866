"""The editor of a business case: other numbers, and at once what they come to; stored when it is saved."""

from collections.abc import Mapping
from typing import Any, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from collega.formats.value_editor_words import EDITOR
from collega.formats.value_view import value_view
from collega.formats.value_words import SOURCES, WORDS, input_words
from collega.value.case import Distribution, Source
from collega.value.edit import PARTS
from collega.web.form import own_form
from collega.web.pages import Pages
from collega.web.told import ToldError
from collega.web.value import UNKNOWN
from collega.web.visit import signed

MOST_BYTES = 100_000
LONGEST_NAME = 200
UNUSABLE = 422


class Desk(Protocol):
    """What the editor asks of the site; see `collega.bootstrap.worth.edit_desk.EditDesk`."""

    async def opened(self, name: str) -> dict[str, Any] | None:
        """Give the fields of a case; None where there is none of that name."""
        ...

    async def tried(self, name: str, sent: Mapping[str, str]) -> dict[str, Any] | None:
        """Work out a case with other numbers; nothing is stored."""
        ...

    async def saved(self, name: str, sent: Mapping[str, str], base: str, by: str) -> dict[str, Any] | None:
        """Save a case that is still the one that was opened."""
        ...


def editor_router(desk: Desk, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/value/{name}/edit", response_class=HTMLResponse)
    async def editor(request: Request, name: str) -> HTMLResponse:
        """Show every number as a form."""
        opened, tried = _known(await desk.opened(name)), _known(await desk.tried(name, {}))
        return _form(request, pages, name, opened, tried)

    @routes.post("/value/{name}/try", response_class=HTMLResponse)
    async def attempt(request: Request, name: str) -> HTMLResponse:
        """Give what other numbers come to, as a part of the page; nothing is stored."""
        tried = _known(await desk.tried(name, await own_form(request, MOST_BYTES)))
        return pages.render(request, "value_tried.html", **_result(tried, pages.choice(request).language))

    @routes.post("/value/{name}/edit", response_class=HTMLResponse)
    async def save(request: Request, name: str) -> Response:
        """Save, or show the form again with what is wrong beside its fields."""
        sent = await own_form(request, MOST_BYTES)
        by = signed(request, sent.get("by", ""))
        nobody = not by or not by.isprintable() or len(by) > LONGEST_NAME
        faults = {"": "nobody"} if nobody else None
        if faults is None:
            faults = _known(await desk.saved(name, sent, sent.get("base", ""), by))["faults"]
        if not faults:
            return RedirectResponse(f"/value/{name}", status_code=303)
        opened, tried = _known(await desk.opened(name)), _known(await desk.tried(name, sent))
        opened["inputs"] = [_typed(one, sent) for one in opened["inputs"]]
        # The form that is shown again is still of the file that was opened first.
        opened["base"] = sent.get("base", "")
        answer = _form(request, pages, name, opened, {**tried, "faults": {**tried["faults"], **faults}}, by=by)
        answer.status_code = UNUSABLE
        return answer

    return routes


def _known(found: dict[str, Any] | None) -> dict[str, Any]:
    if found is None:
        raise ToldError(404, UNKNOWN)
    return found


def _typed(one: Mapping[str, str], sent: Mapping[str, str]) -> dict[str, str]:
    """Give an input as it was typed."""
    if f"{one['name']}/value" not in sent:
        return dict(one)
    return {**one, **{part: sent.get(f"{one['name']}/{part}", "") for part in PARTS}}


def _form(  # noqa: PLR0913 - what a page is made of
    request: Request, pages: Pages, name: str, opened: Mapping[str, Any], tried: Mapping[str, Any], *, by: str = ""
) -> HTMLResponse:
    language = pages.choice(request).language
    inputs = [{**one, "label": input_words(one["key"], language)} for one in opened["inputs"]]
    sources = [(str(one), SOURCES[one].in_language(language)) for one in Source]
    return pages.render(
        request,
        "value_edit.html",
        name=name,
        inputs=inputs,
        base=opened["base"],
        sources=sources,
        distributions=[str(one) for one in Distribution],
        by=by,
        **_result(tried, language),
    )


def _result(tried: Mapping[str, Any], language: str) -> dict[str, Any]:
    words = {name: text.in_language(language) for name, text in {**WORDS, **EDITOR}.items()}
    faults = {key: words.get(text, text) for key, text in tried["faults"].items()}
    view = value_view(tried["told"], language) if tried["told"] else None
    return {"w": words, "v": view, "faults": faults, "changed": tried["changed"]}
