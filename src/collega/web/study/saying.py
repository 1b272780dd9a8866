"""What readers send from the page of a study: opinions, marks of what was missed, the first look."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse

from collega.errors import FencedError, InputError
from collega.model.code import Text
from collega.model.feedback import Opinion, Seen
from collega.model.finding import Evaluation, Region, RegionKind
from collega.read.feedback import Reader
from collega.web.form import own_form
from collega.web.reader import reader_of, remember
from collega.web.study.page import Desk
from collega.web.told import NO_STUDY, ToldError

ADDRESS = "/studies/{study_instance_uid}"
CHANGED = Text(
    en="your opinion has been changed on another page meanwhile: reload this one",
    nl="uw oordeel is intussen op een andere pagina gewijzigd: laad deze opnieuw",
)


def saying_router(desk: Desk) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()
    _take_opinions(routes, desk)
    _take_marks(routes, desk)
    return routes


def _take_opinions(routes: APIRouter, desk: Desk) -> None:
    @routes.post(ADDRESS + "/opinions")
    async def opinion(request: Request, study_instance_uid: str) -> RedirectResponse:
        """Keep an opinion on one finding of an app."""
        sent = await own_form(request)
        reader = reader_of(request, sent.get("reader", ""))
        given = {"opinion": _one_of(Opinion, sent, "opinion"), "ai_seen": _one_of(Seen, sent, "ai_seen", Seen.UNKNOWN)}
        doubts = given["opinion"] in {Opinion.DISAGREE, Opinion.UNSURE}
        cause = sent.get("cause", "") if doubts else ""
        app, finding = sent.get("app", ""), sent.get("finding", "")
        try:
            kept = await desk.opinion(
                study_instance_uid, app, finding, reader, cause=cause, remark=sent.get("remark", ""), **given
            )
        except InputError as error:
            raise HTTPException(422, str(error)) from None
        except FencedError:
            raise ToldError(409, CHANGED) from None
        return _back(request, study_instance_uid, reader, kept=kept, place=f"finding-{app}-{finding}")

    @routes.post(ADDRESS + "/first-look")
    async def first_look(request: Request, study_instance_uid: str) -> RedirectResponse:
        """Keep an emergency physician's first look."""
        sent = await own_form(request)
        reader = reader_of(request, sent.get("reader", ""))
        kept = await desk.first_look(
            study_instance_uid,
            reader,
            found=_one_of(Evaluation, sent, "found"),
            ai_seen=_one_of(Seen, sent, "ai_seen", Seen.UNKNOWN),
            is_called=sent.get("called", "") == "yes",
        )
        return _back(request, study_instance_uid, reader, kept=kept, place="first-look")


def _take_marks(routes: APIRouter, desk: Desk) -> None:
    @routes.post(ADDRESS + "/missed")
    async def missed(request: Request, study_instance_uid: str) -> RedirectResponse:
        """Keep a finding that no app named, with its place where the image was clicked."""
        sent = await own_form(request)
        reader = reader_of(request, sent.get("reader", ""))
        try:
            kept = await desk.missed(
                study_instance_uid,
                reader,
                what=sent.get("what", ""),
                place=_place(sent),
                ai_seen=_one_of(Seen, sent, "ai_seen", Seen.UNKNOWN),
                remark=sent.get("remark", ""),
            )
        except InputError as error:
            raise HTTPException(422, str(error)) from None
        return _back(request, study_instance_uid, reader, kept=kept is not None, place="missed")

    @routes.post(ADDRESS + "/missed/{mark}/withdrawn")
    async def take_back(request: Request, study_instance_uid: str, mark: str) -> RedirectResponse:
        """Take a mark back."""
        sent = await own_form(request)
        reader = reader_of(request, sent.get("reader", ""))
        kept = await desk.take_back(study_instance_uid, mark, reader)
        return _back(request, study_instance_uid, reader, kept=kept, place="missed")


def _back(request: Request, study_instance_uid: str, reader: Reader, *, kept: bool, place: str) -> RedirectResponse:
    if not kept:
        raise ToldError(404, NO_STUDY)
    answer = RedirectResponse(f"/studies/{quote(study_instance_uid, safe='')}#{quote(place)}", status_code=303)
    remember(request, answer, reader)
    return answer


def _one_of(kind: Any, sent: Mapping[str, str], name: str, otherwise: Any = None) -> Any:  # noqa: ANN401 - any enumeration
    word = sent.get(name, "")
    if not word and otherwise is not None:
        return otherwise
    try:
        return kind(word)
    except ValueError:
        allowed = ", ".join(one.value for one in kind)
        raise HTTPException(422, f"{name}: one of {allowed}") from None


def _place(sent: Mapping[str, str]) -> Region | None:
    if not sent.get("image"):
        return None
    try:
        point = (float(sent["column"]), float(sent["row"]))
        return Region(kind=RegionKind.POINT, image=sent["image"], frame=int(sent.get("frame", "1")), points=(point,))
    except (KeyError, ValueError):
        raise HTTPException(422, "column, row, frame: the place on the image, as numbers") from None
