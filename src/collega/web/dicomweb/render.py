"""Rendered frames (PS3.18 10.4.1.1.3): pictures to look at, not for a diagnosis."""

from dataclasses import asdict
from functools import partial

from fastapi import APIRouter, HTTPException, Request, Response

from collega.formats.media_types import chosen
from collega.formats.rendering import JPEG, PNG, read_rendering
from collega.model.token import TokenRight
from collega.web.dicomweb.answers import described, guarded, ranges
from collega.web.dicomweb.given import Keeper, decoded, given
from collega.web.dicomweb.retrieve import INSTANCE, frame_numbers
from collega.web.gate import Gate

PATHS = (f"{INSTANCE}/rendered", f"{INSTANCE}/frames/{{frames}}/rendered")
ASKED = ("accept", "window", "viewport", "quality")


def add_routes(routes: APIRouter, desk: Keeper, let_in: Gate) -> None:
    """Add the routes."""
    for path in PATHS:
        routes.add_api_route(
            path,
            guarded(partial(_rendered, desk), let_in, TokenRight.READ),
            methods=["GET"],
            name=f"render {path.removeprefix('/')}",
            openapi_extra=described(path, ASKED),
        )


async def _rendered(desk: Keeper, request: Request) -> Response:
    """Draw one frame; the first where none is named."""
    numbers = frame_numbers(str(request.path_params.get("frames", "1")))
    if len(numbers) > 1:
        raise HTTPException(400, "one frame is drawn at a time")
    kind = chosen(ranges(request), (JPEG, PNG))
    if kind is None:
        raise HTTPException(406, f"a picture is given as {JPEG} or {PNG}")
    rendering = read_rendering(request.query_params)
    (one,) = await given(request, desk)
    (content,) = await decoded(
        desk, "rendered", [one.file.path], frame=numbers[0], kind=kind, rendering=asdict(rendering)
    )
    return Response(content, media_type=kind)
