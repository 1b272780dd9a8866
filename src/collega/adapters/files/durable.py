"""Writing so that a power cut takes nothing back: first the content, then the name."""

import contextlib
import os
import tempfile
from pathlib import Path

PARTIAL = ".part"


def write_durably(target: Path, content: bytes) -> None:
    """Write a file that is whole and durable on return, or not there at all."""
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=PARTIAL)
    try:
        # Readable for the unprivileged account of an app, to which the file is linked; the folders
        # above it stay closed to everyone else.
        os.fchmod(handle, 0o644)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def make_folder(folder: Path, root: Path) -> None:
    """Make a folder whose own entry is durable too."""
    missing = []
    while not folder.exists() and folder != root:
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_empty(folder: Path) -> None:
    """Remove a folder, unless it is in use or gone."""
    with contextlib.suppress(OSError):
        folder.rmdir()
