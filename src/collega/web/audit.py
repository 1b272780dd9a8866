"""Views of patient data by a page or a program, each of which is logged before its answer leaves."""

import time
from collections import OrderedDict
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Protocol

import structlog
from fastapi import Request

from collega.model.audit import Asker, AuditEntry
from collega.model.ids import storage_key
from collega.web.guard import Application, Message, Receive, Send
from collega.web.visit import NOBODY

SOURCE = "web"
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
    ("GET", "/studies/{study_instance_uid}/timeline"): "study viewed",
    ("GET", "/studies/{study_instance_uid}/apps/{app_id}"): "app word viewed",
    ("POST", "/studies/{study_instance_uid}/apps/{app_id}/ask"): "word asked",
    ("POST", "/api/studies/{study_instance_uid}/apps/{app_id}/ask"): "word asked",
    ("GET", "/studies/{study_instance_uid}/apps/{app_id}/kept/{number}"): "file viewed",
}
# A list that is asked for again and again, by a page that is open, names a study once in so long for each address.
AGAIN_AFTER_S = 3600.0
MOST_REMEMBERED = 20000
# These are asked for by a page that is open: nothing new in them is no view.
REFRESHES = frozenset({"/board/rows", "/api/worklist", "/api/coverage"})
_log = structlog.get_logger()


class AuditDesk(Protocol):
    """What is asked of the site."""

    async def record(self, entry: AuditEntry) -> None:
        """Log."""
        ...


def shown(request: Request, study_instance_uids: list[str]) -> None:
    """Say which studies a list has shown."""
    request.state.shown = study_instance_uids


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
        event = VIEWS.get((str(scope.get("method")), path))
        if event is None:
            return
        entry = self._entry(scope, event, path, viewer)
        if entry is None:
            return
        try:
            await self._desk.record(entry)
        except Exception:  # noqa: BLE001 - a reader must not be without the board since its log cannot be written
            self._seen.forget(viewer, entry.studies)
            _log.exception("a view was not logged", what=event)

    def _entry(self, scope: Message, event: str, path: str, viewer: str) -> AuditEntry | None:
        given: Mapping[str, Any] = scope.get("path_params") or {}
        responsible = str(scope.get("state", {}).get("responsible", ""))
        named = {name: str(given[name]) for name in ("app_id", "number") if name in given}
        uid = given.get("study_instance_uid")
        if uid is not None:
            return AuditEntry(event=event, study_key=storage_key(str(uid)), responsible=responsible, payload=named)
        listed = [storage_key(one) for one in scope.get("state", {}).get("shown", ())]
        fresh = self._seen.new(viewer, listed)
        if path in REFRESHES and not fresh:
            return None
        return AuditEntry(event=event, studies=fresh, payload={"shown": len(listed)})


def _viewer(scope: Message, address: str) -> str:
    """Name who looks: the person who has signed in, else the address."""
    person = scope.get("state", {}).get("visit", NOBODY).person
    return person.name if person else address
