"""The folder of studies, runs and results: nothing is there until it is durable."""

import contextlib
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from collega.adapters.files.durable import PARTIAL, make_folder, remove_empty, sync_folder, write_durably
from collega.adapters.files.incoming import IncomingFile
from collega.errors import StoreFullError
from collega.model.disk import DiskMark, DiskMarks, DiskRoom

DICOM = ".dcm"
RECEIVING = "receiving"
MOST_SPARE = 8
WITHOUT_MARKS = DiskMarks()


class FileArchive:
    """Files below the data folder; every name is a hash or a key, never a UID.

    Parameters
    ----------
    data : Path
        The data folder.
    marks : DiskMarks
        Where the marks of a disk that fills lie; below the reserve nothing is written.
    copies : bool
        Give apps copies instead of links, where an app may run unconfined under our own account.
    sync : bool
        False lets objects that come in be acknowledged before they are durable: for measurements only.
    """

    def __init__(
        self, data: Path, marks: DiskMarks = WITHOUT_MARKS, *, copies: bool = False, sync: bool = True
    ) -> None:
        self._data = data
        self._root = os.fspath(data)  # joined as text where it is done for each object
        self._sync = sync
        self._spare: list[IncomingFile] = []
        self._copies = copies
        self._marks = marks

    def mark(self, relative: str = "studies", size: int = 0) -> DiskMark:
        """Say which mark the disk of a place has passed, or would pass with ``size`` bytes more."""
        return self._marks.mark(self.room(relative), size)

    def room(self, relative: str = "studies") -> DiskRoom:
        """Measure the file system of a place."""
        # Studies may be a file system of their own; a folder deeper down may not exist yet.
        try:
            found = os.statvfs(f"{self._root}/{relative.partition('/')[0]}")
        except FileNotFoundError:
            found = os.statvfs(self._root)
        return DiskRoom(
            free=found.f_bavail * found.f_frsize,
            total=found.f_blocks * found.f_frsize,
            free_inodes=found.f_favail,
            inodes=found.f_files,
        )

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
        self._check_room(relative, len(content))
        try:
            try:
                make_folder(target.parent, self._data)
                write_durably(target, content)
            except FileNotFoundError:  # retention has just removed the empty folder
                make_folder(target.parent, self._data)
                write_durably(target, content)
        except OSError as error:
            message = f"cannot write to {self._data}: {error.strerror}"
            raise StoreFullError(message) from None

    def keep_result(self, relative: str, content: bytes) -> None:
        """Write a file; one of that name that is already there stays as it is.

        Either way the file is durable when this returns: a twin that has just made its name
        visible may not have reached the disk with it.
        """
        if (self._data / relative).exists():
            sync_folder((self._data / relative).parent)
        else:
            self.keep(relative, content)

    def begin(self) -> IncomingFile:
        """Begin a file whose name will be known at its end."""
        self._check_room("studies", 0)
        try:
            return self._spare.pop()
        except IndexError:
            return IncomingFile(self._data, "studies", sync=self._sync)

    def prepare(self) -> None:
        """Make a file ready for `begin`: making one takes a fifth of a millisecond, which nobody waits for here."""
        if len(self._spare) < MOST_SPARE:
            with contextlib.suppress(StoreFullError):  # the next `begin` says so
                self._spare.append(IncomingFile(self._data, "studies", sync=self._sync))

    def rest(self) -> None:
        """Let go of what was made ready."""
        while self._spare:
            self._spare.pop().close()

    def mark_receiving(self, study_key: str) -> None:
        """Note durably that objects of a study may be on disk before they are recorded."""
        make_folder(self._data / RECEIVING, self._data)
        write_durably(self._data / RECEIVING / study_key, b"")

    def unmark_receiving(self, study_key: str) -> None:
        """Note that everything of a study is recorded."""
        (self._data / RECEIVING / study_key).unlink(missing_ok=True)

    def marked_receiving(self) -> list[str]:
        """Keys of the studies that are marked so."""
        place = self._data / RECEIVING
        return sorted(path.name for path in place.iterdir() if path.suffix != PARTIAL) if place.is_dir() else []

    def objects_in(self, folder: str) -> list[str]:
        """Names of the objects in a folder and below."""
        found = _below(self._data / folder)
        return sorted(str(path.relative_to(self._data)) for path in found if path.suffix == DICOM)

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

    def old_runs(self, before: datetime, limit: int) -> list[str]:
        """List keys of jobs whose attempts left something behind before then."""
        found: list[str] = []
        with os.scandir(self._data / "runs") as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):  # another worker has just removed it
                    if len(found) < limit and entry.stat().st_mtime < before.timestamp():
                        found.append(entry.name)
        return found

    def size(self, relative: str) -> tuple[int, int]:
        """Count files and bytes at a place; nothing where there is none."""
        place = self._data / relative
        sizes: list[int] = []
        for path in _below(place) if place.is_dir() else [place]:
            with contextlib.suppress(FileNotFoundError):
                if path.is_file():
                    sizes.append(path.lstat().st_size)
        return len(sizes), sum(sizes)

    def remove(self, relatives: Collection[str]) -> tuple[int, int]:
        """Remove files; returns how many there were, and their bytes."""
        return _unlink(self._data / relative for relative in relatives)

    def remove_others(self, folder: str, kept: Collection[str]) -> tuple[int, int]:
        """Remove the objects of a folder that are not named; what is being written stays."""
        place = self._data / folder
        names = {self._data / relative for relative in kept}
        gone = _unlink(path for path in _below(place) if path.suffix == DICOM and path not in names)
        for path in sorted(_below(place), reverse=True):
            if path.is_dir():
                remove_empty(path)
        remove_empty(place)
        return gone

    def sweep(self) -> int:
        """Remove what a killed process left half written; returns how many files that were."""
        folders = [self._data / name for name in ("studies", "results", "quarantine", RECEIVING)]
        partial = [path for folder in folders for path in _below(folder) if path.suffix == PARTIAL]
        for path in partial:
            path.unlink(missing_ok=True)
        return len(partial)

    def _check_room(self, relative: str, size: int) -> None:
        if self.mark(relative, size) is DiskMark.FULL:
            room = self.room(relative)
            left = f"{room.free >> 20} MB and {room.free_inodes} inodes free"
            message = f"{self._data} has {left}, less than dicom.reserve_mb or than one object needs; make room"
            raise StoreFullError(message)


def _below(folder: Path) -> Iterator[Path]:
    """Give all below a folder; what goes away meanwhile is left out, where `Path.rglob` would fail."""
    for place, folders, files in os.walk(folder):
        yield from (Path(place, name) for name in (*folders, *files))


def _unlink(paths: Iterable[Path]) -> tuple[int, int]:
    files = size = 0
    for path in list(paths):
        with contextlib.suppress(FileNotFoundError):
            length = path.stat().st_size
            path.unlink()
            files, size = files + 1, size + length
    return files, size
