"""What people send from the inbox: who takes a discrepancy, what it is closed with, that it is opened again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from collega.errors import FencedError, InputError
from collega.model.discrepancy import Conclusion, Correction
from collega.read.feedback import Reader
from collega.read.inbox import Closing, Place
from collega.web.form import own_form
from collega.web.inbox.page import UNKNOWN, InboxPages, Where
from collega.web.inbox.page import Desk as Shown
from collega.web.pages import Pages
from collega.web.reader import reader_of, remember
from collega.web.told import ToldError

ADDRESS = "/studies/{study_instance_uid}/discrepancies/{key}"
Word = TypeVar("Word", bound=StrEnum)


class Desk(Shown, Protocol):
    """What this asks of the site besides; each raises `InputError` or `FencedError` as `collega.read.inbox` has it."""

    async def take(self, place: Place, reader: Reader, owner: str, deadline: date | None) -> None:
        """Give it to somebody."""
        ...

    async def close(self, place: Place, reader: Reader, said: Closing) -> None:
        """Close it with a verdict."""
        ...

    async def reopen(self, place: Place, reader: Reader) -> None:
        """Open it again."""
        ...


Act = Callable[[Desk, Place, Reader, Mapping[str, str]], Awaitable[None]]


def changing_router(desk: Desk, pages: Pages) -> APIRouter:
    """Make the routes: one for each change."""
    routes = APIRouter()
    for name, act in ACTS.items():
        routes.add_api_route(f"{ADDRESS}/{name}", _route(desk, pages, act), methods=["POST"], name=name)
    return routes


def _route(desk: Desk, pages: Pages, act: Act) -> Callable[..., Awaitable[Response]]:
    async def change(request: Request, study_instance_uid: str, key: str) -> Response:
        return await changed(request, Inbox(desk=desk, pages=pages), act, study_instance_uid, key)

    return change


@dataclass(frozen=True, kw_only=True, slots=True)
class Inbox:
    """An inbox that is changed: what is asked of the site, and where it stands."""

    desk: Desk
    pages: Pages
    where: Where = field(default_factory=Where)


async def changed(request: Request, inbox: Inbox, act: Act, study_instance_uid: str, key: str) -> Response:
    """Do what somebody has sent, and lead back to the discrepancy; as it is now where another was first."""
    sent = await own_form(request)
    reader = reader_of(request, sent.get("reader", ""))
    if await inbox.desk.one(study_instance_uid, key, inbox.pages.front.language) is None:
        raise ToldError(404, UNKNOWN)
    try:
        await act(inbox.desk, Place(key=key, revision=_revision(sent)), reader, sent)
    except InputError as error:
        raise HTTPException(422, str(error)) from None
    except FencedError:
        made = InboxPages(inbox.desk, inbox.pages, inbox.where)
        conflict: Response = await made.one(request, study_instance_uid, key, sent=sent)
        conflict.status_code = 409
        return conflict
    answer = RedirectResponse(inbox.where.address_of(study_instance_uid, key), status_code=303)
    remember(request, answer, reader)
    return answer


async def _take(desk: Desk, place: Place, reader: Reader, sent: Mapping[str, str]) -> None:
    """Give it to somebody, with a deadline; to whoever sends it where nobody else is named."""
    await desk.take(place, reader, sent.get("owner", "") or reader.name, _date(sent.get("deadline", "")))


async def _close(desk: Desk, place: Place, reader: Reader, sent: Mapping[str, str]) -> None:
    """Close it with a verdict."""
    verdict = _one_of(Conclusion, sent, "verdict")
    # The field stands beside every verdict: only a wrong label is corrected by it.
    is_wrong = verdict is Conclusion.LABEL_WRONG
    said = Closing(
        verdict=verdict,
        patient_recalled=sent.get("recalled", "") == "yes",
        remark=sent.get("remark", ""),
        correction=_one_of(Correction, sent, "correction") if is_wrong else Correction.NONE,
    )
    await desk.close(place, reader, said)


async def _reopen(desk: Desk, place: Place, reader: Reader, _: Mapping[str, str]) -> None:
    """Open it again."""
    await desk.reopen(place, reader)


# The last part of the address -> what it does.
ACTS: Mapping[str, Act] = {"take": _take, "close": _close, "reopen": _reopen}


def _revision(sent: Mapping[str, str]) -> int:
    text = sent.get("revision", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 9):  # noqa: PLR2004 - more changes than anybody makes
        raise HTTPException(422, "revision: the number of the version that the page had shown")
    return int(text)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise HTTPException(422, "deadline: a day as YYYY-MM-DD") from None


def _one_of(kind: type[Word], sent: Mapping[str, str], name: str) -> Word:
    try:
        return kind(sent.get(name, ""))
    except ValueError:
        allowed = ", ".join(one.value for one in kind if one.value)
        raise HTTPException(422, f"{name}: one of {allowed}") from None
