"""The board: what waits to be read, the most urgent first, with what AI says."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2s
from itertools import count
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
from collega.web.pages import MADE, ROWS, Choice, Front, Pages, of_visit
from collega.web.views import Worklist
from collega.web.visit import Visit, visit_of

FRESH_S = 15.0
PATIENCE_S = 5.0

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A row as it was made: from which values, and its number among all that were made since the start."""

    values: Mapping[str, Any]
    html: str
    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """All that the board shows in one language; ``frame`` is what stands around its rows."""

    version: int
    made_at: datetime
    frame: str
    rows: Sequence[Made]
    name: str

    @property
    def studies(self) -> list[str]:
        """UIDs of the studies that it shows."""
        return [row.values["study_instance_uid"] for row in self.rows]

    def text(self, visit: Visit, after: str = "") -> str:
        """Write it for somebody; of a row that a page has since the sheet ``after``, its place alone."""
        # Forms carry what belongs to a session: a page of an earlier one has no row that is good now.
        whose = f"{self.name}.{blake2s(visit.form_token.encode(), digest_size=4).hexdigest()}"
        name, _, number = after.rpartition(".")
        has = int(number) if name == whose and number.isascii() and number.isdecimal() else -1
        rows = "".join(_place(row) if row.number <= has else row.html for row in self.rows)
        latest = max((row.number for row in self.rows), default=0)
        return of_visit(self.frame.replace(str(MADE), f"{whose}.{latest}").replace(str(ROWS), rows), visit)


def _place(row: Made) -> str:
    return f'<li id="study-{row.values["study_key"]}" data-same></li>\n'


class Rows:
    """The rows in one language, made once for all browsers; after a change, those that are not as they were.

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
        self._kept: dict[str, Sheet] = {}
        self._made: dict[str, dict[str, Made]] = {}
        self._numbers = count(1)
        self._epoch = secrets.token_hex(4)  # numbers begin anew with the process
        self._turns = {language: asyncio.Lock() for language in ("en", "nl")}

    async def sheet(self, language: str) -> Sheet:
        """Give the rows as they stand now."""
        async with self._turns[language]:
            now = datetime.now(UTC)
            kept = self._kept.get(language)
            fresh = kept is not None and self._hub.is_connected and kept.version == self._hub.version
            if kept is not None and fresh and (now - kept.made_at).total_seconds() < FRESH_S:
                return kept
            version = self._hub.version  # before asking: a change meanwhile makes this one old
            made = self._kept[language] = await self._make(language, now, version)
            return made

    async def _make(self, language: str, now: datetime, version: int) -> Sheet:
        front = self._pages.front
        studies = await self._views.worklist(language, limit=front.rows + 1)
        choice = Choice(language=language, theme="")
        at = self._pages.local(now)
        told = await self._views.outages()
        outages = [_outage(row, clock(self._pages.local(row["since"]), at, language), language) for row in told]
        rows = [self._row(study, choice) for study in studies[: front.rows]]
        self._made[language] = {row.values["study_key"]: row for row in rows}
        values = [row.values for row in rows]
        found = sum(any(app["outcome"] == Outcome.FOUND for app in row["apps"]) for row in values)
        frame = self._pages.text(
            "rows.html",
            choice,
            rows=ROWS,
            made=MADE,
            has_rows=bool(rows),
            more=len(studies) > front.rows,
            outages=outages,
            at=at,
            counts={"to_read": sum(not row["is_signed"] for row in values), "found": found},
            demo=any(not app["clinical_use"] for row in values for app in row["apps"]),
        )
        return Sheet(version=version, made_at=now, frame=frame, rows=rows, name=f"{self._epoch}.{language}")

    def _row(self, study: Mapping[str, Any], choice: Choice) -> Made:
        values = _values(study, self._pages.front)
        known = self._made.get(choice.language, {}).get(values["study_key"])
        if known is not None and known.values == values:
            return known
        html = self._pages.text("row.html", choice, row=values)
        return Made(values=values, html=html, number=next(self._numbers))


def _outage(row: dict[str, Any], since: str, language: str) -> dict[str, Any]:
    words = on_board(Part(row["part"]), Cause(row["cause"]), row["app"], since)
    return {**row, "since": since, "words": words.in_language(language) if words else ""}


def _values(study: Mapping[str, Any], front: Front) -> dict[str, Any]:
    """Give what a row shows: minutes, not seconds, so that it stays as it was for a minute."""
    link = viewer_link(front.viewer_url, study["accession_number"], study["study_instance_uid"])
    waited, target = study["waiting_s"], study["target_s"]
    over = int(waited - target) // 60 * 60 if target and waited > target else None
    shown = {name: value for name, value in study.items() if name != "waiting_s"}
    return {**shown, "link": link, "waited_s": waited // 60 * 60, "over_s": over}


def router(views: Worklist, hub: Hub, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()
    rows = Rows(views, hub, pages)

    @routes.get("/", response_class=HTMLResponse)
    async def board(request: Request) -> HTMLResponse:
        """Show the board, or say that it cannot be read: an empty page would look like a quiet night."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                sheet = await rows.sheet(pages.choice(request).language)
        except Exception as error:  # noqa: BLE001 - whatever keeps the rows away, the reader must be told
            _log.warning("the board cannot be read", error=type(error).__name__)
            answer = pages.render(request, "unavailable.html")
            answer.status_code = 503
            return answer
        shown(request, sheet.studies)
        return pages.render(request, "board.html", rows=sheet.text(visit_of(request)))

    @routes.get("/board/rows", response_class=HTMLResponse)
    async def fragment(request: Request, after: str = "") -> HTMLResponse:
        """Give the rows alone, for a page that is open; ``after`` names what it has."""
        sheet = await rows.sheet(pages.choice(request).language)
        shown(request, sheet.studies)
        return HTMLResponse(sheet.text(visit_of(request), after))

    return routes
