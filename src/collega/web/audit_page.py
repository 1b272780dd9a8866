"""The audit record for whoever answers for it: by patient, by employee; that it was read is logged too."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from collega.model.audit_events import EVENTS
from collega.web.pages import Pages

MOST_LINES = 200
MOST_NAMED = 5
Word = Annotated[str, Query(max_length=64)]


class AuditReading(Protocol):
    """What this page asks of the site."""

    async def lines(self, *, patient: str, actor: str, since: datetime | None, limit: int) -> list[dict[str, Any]]:
        """List lines, the latest first, and log that they were read."""
        ...


def router(desk: AuditReading, pages: Pages) -> APIRouter:
    """Make the route."""
    routes = APIRouter()

    @routes.get("/audit", response_class=HTMLResponse)
    async def page(request: Request, patient: Word = "", actor: Word = "", since: Word = "") -> HTMLResponse:
        """Show lines of the record."""
        first = _day(since, pages)
        found = await desk.lines(patient=patient.strip(), actor=actor.strip(), since=first, limit=MOST_LINES)
        language = pages.choice(request).language
        asked = {"patient": patient, "actor": actor, "since": since}
        lines = [_line(row, language, pages) for row in found]
        return pages.render(request, "audit.html", lines=lines, asked=asked)

    return routes


def _day(text: str, pages: Pages) -> datetime | None:
    """Read the day from whose beginning, by the clock of the site, lines are shown."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise HTTPException(422, "since: a day such as 2026-11-28") from None
    return datetime.combine(day, time(), tzinfo=pages.front.zone)


def _line(row: dict[str, Any], language: str, pages: Pages) -> dict[str, Any]:
    subjects = row["subjects"]
    return {
        **row,
        "clock": f"{pages.local(row['at']):%d-%m-%Y %H:%M:%S}",
        "words": EVENTS[row["event"]].words.in_language(language),
        "failed": row["outcome"] > 0,
        "patients": _some(one["patient_id"] for one in subjects),
        "studies": _some(one["accession_number"] or one["study_instance_uid"] for one in subjects),
    }


def _some(values: Iterable[str]) -> list[str]:
    """Give the first of them, each once, and how many more there are."""
    found = list(dict.fromkeys(filter(None, values)))
    return [*found[:MOST_NAMED], *([f"+{len(found) - MOST_NAMED}"] if len(found) > MOST_NAMED else [])]
