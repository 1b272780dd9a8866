"""What an app left in its folder, made safe to read; of a foreign package, put where every answer stands."""

import contextlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

PREAMBLE, MAGIC = 128, b"DICM"
ODD = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST_NAME = 100
BLOCK = 512


def size(folder: Path) -> int:
    """Count the bytes that an app has written: a file counts at least a page, so that empty ones end too."""
    total = 0
    for place, folders, files in os.walk(folder):  # `Path.rglob` fails where a folder goes away meanwhile
        for name in (*folders, *files):
            with contextlib.suppress(OSError):  # the app has just removed it
                found = os.lstat(f"{place}/{name}")
                total += max(found.st_size, found.st_blocks * BLOCK, 4096)
    return total


def tidy(folder: Path) -> list[str]:
    """Remove all that is neither folder nor file: a link would lead a reader out of the folder, a pipe hold it up.

    Returns the names of what was removed, relative to the folder. The app has ended.
    """
    removed = []
    for path in sorted(folder.rglob("*")):
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) and not stat.S_ISREG(found.st_mode):
            path.unlink()
            removed.append(str(path.relative_to(folder)))
    return removed


def sort_out(taken: Path, outputs: Path, others: Mapping[str, str]) -> None:
    """Move the files of a foreign package to where every answer stands: objects, one JSON file, others.

    Parameters
    ----------
    taken : Path
        What the package wrote, already tidy.
    outputs : Path
        The output folder of the attempt.
    others : Mapping
        Names of files with a meaning of their own, and the name they get; an empty one drops the file.
    """
    files = [path for path in sorted(taken.rglob("*")) if path.is_file()]
    texts = [path for path in files if path.suffix.lower() == ".json" and str(path.relative_to(taken)) not in others]
    named = dict(others)
    if len(texts) == 1 and "answer.json" not in others.values():
        named[str(texts[0].relative_to(taken))] = "answer.json"
    for path in files:
        relative = str(path.relative_to(taken))
        target = named.get(relative, f"{'dicom' if _is_dicom(path) else 'files'}/{_plain(relative)}")
        if target:
            _move(path, outputs / target)


def _is_dicom(path: Path) -> bool:
    """Tell a DICOM file by its beginning (PS3.10 7.1)."""
    with path.open("rb") as file:
        return file.read(PREAMBLE + len(MAGIC))[PREAMBLE:] == MAGIC


def _plain(relative: str) -> str:
    return ODD.sub("-", relative)[-LONGEST_NAME:].lstrip(".") or "file"


def _move(path: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    free = next(name for name in _names(target) if not name.exists())
    path.replace(free)


def _names(target: Path) -> Iterator[Path]:
    yield target
    number = 2
    while True:
        yield target.with_name(f"{target.stem}-{number}{target.suffix}")
        number += 1
