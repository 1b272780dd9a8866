"""The objects of an address that may be given now, with their files."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from fastapi import HTTPException, Request

from collega.errors import DecodingError
from collega.model.dicomweb import DicomPlace, StoredObject
from collega.web.dicomweb.answers import UNKNOWN, base, place

# Why an object cannot be given -> status.
STATUS = {"senseless": 400, "none": 404, "gone": 410, "undecodable": 406}
REMOVED = "the files were removed by the site's rule; the PACS has them"


class Keeper(Protocol):
    """What the routes of retrieval ask of the site."""

    async def objects(self, place: DicomPlace, *, shadow: bool) -> list[StoredObject]:
        """List the objects of a place that may be given."""
        ...

    async def encoded(self, objects: Sequence[StoredObject]) -> Sequence["Encoded"]:
        """Find the files: how large, and in which transfer syntax."""
        ...

    async def decode(self, task: str, paths: Sequence[Path], **more: Any) -> list[bytes]:  # noqa: ANN401 - what JSON has
        """Have a part of an object read or decoded; `DecodingError` where that cannot be."""
        ...


class Encoded(Protocol):
    """A file of an object."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    @property
    def size(self) -> int:
        """Bytes; -1 where there is none any more."""
        ...

    @property
    def syntax(self) -> str:
        """Transfer syntax."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """An object with its file, and its address."""

    object: StoredObject
    file: Encoded
    address: str


async def given(request: Request, desk: Keeper) -> list[Given]:
    """Find what the address of a request names.

    Raises
    ------
    HTTPException
        404 where there is nothing that may be given, 410 where files of it were removed.
    """
    wanted = place(request)
    found = await desk.objects(wanted, shadow=request.state.shadow)
    if not found:
        raise HTTPException(404, UNKNOWN)
    if any(one.is_removed for one in found):
        raise HTTPException(410, REMOVED)
    files = await desk.encoded(found)
    if any(file.size < 0 for file in files):
        raise HTTPException(410, "a file of it is not here any more")
    service = base(request)
    return [
        Given(
            object=one, file=file, address=f"{service}/studies/{one.study}/series/{one.series}/instances/{one.instance}"
        )
        for one, file in zip(found, files, strict=True)
    ]


async def decoded(desk: Keeper, task: str, paths: Sequence[Path], **more: Any) -> list[bytes]:  # noqa: ANN401 - what JSON has
    """Have something decoded, and tell in the words of HTTP where that cannot be."""
    try:
        return await desk.decode(task, paths, **more)
    except DecodingError as error:
        raise HTTPException(STATUS.get(error.code, 406), str(error)) from None


async def in_turn(desk: Keeper, found: Sequence[Given], task: str, each: int, **more: Sequence[Any]) -> list[bytes]:
    """Have the same done with many objects, several at a time: long work leaves room for others between."""
    lots = [found[start : start + each] for start in range(0, len(found), each)]
    done = await asyncio.gather(
        *(
            decoded(
                desk,
                task,
                [one.file.path for one in lot],
                **{name: values[number * each : (number + 1) * each] for name, values in more.items()},
            )
            for number, lot in enumerate(lots)
        )
    )
    return [part for parts in done for part in parts]
