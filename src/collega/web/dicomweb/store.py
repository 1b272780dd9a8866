"""STOW-RS: objects come in as by C-STORE, through the receiver (PS3.18 10.5)."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from email.message import Message
from functools import partial
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.requests import ClientDisconnect

from collega.errors import QuarantineError
from collega.formats.dicom_part import NOT_DICOM, ObjectStart
from collega.formats.media_types import DICOM, DICOM_JSON, MULTIPART
from collega.formats.multipart import media_type
from collega.formats.multipart_stream import PartBegins, PartEnds, PartStream
from collega.model.token import TokenRight
from collega.model.transfer import Answer, Transfer
from collega.web.dicomweb.answers import base, check_json, described, dicom_json, guarded, place
from collega.web.dicomweb.stored import NOT_UNDERSTOOD, Stored
from collega.web.gate import Gate
from collega.web.guard import no_page

PATHS = ("/studies", "/studies/{study_instance_uid}")
# A client that says nothing for so long has gone.
IDLE_SECONDS = 60.0
BODY = {
    "requestBody": {
        "required": True,
        "content": {MULTIPART: {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Line(Protocol):
    """The way to the receiver, for the objects of one request."""

    async def begin(self, transfer: Transfer) -> None:
        """Announce an object."""
        ...

    async def write(self, content: bytes | memoryview) -> None:
        """Hand over the next bytes of its data set."""
        ...

    async def end(self) -> Answer:
        """End an object; its answer comes when it is durable, or refused."""
        ...

    async def drop(self) -> None:
        """Let go of an object that has no end."""
        ...

    async def release(self) -> None:
        """Say that there is no more to come."""
        ...


class Taker(Protocol):
    """What these routes ask of the site."""

    def line(self) -> AbstractAsyncContextManager[Line]:
        """Open a way to the receiver; `TransientError` where it is away."""
        ...


def add_routes(routes: APIRouter, desk: Taker, let_in: Gate) -> None:
    """Add the routes."""
    for path in PATHS:
        routes.add_api_route(
            path,
            guarded(partial(_store, desk), let_in, TokenRight.WRITE),
            methods=["POST"],
            name=f"store {path.removeprefix('/')}",
            openapi_extra=described(path) | BODY,
        )


async def _store(desk: Taker, request: Request) -> Response:
    """Store objects; each is durable, and known as one that came by C-STORE, before the answer."""
    no_page(request)
    kind = check_json(request)
    study = place(request).study
    parts = _parts_of(request)
    association = f"stow {uuid.uuid4().hex}"
    stored = Stored(base(request), study)
    async with desk.line() as line:
        taking = _Taking(line, stored, partial(ObjectStart, _source(request), association, study))
        try:
            async for content in _body(request):
                await taking.take(parts.feed(content))
            parts.finish()
        except ValueError as error:
            await taking.broken(str(error))
        await line.release()
    return _answer(stored, kind)


def _answer(stored: Stored, kind: str) -> Response:
    if stored.problem and not stored.is_any:
        raise HTTPException(400, f"the body is no multipart message: {stored.problem}")
    if not stored.is_any and not stored.is_failed:
        raise HTTPException(400, "the body has no parts")
    answer = dicom_json(stored.content(), kind if kind == DICOM_JSON else DICOM_JSON)
    answer.status_code = stored.status
    return answer


def _source(request: Request) -> str:
    """Name the sender as an AE title does."""
    name = str(request.state.caller)
    return name.removeprefix("token ")[:16] if name.startswith("token ") else "STOW-RS"


def _parts_of(request: Request) -> PartStream:
    kind, parameters = media_type(request.headers.get("content-type", ""))
    inner = parameters.get("type", DICOM).strip().lower()
    if kind != MULTIPART or inner != DICOM:
        raise HTTPException(415, f'objects are taken as {MULTIPART}; type="{DICOM}"')
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise HTTPException(415, "the body is taken as it is, not packed")
    try:
        return PartStream(parameters.get("boundary", ""))
    except ValueError as error:
        raise HTTPException(400, f"the body is no multipart message: {error}") from None


async def _body(request: Request) -> AsyncIterator[bytes]:
    """Read the body as it comes.

    Raises
    ------
    HTTPException
        408 where nothing comes any more.
    """
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                content = await anext(stream, None)
        except TimeoutError:
            raise HTTPException(408, "nothing more came of the body") from None
        except ClientDisconnect:
            raise HTTPException(400, "the body was broken off") from None
        if content is None:
            return
        yield content


class _Taking:
    """Hands the objects of a body over, one after another."""

    def __init__(self, line: Line, stored: Stored, begin: Any) -> None:  # noqa: ANN401 - makes an ObjectStart
        self._line = line
        self._stored = stored
        self._begin = begin
        self._start: ObjectStart | None = None
        self._failure: QuarantineError | None = None
        self._is_begun = False

    async def take(self, pieces: Any) -> None:  # noqa: ANN401 - what PartStream gives
        """Take what has come."""
        for piece in pieces:
            if isinstance(piece, PartBegins):
                self._start, self._failure, self._is_begun = self._begin(), _wrong_kind(piece.headers), False
            elif isinstance(piece, PartEnds):
                await self._end()
            elif self._failure is None and self._start is not None:
                await self._content(self._start, piece)

    async def broken(self, why: str) -> None:
        """Take the end of a body that ends within a part."""
        self._stored.problem = why
        if self._is_begun:
            await self._line.drop()
            self._stored.failed(NOT_UNDERSTOOD, f"broken off: {why}", self._start.transfer if self._start else None)
        self._start = None

    async def _content(self, start: ObjectStart, piece: bytes) -> None:
        try:
            content = start.feed(piece)
        except QuarantineError as error:
            self._failure = error
            return
        if start.transfer is not None and not self._is_begun:
            await self._line.begin(start.transfer)
            self._is_begun = True
        if content:
            await self._line.write(content)

    async def _end(self) -> None:
        transfer = self._start.transfer if self._start else None
        if self._failure is not None or transfer is None or not self._is_begun:
            self._stored.failed(NOT_UNDERSTOOD, str(self._failure or NOT_DICOM), transfer)
        else:
            given = await self._line.end()
            self._stored.answered(given, transfer)
        self._start, self._is_begun = None, False


def _wrong_kind(headers: bytes) -> QuarantineError | None:
    """Refuse a part that says it is something else."""
    message = Message()
    for line in headers.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-type":
            message["Content-Type"] = value.strip()
    if "Content-Type" in message and message.get_content_type() != DICOM:
        return QuarantineError("not-dicom", f"a part is no {DICOM}")
    return None
