"""One body of STOW-RS out of files as they stand, byte for byte."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

from collega.adapters.rest.line import Body
from collega.adapters.rest.server import MEGABYTE
from collega.formats.dicom_stow import media_type, part_head, tail
from collega.model.delivery import Parcel

MOST_FILES = 10
MOST_BYTES = 32 * MEGABYTE


def groups(parcels: Sequence[Parcel]) -> Iterator[list[Parcel]]:
    """Put together what goes in one body; what is large, or another maker's, goes alone."""
    group: list[Parcel] = []
    size = 0
    for parcel in parcels:
        more = parcel.file.stat().st_size if parcel.file.is_file() else 0
        if group and (parcel.verbatim or len(group) == MOST_FILES or size + more > MOST_BYTES):
            yield group
            group, size = [], 0
        group.append(parcel)
        size += more
        if parcel.verbatim:
            yield group
            group, size = [], 0
    if group:
        yield group


@contextlib.contextmanager
def body(files: Sequence[Path]) -> Iterator[Body]:
    """Open files as one body; `OSError` where one of them is not there."""
    boundary = uuid4().hex
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(file.open("rb")) for file in files]
        sizes = [file.stat().st_size for file in files]
        head, end = part_head(boundary), tail(boundary)

        def chunks() -> Iterator[bytes]:
            for file in opened:
                yield head
                while part := file.read(MEGABYTE):
                    yield part
            yield end

        total = sum(sizes) + len(head) * len(files) + len(end)
        yield Body(kind=media_type(boundary), size=total, chunks=chunks())
