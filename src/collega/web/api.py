"""JSON for programs: the worklist, a study, and what readers did with it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from collega.web.audit import records_shown, shown
from collega.web.guard import same_origin
from collega.web.pages import Front
from collega.web.told import NO_STUDY, ToldError
from collega.web.views import Worklist
from collega.web.visit import signed

FUTURE_TOLERANCE = timedelta(seconds=60)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class Reading(BaseModel):
    """What a reader did with a study, when, and who it was."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["opened", "first_sight", "called", "closed", "signed"]
    at: AwareDatetime
    by: str = Field(min_length=1, max_length=64)

    @field_validator("at")
    @classmethod
    def _has_passed(cls, value: datetime) -> datetime:
        # Before anybody read on screens a clock is unset, and the first days of a calendar have no time in UTC.
        if not EARLIEST < value < datetime.now(UTC) + FUTURE_TOLERANCE:
            message = "a moment that has passed; check the clock of the sender"
            raise ValueError(message)
        return value

    @field_validator("by")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.strip() or not value.isprintable():
            message = "a name in printable characters"
            raise ValueError(message)
        return value.strip()


def router(views: Worklist, front: Front) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(prefix="/api")

    @routes.get("/worklist")
    async def worklist(
        request: Request,
        limit: int = 200,
        offset: Annotated[int, Query(ge=0)] = 0,
        lang: Literal["en", "nl"] | None = None,
    ) -> list[dict[str, Any]]:
        """List the studies in the order of reading, with the state of each app that a reader may see."""
        found = await views.worklist(lang or front.language, limit=min(max(limit, 1), 1000), offset=offset)
        shown(request, [row["study_instance_uid"] for row in found])
        return found

    @routes.get("/studies/{study_instance_uid}")
    async def study(request: Request, study_instance_uid: str) -> dict[str, Any]:
        """Tell all that is known of a study."""
        found = await views.study(study_instance_uid)
        if found is None:
            raise ToldError(404, NO_STUDY)
        records_shown(request, ["order viewed"] if found.get("orders") else [])
        return found

    @routes.post("/studies/{study_instance_uid}/readings", status_code=201, dependencies=[Depends(same_origin)])
    @routes.post("/studies/{study_instance_uid}/events", status_code=201, dependencies=[Depends(same_origin)])
    async def events(request: Request, study_instance_uid: str, reading: Reading) -> dict[str, str]:
        """Record what a reader did."""
        reading = reading.model_copy(update={"by": signed(request, reading.by)})
        request.state.responsible = reading.by
        await _note(views, study_instance_uid, reading)
        return {"recorded": reading.kind}

    @routes.post("/studies/{study_instance_uid}/opened", status_code=201, dependencies=[Depends(same_origin)])
    async def opened(request: Request, study_instance_uid: str) -> dict[str, str]:
        """Record that the link to the viewer was followed from the board."""
        await _note(
            views, study_instance_uid, Reading(kind="opened", at=datetime.now(UTC), by=signed(request, "board"))
        )
        return {"recorded": "opened"}

    return routes


async def _note(views: Worklist, study_instance_uid: str, reading: Reading) -> None:
    if not await views.note_reading(study_instance_uid, reading.kind, reading.at.astimezone(UTC), reading.by):
        raise ToldError(404, NO_STUDY)
