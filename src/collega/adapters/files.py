"""The folder of studies, runs and results: nothing is there until it is durable."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from collega.errors import StoreFullError

PARTIAL = ".part"


class FileArchive:
    """Files below the data folder; every name is a hash or a key, never a UID.

    Parameters
    ----------
    data : Path
        The data folder.
    reserve_mb : int
        Mebibytes that must stay free: below it new objects are refused.
    copies : bool
        Give apps copies instead of links, where an app may run unconfined under our own account.
    """

    def __init__(self, data: Path, reserve_mb: int = 0, *, copies: bool = False) -> None:
        self._data = data
        self._copies = copies
        self._reserve = reserve_mb * 1024 * 1024

    def path(self, relative: str) -> Path:
        """Where a kept file is."""
        return self._data / relative

    def keep(self, relative: str, content: bytes) -> None:
        """Write a file so that it is whole and durable when this returns, or not there at all.

        Raises
        ------
        StoreFullError
            There is no room above the reserve.
        """
        target = self._data / relative
        self._check_room(len(content))
        try:
            _make_folder(target.parent, self._data)
            _write_durably(target, content)
        except OSError as error:
            message = f"cannot write to {self._data}: {error.strerror}"
            raise StoreFullError(message) from None

    def keep_result(self, relative: str, content: bytes) -> None:
        """Write a file; one of that name that is already there stays as it is.

        Either way the file is durable when this returns: a twin that has just made its name
        visible may not have reached the disk with it.
        """
        if (self._data / relative).exists():
            _sync_folder((self._data / relative).parent)
        else:
            self.keep(relative, content)

    def give(self, relative: str, target: Path) -> None:
        """Let a kept file appear at ``target`` for an app."""
        kept = self._data / relative
        if not self._copies:
            # Studies may be a file system of their own, from which no link leads to the runs.
            with contextlib.suppress(OSError):
                target.hardlink_to(kept)
                return
        shutil.copyfile(kept, target)

    def job_folder(self, job_key: str, attempt: int) -> Path:
        """Make the empty folder of one attempt."""
        folder = self._data / "runs" / job_key / str(attempt)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def drop_job_folder(self, job_key: str) -> None:
        """Remove what the attempts of a job left behind."""
        shutil.rmtree(self._data / "runs" / job_key, ignore_errors=True)

    def sweep(self) -> int:
        """Remove what a killed process left half written; returns how many files that were."""
        folders = [self._data / name for name in ("studies", "results", "quarantine")]
        partial = [path for folder in folders for path in folder.rglob(f"*{PARTIAL}")]
        for path in partial:
            path.unlink(missing_ok=True)
        return len(partial)

    def _check_room(self, size: int) -> None:
        free = shutil.disk_usage(self._data).free
        if free - size < self._reserve:
            message = f"{self._data} has {free >> 20} MB free, less than dicom.reserve_mb; make room"
            raise StoreFullError(message)


def _write_durably(target: Path, content: bytes) -> None:
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
    _sync_folder(target.parent)


def _make_folder(folder: Path, root: Path) -> None:
    """Make a folder whose own entry is durable too."""
    missing = []
    while not folder.exists() and folder != root:
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
