"""FHIR R4 under ``/fhir``: read and search (R4 3.1.0). Whatever goes wrong is told as an OperationOutcome."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import structlog
from fastapi import APIRouter, HTTPException, Request, Response

from collega import __version__
from collega.errors import InputError
from collega.formats.fhir_bundle import TYPES, capability_statement, operation_outcome
from collega.formats.fhir_parts import Part
from collega.formats.fhir_search import CURSOR, PARAMETERS, Kind, Search, read_search
from collega.model.token import TokenRight
from collega.web.form import bounded
from collega.web.gate import Gate

FHIR_JSON = "application/fhir+json"
JSON_NAMES = frozenset({"json", "application/json", FHIR_JSON, "text/json"})
ACCEPTED = JSON_NAMES | {"*/*", "application/*"}
MOST_BYTES = 100_000
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
# R4 IssueType by the status that is answered.
CODES = {400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 406: "not-supported",
         410: "deleted", 413: "too-long", 415: "not-supported", 503: "transient"}  # fmt: skip

ID = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)  # R4 2.24.0.1

_log = structlog.get_logger()
Answer = Callable[[Request], Awaitable[Response]]


class Desk(Protocol):
    """What these routes ask of the site."""

    async def search(self, search: Search, base: str, actor: str) -> Part:
        """Give the Bundle of a search, and note who has read it."""
        ...

    async def read(self, kind: Kind, key: str, actor: str) -> Part | StrEnum:
        """Give a resource, else ``unknown`` or ``gone``."""
        ...


def router(desk: Desk, zone: ZoneInfo, let_in: Gate) -> APIRouter:
    """Make the routes; ``zone`` is that of dates that have none, ``let_in`` the gate."""
    routes = APIRouter(prefix="/fhir", tags=["FHIR R4"])
    started_at = datetime.now(UTC)

    async def metadata(request: Request) -> Response:
        """Tell what this server does (CapabilityStatement)."""
        return _resource(capability_statement(__version__, _base(request), started_at))

    async def search(request: Request) -> Response:
        """Search resources of one kind; a Bundle comes back, page by page."""
        asked = await _parameters(request)
        wanted = read_search(_kind(request), asked, zone)
        if wanted.unknown and _is_strict(request):
            message = f"not known here: {', '.join(name[:40] for name in wanted.unknown[:10])}"
            raise InputError(message)
        return _resource(await desk.search(wanted, _base(request), request.state.responsible))

    async def read(request: Request) -> Response:
        """Read one resource."""
        key = request.path_params["key"]
        if ID.fullmatch(key) is None:
            raise HTTPException(404, "there is no such resource")
        found = await desk.read(_kind(request), key, request.state.responsible)
        if isinstance(found, StrEnum):
            why = {"gone": (410, "put aside: there is a newer one of its study, or none any more")}
            raise HTTPException(*why.get(found, (404, "there is no such resource, or none that may be shown")))
        return _resource(found)

    async def other(request: Request) -> Response:
        """Refuse the rest: nothing is written here, and there are no further operations."""
        if request.method not in {"GET", "HEAD", "POST"}:
            raise HTTPException(405, "nothing is written here: read and search only")
        raise HTTPException(404, f"there is no such address; see {_base(request)}/metadata")

    routes.add_api_route("/metadata", _guarded(metadata, let_in), methods=["GET"], openapi_extra=_described(()))
    asked_for, found = _guarded(search, let_in), _guarded(read, let_in)
    for kind in Kind:
        extra = _described(tuple(PARAMETERS[kind].items()))
        routes.add_api_route(f"/{kind}", asked_for, methods=["GET"], name=f"search {kind}", openapi_extra=extra)
        routes.add_api_route(f"/{kind}/_search", asked_for, methods=["POST"], name=f"search {kind} by form",
                             openapi_extra=FORM)  # fmt: skip
        routes.add_api_route(f"/{kind}/{{key}}", found, methods=["GET"], name=f"read {kind}",
                             openapi_extra={"parameters": [_parameter("key", "path")]})  # fmt: skip
    routes.add_api_route("/{rest:path}", _guarded(other, let_in), methods=METHODS, include_in_schema=False)
    return routes


FORM = {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}}}


def _parameter(name: str, place: str = "query", type_: str = "string") -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}, "description": type_}


def _described(parameters: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Describe the parameters for OpenAPI; they are read by hand, since FHIR has rules of its own for them."""
    own = [_parameter(name, type_=TYPES[type_]) for name, type_ in parameters]
    return {"parameters": [*own, *(_parameter(name) for name in ("_count", "_summary", "_format", CURSOR) if own)]}


def _guarded(answer: Answer, let_in: Gate) -> Answer:
    """Let in whom the gate lets in, in a form that we write, and tell what goes wrong in the words of FHIR."""

    async def guarded(request: Request) -> Response:
        try:
            await let_in(request, TokenRight.READ)
            _check_format(request)
            return await answer(request)
        except HTTPException as error:
            return refused(error.status_code, str(error.detail), error.headers)
        except InputError as error:
            return refused(400, str(error))
        except Exception as error:  # noqa: BLE001 - whatever keeps the answer away, nobody may take it for an empty one
            _log.warning("fhir: no answer", error=type(error).__name__)
            return refused(503, "no answer now, the reason stands in the log: this is not an empty result")

    guarded.__doc__ = answer.__doc__
    return guarded


def refused(status: int, words: str, headers: Mapping[str, str] | None = None) -> Response:
    """Tell why there is no answer."""
    answer = _resource(operation_outcome(CODES.get(status, "exception"), words), status)
    answer.headers.update(headers or {})
    return answer


def _resource(content: Part, status: int = 200) -> Response:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    return Response(text, status, media_type=f"{FHIR_JSON}; charset=utf-8")


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/fhir"


def _kind(request: Request) -> Kind:
    return Kind(request.url.path.split("/")[2])


async def _parameters(request: Request) -> list[tuple[str, str]]:
    """Read the parameters of the address and, of a search by POST, those of the form."""
    asked = list(request.query_params.multi_items())
    if request.method == "POST":
        content = await bounded(request, MOST_BYTES)
        asked += parse_qsl(content.decode("utf-8", "replace"), max_num_fields=1000)
    return asked


def _is_strict(request: Request) -> bool:
    said = ",".join(request.headers.getlist("prefer")).replace(";", ",").split(",")
    return any(item.replace(" ", "").lower() == "handling=strict" for item in said)


def _check_format(request: Request) -> None:
    """Refuse a form that is not written here; ``_format`` goes before the header (R4 3.1.0.1.11)."""
    asked = request.query_params.get("_format")
    if asked is not None:
        if asked.partition(";")[0].strip().replace(" ", "+").lower() not in JSON_NAMES:
            raise HTTPException(406, "this server writes JSON only")
        return
    said = ",".join(request.headers.getlist("accept"))
    ranges = [item.partition(";") for item in said.split(",") if item.strip()]
    wanted = {name.strip().lower() for name, _, more in ranges if more.replace(" ", "") not in {"q=0", "q=0.0"}}
    if ranges and not wanted & ACCEPTED:
        raise HTTPException(406, "this server writes JSON only")
