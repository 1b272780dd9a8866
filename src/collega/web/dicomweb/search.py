"""QIDO-RS: search for studies, series and instances (PS3.18 10.6)."""

from typing import Any, Protocol

from fastapi import APIRouter, Request, Response

from collega.formats.dicomweb_json import answer, left_out
from collega.formats.dicomweb_query import KEYS, read_query
from collega.model.dicomweb import DicomQuery, Level
from collega.model.token import TokenRight
from collega.web.audit import shown
from collega.web.dicomweb.answers import Answer, base, check_json, described, dicom_json_text, guarded, place
from collega.web.gate import Gate

STUDY = "/studies/{study_instance_uid}"
SERIES = STUDY + "/series/{series_instance_uid}"
# What may be searched, and at which level.
PLACES = {
    "/studies": Level.STUDIES,
    "/series": Level.SERIES,
    "/instances": Level.INSTANCES,
    f"{STUDY}/series": Level.SERIES,
    f"{STUDY}/instances": Level.INSTANCES,
    f"{SERIES}/instances": Level.INSTANCES,
}
OTHERS = ("limit", "offset", "includefield", "fuzzymatching")


class Finder(Protocol):
    """What these routes ask of the site."""

    async def found(self, query: DicomQuery, *, shadow: bool) -> tuple[list[dict[str, Any]], bool]:
        """List what a search finds, and tell whether there is more."""
        ...


def add_routes(routes: APIRouter, desk: Finder, let_in: Gate) -> None:
    """Add the routes."""
    for path, level in PLACES.items():
        routes.add_api_route(
            path,
            guarded(_search(desk, level), let_in, TokenRight.READ),
            methods=["GET"],
            name=f"search {path.removeprefix('/')}",
            openapi_extra=described(path, [*KEYS, *OTHERS]),
        )


def _search(desk: Finder, level: Level) -> Answer:
    async def search(request: Request) -> Response:
        """Search; the newest studies come first."""
        kind = check_json(request)
        asked = [item for item in request.query_params.multi_items() if item[0] != "accept"]
        query = read_query(level, asked, place(request))
        kept, more = await desk.found(query, shadow=request.state.shadow)
        shown(request, list(dict.fromkeys(row["study_instance_uid"] for row in kept)))
        address = base(request)
        answers = ",".join(answer(level, row, query.included, address) for row in kept)
        return dicom_json_text(f"[{answers}]", kind, [*query.warnings, *_warnings(query, more=more)])

    return search


def _warnings(query: DicomQuery, *, more: bool) -> list[str]:
    unknown = left_out(query.level, query.included)
    told = [f"There are additional results that can be requested: offset={query.offset + query.limit}"] if more else []
    return [*told, *([f"Not known here, and left out: {', '.join(unknown[:20])}"] if unknown else [])]
