"""The board: what waits to be read, the most urgent first, with what AI says."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from collega.deliver.notice_words import on_board
from collega.formats.local import clock
from collega.formats.viewer_link import viewer_link
from collega.model.finding import Outcome
from collega.model.outage import Cause, Part
from collega.web.audit import shown
from collega.web.live import Hub
from collega.web.pages import Choice, Front, Pages, of_visit
from collega.web.views import Worklist
from collega.web.visit import visit_of

FRESH_S = 15.0
PATIENCE_S = 5.0

_log = structlog.get_logger()


class Rows:
    """The rows in one language, made once for all browsers that ask after the same change.

    Parameters
    ----------
    views : Worklist
    hub : Hub
    pages : Pages
    """

    def __init__(self, views: Worklist, hub: Hub, pages: Pages) -> None:
        self._views = views
        self._hub = hub
        self._pages = pages
        self._kept: dict[str, tuple[int, datetime, tuple[str, list[str]]]] = {}
        self._turns = {language: asyncio.Lock() for language in ("en", "nl")}

    async def text(self, language: str) -> tuple[str, list[str]]:
        """Give the rows as they stand now, and the UIDs of the studies in them."""
        async with self._turns[language]:
            now = datetime.now(UTC)
            version, made_at, made = self._kept.get(language, (-1, now, ("", [])))
            fresh = self._hub.is_connected and version == self._hub.version
            if fresh and (now - made_at).total_seconds() < FRESH_S:
                return made
            version = self._hub.version  # before asking: a change meanwhile makes this one old
            made = await self._make(language, now)
            self._kept[language] = (version, now, made)
            return made

    async def _make(self, language: str, now: datetime) -> tuple[str, list[str]]:
        front = self._pages.front
        studies = await self._views.worklist(language, limit=front.rows + 1)
        more = len(studies) > front.rows
        rows = [_row(study, front) for study in studies[: front.rows]]
        choice = Choice(language=language, theme="")
        at = self._pages.local(now)
        told = await self._views.outages()
        outages = [_outage(row, clock(self._pages.local(row["since"]), at, language), language) for row in told]
        found = sum(any(app["outcome"] == Outcome.FOUND for app in row["apps"]) for row in rows)
        text = self._pages.text(
            "rows.html",
            choice,
            rows=rows,
            more=more,
            outages=outages,
            at=at,
            counts={"to_read": sum(not row["is_signed"] for row in rows), "found": found},
            demo=any(not app["clinical_use"] for row in rows for app in row["apps"]),
        )
        return text, [row["study_instance_uid"] for row in rows]


def _outage(row: dict[str, Any], since: str, language: str) -> dict[str, Any]:
    words = on_board(Part(row["part"]), Cause(row["cause"]), row["app"], since)
    return {**row, "since": since, "words": words.in_language(language) if words else ""}


def _row(study: dict[str, Any], front: Front) -> dict[str, Any]:
    link = viewer_link(front.viewer_url, study["accession_number"], study["study_instance_uid"])
    return {**study, "link": link}


def router(views: Worklist, hub: Hub, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()
    rows = Rows(views, hub, pages)

    @routes.get("/", response_class=HTMLResponse)
    async def board(request: Request) -> HTMLResponse:
        """Show the board, or say that it cannot be read: an empty page would look like a quiet night."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                text, studies = await rows.text(pages.choice(request).language)
        except Exception as error:  # noqa: BLE001 - whatever keeps the rows away, the reader must be told
            _log.warning("the board cannot be read", error=type(error).__name__)
            answer = pages.render(request, "unavailable.html")
            answer.status_code = 503
            return answer
        shown(request, studies)
        return pages.render(request, "board.html", rows=text)

    @routes.get("/board/rows", response_class=HTMLResponse)
    async def fragment(request: Request) -> HTMLResponse:
        """Give the rows alone, for a page that is open."""
        text, studies = await rows.text(pages.choice(request).language)
        shown(request, studies)
        return HTMLResponse(of_visit(text, visit_of(request)))

    return routes
