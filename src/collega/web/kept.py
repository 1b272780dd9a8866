"""Pictures and documents of an app's maker, shown as they are."""

from typing import Protocol

from fastapi import APIRouter, Response

from collega.formats.kept_view import Shown
from collega.model.code import Text
from collega.model.finding import Attachment
from collega.web.told import ToldError

UNKNOWN = Text(
    en="there is no such file, or it was removed by the site's rule",
    nl="dat bestand is er niet, of is volgens de regel van de instelling verwijderd",
)
SUFFIXES = {"application/pdf": ".pdf", "image/png": ".png", "application/dicom": ".dcm"}


class Kept(Protocol):
    """What these routes ask of the site."""

    async def kept(self, study_instance_uid: str, app_id: str, number: int) -> tuple[Attachment, Shown] | None:
        """Give a file of an app's present answer; None where a reader sees none."""
        ...


def router(desk: Kept) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    @routes.get("/studies/{study_instance_uid}/apps/{app_id}/kept/{number}")
    async def file(study_instance_uid: str, app_id: str, number: int) -> Response:
        """Give a picture or a document to look at, everything else to keep."""
        found = await desk.kept(study_instance_uid, app_id, number)
        if found is None:
            raise ToldError(404, UNKNOWN)
        given = found[1]
        how = "inline" if given.is_shown else "attachment"
        name = f"{app_id}-{number + 1}{SUFFIXES.get(given.media_type, '')}"
        return Response(
            given.content, media_type=given.media_type, headers={"content-disposition": f'{how}; filename="{name}"'}
        )

    return routes
