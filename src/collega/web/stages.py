"""For those who steer: how far each app is trusted, and the switch that stops it."""

from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from collega.errors import InputError
from collega.formats.local import minute
from collega.formats.wording import RIGHTS, STAGES, WAYS
from collega.web.form import own_form
from collega.web.pages import Pages
from collega.web.told import WHO_AND_WHY, ToldError, because
from collega.web.visit import signed

LONGEST = 200


class Stages(Protocol):
    """What this page asks of the site."""

    async def apps(self, language: str) -> list[dict[str, Any]]:
        """List the installed apps with stage, way, rights and latest decision."""
        ...

    async def stop(self, app_id: str, by: str, reason: str) -> None:
        """Stop every version of an app; `InputError` where there is none."""
        ...

    async def resume(self, app_id: str, by: str, reason: str) -> None:
        """Give the versions of an app their stages back."""
        ...


def router(desk: Stages, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/stages", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        """Show every app with its switch."""
        language = pages.choice(request).language
        rows = [_row(app, language, pages) for app in await desk.apps(language)]
        return pages.render(request, "stages.html", apps=rows)

    @routes.post("/stages/{app_id}/{wanted}")
    async def switch(request: Request, app_id: str, wanted: str) -> RedirectResponse:
        """Stop an app or let it go on; who and why are asked for, and kept."""
        sent = await own_form(request)
        does = {"stop": desk.stop, "resume": desk.resume}.get(wanted)
        by, reason = signed(request, sent.get("by", "")), sent.get("reason", "")
        if does is None:
            raise HTTPException(404, "stop or resume")
        if not (by and reason and (by + reason).isprintable()) or max(len(by), len(reason)) > LONGEST:
            raise ToldError(422, WHO_AND_WHY)
        try:
            await does(app_id, by, reason)
        except InputError as error:
            raise because(404, error) from None
        return RedirectResponse("/stages", status_code=303)

    return routes


def _row(app: dict[str, Any], language: str, pages: Pages) -> dict[str, Any]:
    latest = app["latest"]
    return {
        **app,
        "stage_word": STAGES[app["stage"]].in_language(language),
        "way_word": WAYS[app["way"]].in_language(language),
        "right_words": [RIGHTS[right].in_language(language) for right in app["rights"]],
        "at": minute(pages.local(latest["at"]), language) if latest else "",
    }
