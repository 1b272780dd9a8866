"""What a service is sent: the files of an attempt as a form, straight from disk (RFC 7578)."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from collega.formats.multipart import closing, part_head

PIECE = 1 << 20
STUDY = "study.json"
TYPES = {".json": "application/json", ".dcm": "application/dicom"}
OTHER = "application/octet-stream"


class Upload:
    """``study.json`` as the part ``study``, then each other file as a part ``file`` under its name.

    Parameters
    ----------
    folder : Path
        The input folder of the attempt.
    """

    def __init__(self, folder: Path) -> None:
        boundary = f"collega-{secrets.token_hex(16)}"
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        names.sort(key=lambda name: name != STUDY)
        self._parts = [
            (
                part_head(boundary, "study" if name == STUDY else "file", TYPES.get(Path(name).suffix, OTHER), name),
                folder / name,
            )
            for name in names
        ]
        self._closing = closing(boundary)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        sizes = [len(head) + path.stat().st_size for head, path in self._parts]
        self.length = sum(sizes) + len(self._closing)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the body piece by piece: no more of a study is in memory at once."""
        for head, path in self._parts:
            yield head
            with path.open("rb") as file:
                while piece := await asyncio.to_thread(file.read, PIECE):
                    yield piece
        yield self._closing
