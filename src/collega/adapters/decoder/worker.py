"""The process that decodes: asked over its standard input, one thing after another, until that ends."""

import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from collega.adapters.decoder.framing import LENGTH, head_of, message
from collega.errors import DecodingError, InputError
from collega.formats.dicom_frames import bulk, frames
from collega.formats.dicom_metadata import metadata
from collega.formats.dicom_rendered import rendered
from collega.formats.dicom_study import UNREADABLE
from collega.formats.dicom_transcode import explicit
from collega.formats.rendering import Rendering

MOST_MEMORY = 8 << 30


def _rendered(paths: Sequence[Path], asked: Mapping[str, Any]) -> list[bytes]:
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in asked["rendering"].items()
    }
    return [rendered(paths[0], asked["frame"], asked["kind"], Rendering(**given))]


TASKS: Mapping[str, Callable[[Sequence[Path], Mapping[str, Any]], list[bytes]]] = {
    "frames": lambda paths, asked: list(frames(paths[0], asked["numbers"], as_stored=asked["as_stored"])),
    "metadata": lambda paths, asked: [
        metadata(path, address) for path, address in zip(paths, asked["addresses"], strict=True)
    ],
    "bulk": lambda paths, asked: [bulk(paths[0], asked["place"])],
    "file": lambda paths, _: [path.read_bytes() for path in paths],
    "explicit": lambda paths, _: [explicit(path) for path in paths],
    "rendered": _rendered,
}


def answer(asked: Mapping[str, Any]) -> bytes:
    """Do one thing; what went wrong is answered too."""
    try:
        parts = TASKS[asked["task"]]([Path(path) for path in asked["paths"]], asked)
    except DecodingError as error:
        return message({"problem": error.code, "why": str(error)})
    except InputError as error:
        return message({"problem": "senseless", "why": str(error)})
    except FileNotFoundError:
        return message({"problem": "gone", "why": "its file is not here any more"})
    except UNREADABLE as error:
        return message({"problem": "undecodable", "why": f"it cannot be read ({type(error).__name__})"})
    return message({"problem": ""}, parts)


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer until nobody asks any more."""
    while len(length := source.read(LENGTH.size)) == LENGTH.size:
        target.write(answer(head_of(source.read(LENGTH.unpack(length)[0]))))
        target.flush()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer)
