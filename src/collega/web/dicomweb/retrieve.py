"""WADO-RS: studies, series and instances, their metadata, frames and bulk data (PS3.18 10.4)."""

from functools import partial

from fastapi import APIRouter, HTTPException, Request, Response

from collega.formats.media_types import DICOM, OCTETS, Form, chosen, frame_form, object_form
from collega.model.token import TokenRight
from collega.web.dicomweb.answers import Answer, check_json, described, guarded, ranges
from collega.web.dicomweb.given import Given, Keeper, decoded, given, in_turn
from collega.web.dicomweb.multipart import FilePart, of_bytes, of_files, of_made, one_file, part_type
from collega.web.gate import Gate

STUDY = "/studies/{study_instance_uid}"
SERIES = STUDY + "/series/{series_instance_uid}"
INSTANCE = SERIES + "/instances/{sop_instance_uid}"
OBJECTS_AT_ONCE = 20
MOST_FRAMES_ASKED = 500
NOT_SO = (
    'this cannot be given in a form that is accepted; multipart/related; type="application/dicom"; transfer-syntax=* '
    "gives every object as it is stored"
)


def add_routes(routes: APIRouter, desk: Keeper, let_in: Gate) -> None:
    """Add the routes."""
    table: dict[str, Answer] = {}
    for path in (STUDY, SERIES, INSTANCE):
        table[path] = partial(_objects, desk, path == INSTANCE)
        table[f"{path}/metadata"] = partial(_metadata, desk)
    table[f"{INSTANCE}/frames/{{frames}}"] = partial(_frames, desk)
    table[f"{INSTANCE}/bulkdata/{{tag}}"] = partial(_bulk, desk)
    for path, answer in table.items():
        routes.add_api_route(
            path,
            guarded(answer, let_in, TokenRight.READ),
            methods=["GET"],
            name=f"retrieve {path.removeprefix('/')}",
            openapi_extra=described(path, ("accept",)),
        )


async def _objects(desk: Keeper, is_alone: bool, request: Request) -> Response:  # noqa: FBT001 - bound by position
    """Give objects as they are stored, else in Explicit VR Little Endian, as the asker accepts."""
    found = await given(request, desk)
    wanted = ranges(request)
    forms = [object_form(wanted, one.file.syntax, alone=is_alone) for one in found]
    chosen_forms = [form for form in forms if form is not None]
    if len(chosen_forms) < len(found):
        raise HTTPException(406, NOT_SO)
    if not chosen_forms[0].is_multipart:
        return await _single(desk, found[0], chosen_forms[0])
    heads = [part_type(DICOM, form.syntax, one.address) for form, one in zip(chosen_forms, found, strict=True)]
    if all(form.as_stored for form in chosen_forms):
        parts = [
            FilePart(path=one.file.path, size=one.file.size, head=head) for one, head in zip(found, heads, strict=True)
        ]
        return of_files(parts, DICOM)
    # The first is made before the answer begins, so that what cannot be decoded at all is told with a status.
    first = await _content(desk, found[0], chosen_forms[0])
    makers = [partial(_content, desk, one, form) for one, form in zip(found[1:], chosen_forms[1:], strict=True)]
    return of_made([(heads[0], partial(_ready, first)), *zip(heads[1:], makers, strict=True)], DICOM)


async def _ready(content: bytes) -> bytes:
    return content


async def _content(desk: Keeper, one: Given, form: Form) -> bytes:
    task = "file" if form.as_stored else "explicit"
    return (await decoded(desk, task, [one.file.path]))[0]


async def _single(desk: Keeper, one: Given, form: Form) -> Response:
    kind = f"{DICOM}; transfer-syntax={form.syntax}"
    if form.as_stored:
        return one_file(FilePart(path=one.file.path, size=one.file.size, head=b""), kind)
    return Response(await _content(desk, one, form), headers={"content-type": kind})


async def _metadata(desk: Keeper, request: Request) -> Response:
    """Give everything but the bulk data, for which addresses stand."""
    kind = check_json(request)
    found = await given(request, desk)
    parts = await in_turn(desk, found, "metadata", OBJECTS_AT_ONCE, addresses=[one.address for one in found])
    return Response(b"[" + b",".join(parts) + b"]", media_type=kind)


async def _frames(desk: Keeper, request: Request) -> Response:
    """Give frames of an instance: compressed as they are stored, else decoded."""
    numbers = frame_numbers(str(request.path_params["frames"]))
    (one,) = await given(request, desk)
    form = frame_form(ranges(request), one.file.syntax, alone=len(numbers) == 1)
    if form is None:
        raise HTTPException(406, NOT_SO)
    contents = await decoded(desk, "frames", [one.file.path], numbers=numbers, as_stored=form.as_stored)
    if not form.is_multipart:
        return Response(contents[0], headers={"content-type": f"{form.kind}; transfer-syntax={form.syntax}"})
    heads = [part_type(form.kind, form.syntax, f"{one.address}/frames/{number}") for number in numbers]
    return of_bytes(list(zip(heads, contents, strict=True)), form.kind)


def frame_numbers(text: str) -> list[int]:
    """Read a list of frames.

    Raises
    ------
    HTTPException
        It is none.
    """
    words = text.split(",")
    if not all(word.isascii() and word.isdecimal() and len(word) <= 9 and int(word) for word in words):  # noqa: PLR2004 - digits
        raise HTTPException(400, "frames: numbers from 1 on, with commas between them")
    if len(words) > MOST_FRAMES_ASKED:
        raise HTTPException(400, f"frames: at most {MOST_FRAMES_ASKED} at once")
    return [int(word) for word in words]


async def _bulk(desk: Keeper, request: Request) -> Response:
    """Give one value that the metadata names by its address."""
    (one,) = await given(request, desk)
    alone = chosen(ranges(request), (OCTETS,))
    multipart = any(item.is_multipart and item.fits(OCTETS) for item in ranges(request))
    if alone is None and not multipart:
        raise HTTPException(406, f"bulk data is given as {OCTETS} only")
    (content,) = await decoded(desk, "bulk", [one.file.path], place=str(request.path_params["tag"]))
    if multipart:
        return of_bytes([(f"Content-Type: {OCTETS}\r\nContent-Location: {request.url}\r\n".encode(), content)], OCTETS)
    return Response(content, media_type=OCTETS)
