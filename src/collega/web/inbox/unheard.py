"""The inbox of what readers are not told of one app, such as one in shadow: for those who steer its pilot alone."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from collega.model.access import Action
from collega.model.code import Text
from collega.web.audit import UNHEARD, UNHEARD_ONE
from collega.web.inbox.changing import ACTS, Act, Inbox, changed
from collega.web.inbox.changing import Desk as Changing
from collega.web.inbox.page import InboxPages, Where
from collega.web.pages import Pages
from collega.web.told import ToldError

NO_APP = Text(en="no such app", nl="die app is er niet")


class Desk(Protocol):
    """What this asks of the site; see `collega.bootstrap.reading.inbox.InboxDesk`."""

    def unheard(self, app_id: str) -> Changing | None:
        """Give the inbox of what readers are not told of an app; None where the site has no such app."""
        ...


def unheard_router(desk: Desk, pages: Pages) -> APIRouter:
    """Make the routes: the list, one discrepancy, and each change of it."""
    routes = APIRouter()

    def inbox(app_id: str) -> Inbox:
        found = desk.unheard(app_id)
        if found is None:
            raise ToldError(404, NO_APP)
        where = Where(base=f"/pilots/{app_id}", app=app_id, settles=Action.SETTLE_UNHEARD)
        return Inbox(desk=found, pages=pages, where=where)

    def made(app_id: str) -> InboxPages:
        found = inbox(app_id)
        return InboxPages(found.desk, pages, found.where)

    @routes.get(UNHEARD, response_class=HTMLResponse)
    async def page(request: Request, app_id: str) -> HTMLResponse:
        """Show what readers are not told of an app."""
        return await made(app_id).page(request)

    @routes.get(f"{UNHEARD}/rows", response_class=HTMLResponse)
    async def fragment(request: Request, app_id: str) -> HTMLResponse:
        """Give the list alone, for a page that is open."""
        text, _ = await made(app_id).rows(request)
        return HTMLResponse(text)

    @routes.get(UNHEARD_ONE, response_class=HTMLResponse)
    async def one(request: Request, app_id: str, study_instance_uid: str, key: str) -> HTMLResponse:
        """Show one, with its history."""
        return await made(app_id).one(request, study_instance_uid, key)

    for name, act in ACTS.items():
        routes.add_api_route(f"{UNHEARD_ONE}/{name}", _route(inbox, act), methods=["POST"], name=f"{name} unheard")
    return routes


def _route(inbox: Callable[[str], Inbox], act: Act) -> Callable[..., Awaitable[Response]]:
    async def change(request: Request, app_id: str, study_instance_uid: str, key: str) -> Response:
        return await changed(request, inbox(app_id), act, study_instance_uid, key)

    return change
