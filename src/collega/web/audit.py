"""Views of patient data by a page or a program, each of which is logged before its answer leaves."""

import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Protocol

import structlog
from fastapi import Request

from collega.model.audit import Asker, AuditEntry
from collega.model.ids import storage_key
from collega.web.guard import Application, Message, Receive, Send
from collega.web.visit import NOBODY

SOURCE = "web"
STUDY = "/studies/{study_instance_uid}"
# Discrepancies of one app that readers are not told of.
UNHEARD = "/pilots/{app_id}/discrepancies"
UNHEARD_ONE = f"/pilots/{{app_id}}{STUDY}/discrepancies/{{key}}"
_SERIES = "/series/{series_instance_uid}"
_INSTANCE = f"{_SERIES}/instances/{{sop_instance_uid}}"
SEARCHED = (
    *("/studies", "/series", "/instances"),
    *(f"{STUDY}/series", f"{STUDY}/instances", f"{STUDY}{_SERIES}/instances"),
)
# What is retrieved of a study, image by image: logged once in so long, as a list that refreshes is.
RETRIEVED = (
    *("", _SERIES, _INSTANCE, "/metadata", f"{_SERIES}/metadata", f"{_INSTANCE}/metadata"),
    *(f"{_INSTANCE}/frames/{{frames}}", f"{_INSTANCE}/bulkdata/{{tag}}"),
    *(f"{_INSTANCE}/rendered", f"{_INSTANCE}/frames/{{frames}}/rendered"),
)
# (method, address of the route) -> event. A list names the studies that it has shown by `shown`.
VIEWS: Mapping[tuple[str, str], str] = {
    ("GET", "/"): "board viewed",
    ("GET", "/board/rows"): "board viewed",
    ("GET", "/api/worklist"): "worklist read",
    ("GET", "/api/coverage"): "coverage viewed",
    ("GET", "/api/studies/{study_instance_uid}"): "study viewed",
    ("POST", "/api/studies/{study_instance_uid}/events"): "reading noted",
    ("POST", "/api/studies/{study_instance_uid}/opened"): "reading noted",
    ("POST", "/api/studies/{study_instance_uid}/readings"): "reading noted",
    ("GET", "/studies/{study_instance_uid}/images"): "study viewed",
    ("GET", "/studies/{study_instance_uid}/images/{key}/{number}"): "image viewed",
    ("GET", "/studies/{study_instance_uid}/overlays"): "study viewed",
    ("GET", "/studies/{study_instance_uid}/overlays/{source}/{number}"): "image viewed",
    ("GET", "/discrepancies"): "discrepancies viewed",
    ("GET", "/discrepancies/rows"): "discrepancies viewed",
    ("GET", f"{STUDY}/discrepancies/{{key}}"): "discrepancies viewed",
    ("GET", UNHEARD): "discrepancies viewed",
    ("GET", f"{UNHEARD}/rows"): "discrepancies viewed",
    ("GET", UNHEARD_ONE): "discrepancies viewed",
    ("GET", "/panels/{key}"): "reference viewed",
    ("GET", "/panels/{key}/tables/{name}"): "reference viewed",
    ("GET", "/night"): "night list viewed",
    ("GET", "/api/night"): "night list viewed",
    ("POST", "/studies/{study_instance_uid}/report-read"): "reading noted",
    ("GET", "/studies/{study_instance_uid}"): "study viewed",
    ("POST", "/studies/{study_instance_uid}/opinions"): "opinion given",
    ("POST", "/studies/{study_instance_uid}/missed"): "opinion given",
    ("POST", "/studies/{study_instance_uid}/missed/{mark}/withdrawn"): "opinion given",
    ("POST", "/studies/{study_instance_uid}/first-look"): "first look noted",
    ("GET", "/studies/{study_instance_uid}/timeline"): "study viewed",
    ("GET", "/studies/{study_instance_uid}/apps/{app_id}"): "app word viewed",
    ("POST", "/studies/{study_instance_uid}/apps/{app_id}/ask"): "word asked",
    ("POST", "/api/studies/{study_instance_uid}/apps/{app_id}/ask"): "word asked",
    ("GET", "/studies/{study_instance_uid}/apps/{app_id}/kept/{number}"): "file viewed",
    ("GET", "/validations/{key}"): "validation viewed",
    ("GET", "/validations/{key}/report.pdf"): "validation viewed",
    ("GET", "/validations/{key}/tables/{name}"): "validation viewed",
    ("GET", "/accuracy/{app_id}"): "reference viewed",
    ("GET", "/accuracy/{app_id}/{what}"): "reference viewed",
    ("GET", "/accuracy/{app_id}/{what}/{name}"): "reference viewed",
    ("GET", "/feedback-packs/{key}"): "feedback packs viewed",
    **{("GET", f"/dicom-web{path}"): "studies searched" for path in SEARCHED},
    **{("GET", f"/dicom-web{STUDY}{path}"): "study retrieved" for path in RETRIEVED},
}
# A list that is asked for again and again, by a page that is open, names a study once in so long for each address.
AGAIN_AFTER_S = 3600.0
MOST_REMEMBERED = 20000
# These are asked for by a page that is open: nothing new in them is no view.
REFRESHES = frozenset({"/board/rows", "/discrepancies/rows", f"{UNHEARD}/rows", "/api/worklist", "/api/coverage"})
# Asked for piece by piece: a study is named once in so long for each viewer.
PIECES = frozenset({"study retrieved", "image viewed"})
_log = structlog.get_logger()


