"""Noting a step of a case, on the way from the idea to the approval."""

from datetime import date
from typing import Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse

from collega.errors import InputError
from collega.value.way import Step
from collega.web.form import own_form
from collega.web.told import ToldError
from collega.web.value import UNKNOWN
from collega.web.visit import signed

UNUSABLE = 422


class Desk(Protocol):
    """What it asks of the site; see `collega.bootstrap.worth.value_desk.ValueDesk`."""

    async def noted(self, name: str, step: Step, on: date, by: str, note: str) -> bool:
        """Note a step; False where there is no such case."""
        ...


def steps_router(desk: Desk) -> APIRouter:
    """Make the route."""
    routes = APIRouter()

    @routes.post("/value/{name}/steps", response_class=RedirectResponse)
    async def note(request: Request, name: str) -> RedirectResponse:
        """Note a step that a case has taken, and show the case again."""
        sent = await own_form(request)
        try:
            step, on = Step(sent.get("step", "")), date.fromisoformat(sent.get("on", ""))
        except ValueError as error:
            raise HTTPException(UNUSABLE, str(error)) from None
        try:
            is_known = await desk.noted(name, step, on, signed(request, sent.get("by", "")), sent.get("note", ""))
        except InputError as error:
            raise HTTPException(UNUSABLE, str(error)) from None
        if not is_known:
            raise ToldError(404, UNKNOWN)
        return RedirectResponse(f"/value/{name}#way", status_code=303)

    return routes
