"""The inbox as a page: the list with its filters, one discrepancy with its history."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from collega.formats.local import day
from collega.formats.viewer_link import viewer_link
from collega.model.access import Action
from collega.model.code import Text
from collega.model.discrepancy import Contrast, DiscrepancyState
from collega.read.discrepancy_words import choices
from collega.web.audit import shown
from collega.web.inbox.words import page_words
from collega.web.pages import Pages
from collega.web.reader import reader_name
from collega.web.told import ToldError
from collega.web.visit import visit_of

UNKNOWN = Text(en="no such discrepancy", nl="die discrepantie is er niet")
WAITING = "waiting"
STATES: Mapping[str, tuple[DiscrepancyState, ...]] = {
    WAITING: (DiscrepancyState.OPEN, DiscrepancyState.TAKEN),
    **{state.value: (state,) for state in DiscrepancyState},
    "all": tuple(DiscrepancyState),
}
MOST_FILTER = 64
FRESH_S = 1.0


class Desk(Protocol):
    """What this page asks of the site; see `collega.bootstrap.reading.inbox.InboxDesk`."""

    async def listed(self, wanted: Mapping[str, Any], language: str) -> dict[str, Any]:
        """List what readers may be told: ``rows``, ``hidden``, ``more``."""
        ...

    async def one(self, study_instance_uid: str, key: str, language: str) -> dict[str, Any] | None:
        """Show one with its history; None where there is none that readers may be told of."""
        ...

    async def counts(self) -> dict[str, int]:
        """Count what waits, how much of it is overdue, and the changes that there ever were."""
        ...


class Counts:
    """The counts, made once for all pages that ask at the same moment: every page that is open asks after a change.

    Parameters
    ----------
    desk : Desk
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._turn = asyncio.Lock()
        self._at, self._kept = -FRESH_S, dict[str, int]()

    async def now(self) -> dict[str, int]:
        """Give the counts, `FRESH_S` old at most: pages ask that long after they have heard of a change."""
        async with self._turn:
            asked = time.monotonic()
            if asked - self._at >= FRESH_S:
                self._kept = await self._desk.counts()
                self._at = asked
            return self._kept


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """Where an inbox stands, and who may change what is in it; ``app`` where it is that of one app alone."""

    base: str = ""
    app: str = ""
    settles: Action = Action.SETTLE_DISCREPANCY

    def address_of(self, study_instance_uid: str, key: str) -> str:
        """Give the address of one discrepancy."""
        return f"{self.base}/studies/{quote(study_instance_uid, safe='')}/discrepancies/{quote(key, safe='')}"


class InboxPages:
    """Renders the inbox.

    Parameters
    ----------
    desk : Desk
    pages : Pages
    where : Where
    """

    def __init__(self, desk: Desk, pages: Pages, where: Where = Where()) -> None:
        self._desk, self._pages, self._where = desk, pages, where

    async def page(self, request: Request) -> HTMLResponse:
        """Render the list with what stands around it."""
        text, values = await self.rows(request)
        return self._pages.render(request, "discrepancies.html", **{**values, "rows": text})

    async def rows(self, request: Request) -> tuple[str, dict[str, Any]]:
        """Render the list that the address asks for, and give the values that its page needs."""
        asked = filters(request)
        language = self._pages.choice(request).language
        wanted = {
            "states": STATES[asked["state"]],
            "contrast": asked["contrast"],
            "app": asked["app"],
            "owner": reader_name(request) if asked["mine"] else "",
        }
        told = await self._desk.listed(wanted, language)
        found = [row for row in told["rows"] if row["is_overdue"] or not asked["overdue"]]
        if asked["mine"] and not reader_name(request):
            found = []
        shown(request, [row["study_instance_uid"] for row in found])
        counts = await self._desk.counts()
        words = self._words(request, found)
        text = self._pages.part(request, "discrepancy_rows.html", told=told, counts=counts, **words)
        apps = sorted({row["app_id"] for row in told["rows"]} | {asked["app"]})
        return text, {**words, "asked": asked, "apps": apps}

    async def one(
        self, request: Request, study_instance_uid: str, key: str, *, sent: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        """Render one; ``sent`` is what somebody had filled in while another changed it: it stands in the form."""
        found = await self._desk.one(study_instance_uid, key, self._pages.choice(request).language)
        if found is None:
            raise ToldError(404, UNKNOWN)
        shown(request, [study_instance_uid])
        given = {**self._words(request, [found]), "sent": sent or {}, "conflict": sent is not None}
        return self._pages.render(request, "discrepancy.html", row=found, **given)

    def _words(self, request: Request, found: list[dict[str, Any]]) -> dict[str, Any]:
        language = self._pages.choice(request).language
        visit = visit_of(request)
        for row in found:
            row["address"] = self._where.address_of(row["study_instance_uid"], row["key"])
            row["link"] = viewer_link(self._pages.front.viewer_url, row["accession_number"], row["study_instance_uid"])
        return {
            "w": page_words(language, unheard=bool(self._where.app)),
            "where": self._where,
            "may_settle": visit.person is None or visit.may(self._where.settles),
            "rows": found,
            "sent": {},
            "conflict": False,
            "reader": reader_name(request),
            "day": lambda one: day(one, language),
            **choices(language),
        }


def filters(request: Request) -> dict[str, Any]:
    """Read what the list is narrowed to; what is no filter is none."""
    given = request.query_params
    state, contrast = given.get("state", WAITING), given.get("contrast", "")
    return {
        "state": state if state in STATES else WAITING,
        "contrast": contrast if contrast in set(Contrast) else "",
        "app": given.get("app", "")[:MOST_FILTER].replace("\0", ""),
        "mine": given.get("mine", "") == "yes",
        "overdue": given.get("overdue", "") == "yes",
    }


def inbox_router(desk: Desk, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()
    made = InboxPages(desk, pages)

    @routes.get("/discrepancies", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        """Show the list."""
        return await made.page(request)

    @routes.get("/discrepancies/rows", response_class=HTMLResponse)
    async def fragment(request: Request) -> HTMLResponse:
        """Give the list alone, for a page that is open."""
        text, _ = await made.rows(request)
        return HTMLResponse(text)

    counted = Counts(desk)

    @routes.get("/api/discrepancies/counts")
    async def counts() -> dict[str, int]:
        """Count what waits: ``open``, ``taken``, of both ``overdue``; ``changes`` grows with each change."""
        return await counted.now()

    @routes.get("/studies/{study_instance_uid}/discrepancies/{key}", response_class=HTMLResponse)
    async def one(request: Request, study_instance_uid: str, key: str) -> HTMLResponse:
        """Show one, with its history."""
        return await made.one(request, study_instance_uid, key)

    return routes
