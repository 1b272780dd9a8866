"""The digest of a month, as a paper to take to a meeting."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from collega.errors import InputError
from collega.formats.digest_view import digest_view
from collega.web.pages import Pages


class Desk(Protocol):
    """What the paper asks of the site; see `collega.bootstrap.worth.digesting.DigestDesk`."""

    async def digest(self, month: str) -> dict[str, Any]:
        """Give the digest of a month; the last whole one where none is named."""
        ...


def digest_router(desk: Desk, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/digest.pdf", response_class=Response)
    async def paper(request: Request, month: str = "") -> Response:
        """Give what changed in a month, for each app."""
        # typst is loaded when paper is asked for, and sets it off the event loop.
        from collega.formats.digest_pdf import digest_pdf  # noqa: PLC0415

        try:
            told = await desk.digest(month)
        except InputError as error:
            raise HTTPException(422, str(error)) from None
        view = digest_view(told, pages.choice(request).language, pages.front.zone)
        content = await asyncio.to_thread(digest_pdf, view, datetime.now(UTC))
        return Response(content, media_type="application/pdf")

    return routes
