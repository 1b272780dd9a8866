"""The quick view: frames of a study for the browser, and what apps point at."""

import json
from typing import Any, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from collega.errors import InputError
from collega.formats.quick_image import FrameHeader
from collega.model.code import Text
from collega.web.pages import Pages
from collega.web.told import NO_STUDY, ToldError, because

NO_IMAGE = Text(en="no such image", nl="dat beeld is er niet")


class Quick(Protocol):
    """What the quick view asks of the site; see `collega.bootstrap.reading.quick_view.QuickDesk`."""

    async def images(self, study_instance_uid: str) -> list[dict[str, Any]] | None:
        """List the series with images; None without the study."""
        ...

    async def frame(self, study_instance_uid: str, key: str, number: int) -> tuple[FrameHeader, bytes] | None:
        """Give one frame, counted from 1; None where there is no such image."""
        ...

    async def overlays(self, study_instance_uid: str, language: str) -> list[dict[str, Any]] | None:
        """List what apps point at; None without the study."""
        ...

    async def picture(self, study_instance_uid: str, source: str, number: int) -> bytes | None:
        """Give one frame of a heatmap as PNG; None where a reader is shown none of that name."""
        ...


def images_router(desk: Quick, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(prefix="/studies/{study_instance_uid}")

    @routes.get("/images")
    async def images(study_instance_uid: str) -> JSONResponse:
        """List the series, each with its images in the order of their planes."""
        found = await desk.images(study_instance_uid)
        if found is None:
            raise ToldError(404, NO_STUDY)
        return JSONResponse(found)

    @routes.get("/images/{key}/{number}", response_class=Response)
    async def frame(study_instance_uid: str, key: str, number: int) -> Response:
        """Give the stored values of one frame; the header ``X-Frame`` tells what they are."""
        try:
            found = await desk.frame(study_instance_uid, key, number)
        except InputError as error:
            raise because(409, error) from None
        if found is None:
            raise ToldError(404, NO_IMAGE)
        header, content = found
        told = {"X-Frame": json.dumps(header.as_json())}
        return Response(content, media_type="application/octet-stream", headers=told)

    @routes.get("/overlays")
    async def overlays(request: Request, study_instance_uid: str) -> JSONResponse:
        """List what apps point at; what cannot be drawn is named with the reason."""
        found = await desk.overlays(study_instance_uid, pages.choice(request).language)
        if found is None:
            raise ToldError(404, NO_STUDY)
        return JSONResponse(found)

    _add_pictures(routes, desk)
    return routes


def _add_pictures(routes: APIRouter, desk: Quick) -> None:
    @routes.get("/overlays/{source}/{number}", response_class=Response)
    async def picture(study_instance_uid: str, source: str, number: int) -> Response:
        """Give one frame of a heatmap, through which the image shows."""
        try:
            found = await desk.picture(study_instance_uid, source, number)
        except InputError as error:
            raise because(409, error) from None
        if found is None:
            raise ToldError(404, NO_IMAGE)
        return Response(found, media_type="image/png")
