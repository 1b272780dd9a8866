"""Feedback to makers: every pack, and for each its cases, the decision, the file and the answers."""

import re
import shutil
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from starlette.background import BackgroundTask

from collega.decide.pack import Choice
from collega.errors import InputError
from collega.model.pack import AnswerStatus
from collega.web.audit import shown
from collega.web.form import own_form
from collega.web.pack_rows import case_row, figure_row, pack_row, page_words
from collega.web.pages import Pages
from collega.web.visit import signed

ADDRESS = "/feedback-packs"
NUMBER = re.compile(r"[0-9]{1,6}")


class PackPages(Protocol):
    """What these pages ask of the site; what changes is logged there."""

    async def listed(self) -> dict[str, Any]:
        """List packs, and the figures of each maker."""
        ...

    async def told(self, key: str) -> dict[str, Any] | None:
        """Tell of a pack with its cases; None where there is none."""
        ...

    async def prepare(self, by: str) -> None:
        """Make a pack of what is new for each maker."""
        ...

    async def approve(self, key: str, by: str, reason: str, choice: Choice) -> None:
        """Let a pack leave; `InputError` where it cannot, or ``by`` may not."""
        ...

    async def refuse(self, key: str, by: str, reason: str) -> None:
        """Keep a pack here."""
        ...

    async def take(self, key: str, by: str) -> Path:
        """Make the file of a pack, in a folder of its own, which is removed once it is sent."""
        ...

    async def answer(  # noqa: PLR0913 - what an answer is made of
        self, key: str, case: int, by: str, *, status: AnswerStatus, fixed_in: str, answered_on: date, writer: str
    ) -> None:
        """Note what the maker says of a case."""
        ...


def packs_router(desk: PackPages, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()
    _add_views(routes, desk, pages)
    _add_decisions(routes, desk)
    return routes


def _add_views(routes: APIRouter, desk: PackPages, pages: Pages) -> None:
    @routes.get(ADDRESS, response_class=HTMLResponse)
    async def every(request: Request) -> HTMLResponse:
        """Show every pack."""
        language = pages.choice(request).language
        told = await desk.listed()
        return pages.render(
            request,
            "packs.html",
            w=page_words(language),
            rows=[pack_row(one, language, pages) for one in told["packs"]],
            figures=[figure_row(one, language) for one in told["figures"]],
        )

    @routes.get(ADDRESS + "/{key}", response_class=HTMLResponse)
    async def one(request: Request, key: str) -> HTMLResponse:
        """Show a pack with its cases."""
        language = pages.choice(request).language
        told = await desk.told(key)
        if told is None:
            raise HTTPException(404, "there is no such pack")
        shown(request, [case["study_instance_uid"] for case in told["list"]])
        return pages.render(
            request,
            "pack.html",
            w=page_words(language),
            pack=pack_row(told, language, pages),
            cases=[case_row(case, language, pages) for case in told["list"]],
            today=pages.local(datetime.now(pages.front.zone)).date().isoformat(),
        )


def _add_decisions(routes: APIRouter, desk: PackPages) -> None:
    @routes.post(ADDRESS)
    async def prepare(request: Request) -> RedirectResponse:
        """Prepare what is new."""
        sent = await own_form(request)
        await _asked(desk.prepare(signed(request, sent.get("by", ""))))
        return RedirectResponse(ADDRESS, status_code=303)

    @routes.post(ADDRESS + "/{key}/decision")
    async def decide(request: Request, key: str) -> RedirectResponse:
        """Approve or refuse a pack."""
        sent = await own_form(request)
        by, reason, decision = signed(request, sent.get("by", "")), sent.get("reason", ""), sent.get("decision", "")
        if decision == "approve":
            choice = Choice(with_text=_ticked(sent, "t"), withheld=_ticked(sent, "w"))
            await _asked(desk.approve(key, by, reason, choice))
        elif decision == "refuse":
            await _asked(desk.refuse(key, by, reason))
        else:
            raise HTTPException(422, "approve or refuse")
        return RedirectResponse(f"{ADDRESS}/{key}", status_code=303)

    @routes.post(ADDRESS + "/{key}/file")
    async def take(request: Request, key: str) -> FileResponse:
        """Give the file of an approved pack."""
        sent = await own_form(request)
        path = await _asked(desk.take(key, signed(request, sent.get("by", ""))))
        gone = BackgroundTask(shutil.rmtree, path.parent, ignore_errors=True)
        return FileResponse(path, media_type="application/zip", filename=path.name, background=gone)

    @routes.post(ADDRESS + "/{key}/answers/{case}")
    async def answer(request: Request, key: str, case: int) -> RedirectResponse:
        """Note the answer of the maker to a case."""
        sent = await own_form(request)
        try:
            status, day = AnswerStatus(sent.get("status", "")), date.fromisoformat(sent.get("on", ""))
        except ValueError:
            raise HTTPException(422, f"one of {', '.join(AnswerStatus)}, and a day such as 2026-12-01") from None
        by, fixed_in, writer = signed(request, sent.get("by", "")), sent.get("fixed_in", ""), sent.get("writer", "")
        noting = desk.answer(key, case, by, status=status, fixed_in=fixed_in, answered_on=day, writer=writer)
        await _asked(noting)
        return RedirectResponse(f"{ADDRESS}/{key}#case-{case}", status_code=303)


async def _asked(work: Any) -> Any:  # noqa: ANN401 - whatever the desk gives
    try:
        return await work
    except InputError as error:
        raise HTTPException(422, str(error)) from None


def _ticked(sent: Mapping[str, str], letter: str) -> frozenset[int]:
    """Read which cases are ticked; short names, for a form of hundreds of cases."""
    return frozenset(int(name[1:]) for name in sent if name[:1] == letter and NUMBER.fullmatch(name[1:]))
