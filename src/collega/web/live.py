"""The stream of changes: one database connection in, one stream for each browser out."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

import structlog
from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse

from collega.web.views import Changes

HEARTBEAT_S = 10.0
RECONNECT_MS = 2000
AGAIN_S = 1.0
QUEUE = 100
MOST_RESUMED = 500
Message: TypeAlias = str | None

_log = structlog.get_logger()


def message(event: str, data: object, number: int | None = None) -> str:
    """One server-sent event; with ``number``, a browser that comes back says where it was."""
    head = f"id: {number}\n" if number else ""
    return f"{head}event: {event}\ndata: {json.dumps(data)}\n\n"


class Hub:
    """Hears every change once and passes it on to all streams; none of them holds up another.

    Attributes
    ----------
    version : int
        Grows with everything that may change what the board shows.
    is_connected : bool
        Whether the database is being listened to.
    """

    def __init__(self, changes: Changes, *, heartbeat_s: float = HEARTBEAT_S, again_s: float = AGAIN_S) -> None:
        self.version = 0
        self.is_connected = False
        self._changes = changes
        self._heartbeat_s = heartbeat_s
        self._again_s = again_s
        self._streams: set[asyncio.Queue[Message]] = set()
        self._lost_at = datetime.now(UTC)
        self._closed = False

    @property
    def streams(self) -> int:
        """How many browsers listen."""
        return len(self._streams)

    async def run(self) -> None:
        """Listen to the database until cancelled; a lost connection is told, and had again."""
        while True:
            try:
                async with self._changes.listening() as heard:
                    self._found()
                    async for change in heard:
                        self._pass_on(change)
            except Exception as error:  # noqa: BLE001 - whatever it is, readers must know that the page is stale
                _log.warning("the stream of changes has lost the database", error=type(error).__name__)
            self._lose()
            await asyncio.sleep(self._again_s)

    def _found(self) -> None:
        self.is_connected = True
        self._tell(message("refresh", {}))

    def _lose(self) -> None:
        if self.is_connected:
            self._lost_at = datetime.now(UTC)
        self.is_connected = False
        self._tell(message("down", {"since": self._lost_at.isoformat()}))

    def _pass_on(self, change: tuple[int, str] | None) -> None:
        if change is None:
            return
        number, study_key = change
        # What concerns no single study, such as an app that is out, may concern every row.
        self._tell(message("change", {"study": study_key}, number) if study_key else message("refresh", {}, number))

    def _tell(self, text: str) -> None:
        self.version += 1
        for queue in self._streams:
            if queue.full():  # too slow for single changes: one look at the whole will do
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(message("refresh", {}))
            queue.put_nowait(text)

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closed = True
        for queue in self._streams:
            while queue.full():
                queue.get_nowait()
            queue.put_nowait(None)

    async def stream(self, last_event: int | None) -> AsyncIterator[str]:
        """Messages for one browser, with what it has missed since ``last_event``."""
        queue: asyncio.Queue[Message] = asyncio.Queue(maxsize=QUEUE)
        self._streams.add(queue)  # before looking back: nothing falls between
        try:
            yield f"retry: {RECONNECT_MS}\n\n"
            for missed in await self._missed(last_event):
                yield missed
            while not self._closed:
                text = await self._next(queue)
                if text is None:
                    return
                yield text
        finally:
            self._streams.discard(queue)

    async def _next(self, queue: asyncio.Queue[Message]) -> Message:
        """Wait for the next message; when nothing happens, say that the line is alive, or that it is not."""
        try:
            async with asyncio.timeout(self._heartbeat_s):
                return await queue.get()
        except TimeoutError:
            return message("heartbeat", {}) if self.is_connected else self._down()

    async def _missed(self, last_event: int | None) -> list[str]:
        if not self.is_connected:
            return [self._down()]
        if last_event is None:
            return [message("refresh", {})]
        changed = await self._changes.changed_since(last_event, MOST_RESUMED)
        if len(changed) == MOST_RESUMED:
            return [message("refresh", {})]
        return [message("change", {"study": study_key}, number) for number, study_key in changed]

    def _down(self) -> str:
        return message("down", {"since": self._lost_at.isoformat()})


def router(hub: Hub) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/api/live")
    async def live(last_event_id: Annotated[str, Header()] = "") -> StreamingResponse:
        """Stream what changes, as server-sent events."""
        last = int(last_event_id) if last_event_id.isascii() and last_event_id.isdecimal() else None
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(hub.stream(last), media_type="text/event-stream", headers=headers)

    return routes