class AuditDesk(Protocol):
    """What is asked of the site."""

    async def record(self, entry: AuditEntry) -> None:
        """Log."""
        ...


def shown(request: Request, study_instance_uids: list[str]) -> None:
    """Say which studies a list has shown."""
    request.state.shown = study_instance_uids


def records_shown(request: Request, events: Iterable[str]) -> None:
    """Say which records of a study a view has shown: each is a line of its own (PS3.15 A.5.3.13, A.5.3.15)."""
    request.state.records = tuple(events)


class Seen:
    """Which studies were shown to whom lately, so that a list that refreshes is not logged whole each time."""

    def __init__(self) -> None:
        self._at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def new(self, viewer: str, keys: list[str]) -> tuple[str, ...]:
        """Give those that were not shown to this viewer lately, and remember them."""
        now = time.monotonic()
        long_ago = now - AGAIN_AFTER_S
        fresh = [key for key in dict.fromkeys(keys) if self._at.get((viewer, key), long_ago) <= long_ago]
        for key in fresh:
            self._at[viewer, key] = now
            self._at.move_to_end((viewer, key))
        while len(self._at) > MOST_REMEMBERED:
            self._at.popitem(last=False)
        return tuple(fresh)

    def forget(self, viewer: str, keys: tuple[str, ...]) -> None:
        """Forget what could not be logged, so that it is the next time."""
        for key in keys:
            self._at.pop((viewer, key), None)


class Audited:
    """Logs what is shown; written on the bare interface, as the headers are.

    Parameters
    ----------
    app : callable
    desk : AuditDesk
    asker : ContextVar
        Told for whom a request is worked on.
    """

    def __init__(self, app: Application, desk: AuditDesk, asker: ContextVar[Asker]) -> None:
        self._app, self._desk, self._asker = app, desk, asker
        self._seen = Seen()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        address = str((scope.get("client") or ("unknown",))[0])
        viewer = _viewer(scope, address)
        self._asker.set(Asker(actor=viewer, source=SOURCE, address=address))

        async def send_logged(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:  # noqa: PLR2004 - from 400 on, nothing is shown
                await self._note(scope, viewer)
            await send(message)

        await self._app(scope, receive, send_logged)

    async def _note(self, scope: Message, viewer: str) -> None:
        path = str(getattr(scope.get("route"), "path", ""))
        viewed = VIEWS.get((str(scope.get("method")), path))
        if viewed is None:
            return
        viewer = _known_by(scope, viewer)
        entry = self._entry(scope, viewed, path, viewer)
        if entry is None:
            return
        try:
            for event in (entry.event, *scope.get("state", {}).get("records", ())):
                await self._desk.record(replace(entry, event=event))
        except Exception:  # noqa: BLE001 - a reader must not be without the board since its log cannot be written
            self._seen.forget(viewer, entry.studies)
            _log.exception("a view was not logged", what=viewed)

    def _entry(self, scope: Message, event: str, path: str, viewer: str) -> AuditEntry | None:
        given: Mapping[str, Any] = scope.get("path_params") or {}
        responsible = str(scope.get("state", {}).get("responsible", ""))
        named = {name: str(given[name]) for name in ("app_id", "number") if name in given}
        uid = given.get("study_instance_uid")
        if event in PIECES:
            fresh = self._seen.new(viewer, [storage_key(str(uid))])
            return AuditEntry(event=event, studies=fresh, responsible=responsible) if fresh else None
        if uid is not None and event != "studies searched":
            return AuditEntry(event=event, study_key=storage_key(str(uid)), responsible=responsible, payload=named)
        listed = [storage_key(one) for one in scope.get("state", {}).get("shown", ())]
        fresh = self._seen.new(viewer, listed)
        if path in REFRESHES and not fresh:
            return None
        return AuditEntry(event=event, studies=fresh, responsible=responsible, payload={"shown": len(listed)})


def _viewer(scope: Message, address: str) -> str:
    """Name who looks: the person who has signed in, or the program whose token was shown, else the address."""
    return str(scope.get("state", {}).get("visit", NOBODY).name) or address


def _known_by(scope: Message, viewer: str) -> str:
    """Tell apart those who look from one address: a token, or a name that somebody has typed."""
    return f"{viewer} {scope.get('state', {}).get('responsible', '')}"
