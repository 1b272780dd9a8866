"""A service's answer, laid into the output folder as every runtime does it."""

import json
import mmap
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collega.adapters.http_app.ending import broken
from collega.formats.multipart import Part, media_type, split

RESULT_SCHEMA = "collega/result/1"
MOST_JSON_BYTES = 16 << 20
PIECE = 1 << 20
JSON = re.compile(r"application/([a-z0-9.-]+\+)?json")
DICOM = "application/dicom"
PREAMBLE, MAGIC = 128, b"DICM"  # PS3.10 7.1
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}(/[A-Za-z0-9][A-Za-z0-9._-]{0,79}){0,3}")
# Names with a meaning of their own in an output folder.
TAKEN = frozenset({"result.json", "answer.json", "dicom", "files"})


def lay_down(content: Path, content_type: str, outputs: Path) -> None:
    """Turn the content of an answer into ``result.json`` or ``answer.json``, ``dicom/``, ``files/``.

    Raises
    ------
    EndedError
        The content is not what its type says, or is of a type that no answer has.
    """
    kind, parameters = media_type(content_type)
    if not content.stat().st_size:
        text = "it answers nothing"
        raise broken(text)
    with content.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
        whole = Part(content_type=kind, name="", filename="", start=0, end=len(body))
        if kind.startswith("multipart/"):
            _Folder(body, outputs).lay_parts(parameters.get("boundary", ""))
        elif JSON.fullmatch(kind):
            _Folder(body, outputs).lay_json(whole)
        elif kind == DICOM:
            _Folder(body, outputs).lay_dicom(whole)
        else:
            raise broken(_odd_type(kind))


def read_json(content: bytes) -> Any:  # noqa: ANN401 - whatever a service answers
    """Read JSON, and name what stands there instead."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        what = "HTML" if content.lstrip()[:1] == b"<" else "something else"
        text = f"it calls its answer JSON, and sends {what}"
        raise broken(text) from None


class _Folder:
    """An output folder that is filled from one body."""

    def __init__(self, body: mmap.mmap, outputs: Path) -> None:
        self._body = body
        self._outputs = outputs
        self._is_ours = False
        self._objects = 0
        self._files = 0

    def lay_parts(self, boundary: str) -> None:
        try:
            parts = split(self._body, boundary)
        except ValueError as error:
            text = f"its answer of several parts cannot be read: {error}"
            raise broken(text) from None
        told = next((part for part in parts if JSON.fullmatch(part.content_type)), None)
        objects = [part for part in parts if part.content_type == DICOM]
        if told is None and not objects:
            text = "its answer has neither a part of JSON nor one of DICOM"
            raise broken(text)
        if told is not None:
            self.lay_json(told)  # first: it says how the files are named
        for part in parts:
            if part in objects:
                self.lay_dicom(part)
            elif part is not told:
                self._lay_file(part)

    def lay_json(self, part: Part) -> None:
        if part.end - part.start > MOST_JSON_BYTES:
            text = f"its JSON is larger than {MOST_JSON_BYTES >> 20} MiB"
            raise broken(text)
        answer = read_json(self._body[part.start : part.end])
        self._is_ours = isinstance(answer, Mapping) and answer.get("schema") == RESULT_SCHEMA
        self._copy(part, "result.json" if self._is_ours else "answer.json")

    def lay_dicom(self, part: Part) -> None:
        magic = part.start + PREAMBLE
        if self._body[magic : min(magic + len(MAGIC), part.end)] != MAGIC:
            text = "it calls something DICOM that is none"
            raise broken(text)
        self._objects += 1
        self._copy(part, f"dicom/{self._objects:05d}.dcm")

    def _lay_file(self, part: Part) -> None:
        """Keep a file under the name that our result gives it; a vendor's stands by itself."""
        self._files += 1
        wanted = part.filename if self._is_ours else f"files/{part.filename}"
        is_good = NAME.fullmatch(part.filename) and part.filename.partition("/")[0] not in TAKEN
        name = wanted if is_good and not (self._outputs / wanted).exists() else f"files/{self._files:05d}"
        try:
            self._copy(part, name)
        except (FileExistsError, NotADirectoryError):  # a name that is the folder of another
            self._copy(part, f"files/{self._files:05d}")

    def _copy(self, part: Part, name: str) -> None:
        path = self._outputs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as out:
            for at in range(part.start, part.end, PIECE):
                out.write(self._body[at : min(at + PIECE, part.end)])


def empty(outputs: Path) -> None:
    """Remove what an answer that came to nothing has left."""
    for path in outputs.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _odd_type(kind: str) -> str:
    if "html" in kind:
        return "it answers with HTML instead of JSON"
    named = kind if re.fullmatch(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}", kind) else "no readable type"
    return f"it answers with {named}; expected application/json, multipart/... or application/dicom"
