"""One study: a card for each app, opinions on its findings, what it missed, the first look."""

from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from collega.formats.viewer_link import viewer_link
from collega.model.feedback import Opinion, Seen
from collega.model.finding import Evaluation, Region
from collega.read.discrepancy_words import choices as told_of
from collega.read.feedback import Reader
from collega.web.pages import Pages
from collega.web.reader import reader_name
from collega.web.study.words import choices, not_drawn, page_words
from collega.web.viewer import is_here, ohif_link

MOST_NUMBER_CHARACTERS = 64


class Desk(Protocol):
    """What this page asks of the site; see `collega.bootstrap.reading.reading_room.StudyDesk`."""

    async def page(self, study_instance_uid: str, language: str, reader: str) -> dict[str, Any] | None:
        """Tell all that a reader may see of a study; None where it was never received."""
        ...

    async def uids_of(self, accession_number: str) -> Sequence[str]:
        """List the studies under an accession number, the latest first."""
        ...

    async def opinion(  # noqa: PLR0913 - the parts of an opinion
        self,
        study_instance_uid: str,
        app_id: str,
        finding_id: str,
        reader: Reader,
        *,
        opinion: Opinion,
        ai_seen: Seen,
        cause: str = "",
        remark: str = "",
    ) -> bool:
        """Keep an opinion; false where no such study was received."""
        ...

    async def missed(  # noqa: PLR0913 - the parts of a mark
        self,
        study_instance_uid: str,
        reader: Reader,
        *,
        what: str,
        place: Region | None = None,
        ai_seen: Seen = Seen.UNKNOWN,
        remark: str = "",
    ) -> str | None:
        """Keep a finding that no app named; its mark, None where no such study was received."""
        ...

    async def take_back(self, study_instance_uid: str, mark: str, reader: Reader) -> bool:
        """Take a mark back; false where there is none of this reader's."""
        ...

    async def first_look(
        self, study_instance_uid: str, reader: Reader, *, found: Evaluation, ai_seen: Seen, is_called: bool
    ) -> bool:
        """Keep a first look; false where no such study was received."""
        ...


def study_router(desk: Desk, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()
    address = "/studies/{study_instance_uid}"

    @routes.get("/studies", response_class=HTMLResponse)
    async def by_number(request: Request, accession_number: str) -> Response:
        """Go to the study of an accession number: what a PACS, which knows the number, links to."""
        found = await desk.uids_of(accession_number[:MOST_NUMBER_CHARACTERS])
        if len(found) == 1:
            return RedirectResponse(f"/studies/{quote(found[0], safe='')}", status_code=303)
        return _none(request, pages, found)

    @routes.get(address, response_class=HTMLResponse)
    async def page(request: Request, study_instance_uid: str) -> HTMLResponse:
        """Show a study."""
        language = pages.choice(request).language
        reader = reader_name(request)
        study = await desk.page(study_instance_uid, language, reader)
        if study is None:
            return _none(request, pages, ())
        link = viewer_link(pages.front.viewer_url, study["accession_number"], study["study_instance_uid"])
        words = page_words(language)
        ohif = ohif_link(study_instance_uid, language) if is_here() else ""
        more = {"link": link, "ohif": ohif, "why": not_drawn(language), "differs": told_of(language)}
        return pages.render(request, "study.html", w=words, s=study, reader=reader, **more, **choices(language))

    return routes


def _none(request: Request, pages: Pages, several: Sequence[str]) -> HTMLResponse:
    words = page_words(pages.choice(request).language)
    answer = pages.render(request, "study_none.html", w=words, several=several)
    answer.status_code = 300 if several else 404
    return answer
