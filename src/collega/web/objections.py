"""For the privacy officer: patients who do not want their data to leave the house, and what had left before."""

from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from collega.errors import InputError
from collega.model.token import TokenRight
from collega.web.form import own_form
from collega.web.gate import Gate
from collega.web.guard import same_origin
from collega.web.pages import Pages
from collega.web.told import WHO_AND_WHY, ToldError
from collega.web.visit import signed

LONGEST = 200
Short = Annotated[str, Field(max_length=64)]
Named = Annotated[str, Field(min_length=1, max_length=LONGEST)]
FIELDS = ("issuer", "patient_id", "study_instance_uid")


class Said(BaseModel):
    """An objection as a program says it."""

    model_config = ConfigDict(extra="forbid")

    patient_id: Short = ""
    issuer: Short = ""
    study_instance_uid: Short = ""
    by: Named
    reason: Named


class Ended(BaseModel):
    """Who ends an objection, and why."""

    model_config = ConfigDict(extra="forbid")

    by: Named
    reason: Named


class ObjectionDesk(Protocol):
    """What this page asks of the site; each of these is logged there."""

    async def listed(self) -> list[dict[str, Any]]:
        """List all objections, the latest first, with what had left."""
        ...

    async def note(self, values: dict[str, str], by: str, reason: str) -> dict[str, Any]:
        """Note an objection; `InputError` where it names nobody."""
        ...

    async def withdraw(self, key: str, by: str, reason: str) -> dict[str, Any]:
        """End an objection; `InputError` where it does not stand."""
        ...


def objections_router(desk: ObjectionDesk, pages: Pages, let_in: Gate) -> APIRouter:
    """Make the routes; ``let_in`` is the gate of programs."""
    routes = APIRouter()
    _add_pages(routes, desk, pages)

    async def may_read(request: Request) -> None:
        await let_in(request, TokenRight.READ)

    async def may_write(request: Request) -> None:
        await let_in(request, TokenRight.WRITE)

    @routes.get("/api/objections", dependencies=[Depends(may_read)])
    async def listed() -> list[dict[str, Any]]:
        """List objections."""
        return await desk.listed()

    @routes.post("/api/objections", status_code=201, dependencies=[Depends(may_write), Depends(same_origin)])
    async def note(request: Request, said: Said) -> dict[str, Any]:
        """Note an objection; answers with what had left before."""
        try:
            return await desk.note(
                {name: getattr(said, name) for name in FIELDS}, signed(request, said.by), said.reason
            )
        except InputError as error:
            raise HTTPException(422, str(error)) from None

    @routes.post("/api/objections/{key}/withdraw", dependencies=[Depends(may_write), Depends(same_origin)])
    async def withdraw(request: Request, key: str, ended: Ended) -> dict[str, Any]:
        """End an objection."""
        try:
            return await desk.withdraw(key, signed(request, ended.by), ended.reason)
        except InputError as error:
            raise HTTPException(404, str(error)) from None

    return routes


def _add_pages(routes: APIRouter, desk: ObjectionDesk, pages: Pages) -> None:
    @routes.get("/objections", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        """Show objections, and a form for another."""
        rows = [_row(row, pages) for row in await desk.listed()]
        return pages.render(request, "objections.html", rows=rows)

    @routes.post("/objections")
    async def note_form(request: Request) -> RedirectResponse:
        """Note an objection."""
        sent = await own_form(request)
        values = {name: sent.get(name, "")[:LONGEST] for name in FIELDS}
        try:
            await desk.note(values, *_who(signed(request, sent.get("by", "")), sent.get("reason", "")))
        except InputError as error:
            raise HTTPException(422, str(error)) from None
        return RedirectResponse("/objections", status_code=303)

    @routes.post("/objections/{key}/withdraw")
    async def withdraw_form(request: Request, key: str) -> RedirectResponse:
        """End an objection."""
        sent = await own_form(request)
        try:
            await desk.withdraw(key, *_who(signed(request, sent.get("by", "")), sent.get("reason", "")))
        except InputError as error:
            raise HTTPException(404, str(error)) from None
        return RedirectResponse("/objections", status_code=303)


def _who(by: str, reason: str) -> tuple[str, str]:
    if not (by and reason) or max(len(by), len(reason)) > LONGEST:
        raise ToldError(422, WHO_AND_WHY)
    return by, reason


def _row(row: dict[str, Any], pages: Pages) -> dict[str, Any]:
    gone = [{**item, "clock": f"{pages.local(item['at']):%d-%m-%Y %H:%M}"} for item in row["gone"]]
    ended = f"{pages.local(row['withdrawn_at']):%d-%m-%Y %H:%M}" if row["withdrawn_at"] else ""
    return {**row, "clock": f"{pages.local(row['at']):%d-%m-%Y %H:%M}", "ended": ended, "gone": gone}
