"""An app's own screen: a link that opens it, and what the screen asks with its token."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import FileResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from collega.errors import LaunchError
from collega.model.code import Text
from collega.model.launch import Refusal
from collega.web.form import bounded
from collega.web.guard import own_page, same_origin
from collega.web.told import ToldError
from collega.web.visit import signed

MOST_BYTES = 16 << 20
UNKNOWN = Text(
    en="no app with a screen of its own is shown on such a study",
    nl="geen app met een eigen scherm wordt bij zo'n onderzoek getoond",
)
# Why -> status, and what is told to whoever wrote the screen.
REFUSALS: Mapping[str, tuple[int, str]] = {
    Refusal.FORGED: (403, "this is no token of this site"),
    Refusal.UNKNOWN: (404, "there is nothing of that name in this launch"),
    Refusal.EXPIRED: (410, "it has expired: the reader opens the screen again"),
    Refusal.USED: (409, "this token was used before: the reader opens the screen again"),
    Refusal.STOPPED: (403, "the app was stopped here"),
    Refusal.CHANGED: (409, "the study has changed since: the reader opens the screen again"),
    Refusal.ANSWERED: (409, "there is a result already"),
    Refusal.TOO_LARGE: (413, "the result is larger than the app's manifest allows"),
}


class Shown(BaseModel):
    """A token that a screen shows."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(min_length=1, max_length=4000)


class Launches(Protocol):
    """What these routes ask of the site; `LaunchError` where nothing is given."""

    async def open(self, study_instance_uid: str, app_id: str, by: str, issuer: str) -> str | None:
        """Give the address of an app's screen, with a token; None where a reader sees no such app."""
        ...

    async def exchange(self, token: str) -> dict[str, Any]:
        """Exchange a token, once, for a session and the study."""
        ...

    async def study(self, session: str) -> dict[str, Any]:
        """Describe the study of a session again."""
        ...

    async def image(self, session: str, number: int) -> Path:
        """Give the file of the n-th image, counted from 1."""
        ...

    async def prior(self, session: str, file: str) -> Path:
        """Give an image of a prior by the ``file`` that the study names."""
        ...

    async def answer(self, session: str, content: bytes) -> None:
        """Take the result of a session, once."""
        ...


def router(desk: Launches) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/launch/{study_instance_uid}/{app_id}")
    async def launch(
        request: Request, study_instance_uid: str, app_id: str, by: Annotated[str, Query(max_length=64)] = "board"
    ) -> RedirectResponse:
        """Open an app's own screen for a study, from the board or from a PACS viewer."""
        issuer = str(request.base_url).rstrip("/")
        address = await desk.open(study_instance_uid, app_id, signed(request, by), issuer)
        if address is None:
            raise ToldError(404, UNKNOWN)
        return RedirectResponse(address, status_code=303)

    @routes.post("/api/launches", dependencies=[Depends(same_origin)])
    async def exchange(shown: Shown) -> dict[str, Any]:
        """Exchange a token for a session and the study; a screen's server asks, not its page."""
        with _explained():
            return await desk.exchange(shown.token)

    @routes.get("/api/launches/{session}/study.json")
    async def study(session: str) -> dict[str, Any]:
        """Describe the study again."""
        with _explained():
            return await desk.study(session)

    @routes.get("/api/launches/{session}/dicom/{number}.dcm")
    async def image(session: str, number: int) -> FileResponse:
        """Give an image under the name that the study gives it."""
        with _explained():
            return FileResponse(await desk.image(session, number), media_type="application/dicom")

    @routes.get("/api/launches/{session}/priors/{prior}/{name}.dcm")
    async def image_of_prior(session: str, prior: int, name: str) -> FileResponse:
        """Give an image of a prior under the name that the study gives it."""
        with _explained():
            return FileResponse(await desk.prior(session, f"priors/{prior}/{name}.dcm"), media_type="application/dicom")

    @routes.post("/api/launches/{session}/result", status_code=202)
    async def result(request: Request, session: str) -> dict[str, str]:
        """Take the result, in the schema of ``result.json``."""
        own_page(request)
        with _explained():
            await desk.answer(session, await bounded(request, MOST_BYTES))
        return {"result": "taken"}

    return routes


@contextmanager
def _explained() -> Iterator[None]:
    """Tell why a launch is refused."""
    try:
        yield
    except LaunchError as error:
        status, text = REFUSALS[error.code]
        raise HTTPException(status, text) from None
