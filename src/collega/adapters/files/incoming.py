"""A file that has no name until it is whole and durable: what is broken off leaves nothing behind."""

import contextlib
import os
import tempfile
from pathlib import Path

from collega.adapters.files.durable import PARTIAL, make_folder
from collega.errors import StoreFullError

# Written back to the disk while more of a long object is coming: the end has less to wait for.
WRITE_BACK_BYTES = 1 << 17


class IncomingFile:
    """The bytes of one object while it is received.

    Parameters
    ----------
    data : Path
        The data folder.
    top : str
        Folder below it, on the file system on which the file is to stay.
    sync : bool
        False leaves durability to chance: for measurements only.

    Raises
    ------
    StoreFullError
        No file can be made.
    """

    def __init__(self, data: Path, top: str, *, sync: bool) -> None:
        # Names are joined as text here: this is done for each object, and pathlib took a quarter of its Python.
        self._data = os.fspath(data)
        self._sync = sync
        self.size = self._written_back = 0
        self._name = ""
        folder = f"{self._data}/{top}"
        try:
            try:
                self._handle = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o644)
            except (OSError, AttributeError):  # a file system that knows no file without a name
                self._handle, self._name = tempfile.mkstemp(dir=folder, suffix=PARTIAL)
            # Readable for the unprivileged account of an app, to which the file is linked.
            os.fchmod(self._handle, 0o644)
        except OSError as error:
            raise _full(self._data, error) from None

    def write(self, *parts: bytes | memoryview) -> None:
        """Append.

        Raises
        ------
        StoreFullError
            The disk is full, or fails.
        """
        wanted = self.size + sum(map(len, parts))
        try:
            self.size += os.writev(self._handle, parts)
            if self.size < wanted:  # the rest of the disk, or a signal
                rest = b"".join(parts)[self.size - wanted :]
                while rest:
                    written = os.write(self._handle, rest)
                    self.size, rest = self.size + written, rest[written:]
        except OSError as error:
            raise _full(self._data, error) from None
        if self._sync and self.size - self._written_back >= WRITE_BACK_BYTES:
            # Linux begins to write dirty pages back on this advice, and keeps them.
            os.posix_fadvise(self._handle, self._written_back, 0, os.POSIX_FADV_DONTNEED)
            self._written_back = self.size

    def read(self) -> bytes:
        """Everything that was written."""
        return os.pread(self._handle, self.size, 0)

    def keep(self, relative: str) -> None:
        """Give it its name; one of that name that is there already stays as it is.

        Either way the file is durable when this returns.

        Raises
        ------
        StoreFullError
            The disk is full, or fails.
        """
        folder, _, name = f"{self._data}/{relative}".rpartition("/")
        try:
            if self._sync:
                os.fdatasync(self._handle)
            try:
                self._link(folder, name)
            except FileNotFoundError:  # the first of its folder, or retention has just removed the empty one
                make_folder(Path(folder), Path(self._data))
                self._link(folder, name)
        except OSError as error:
            raise _full(self._data, error) from None

    def close(self) -> None:
        """Let go of the file; without a name it is gone."""
        os.close(self._handle)
        if self._name:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._name)  # noqa: PTH108 - as above, text

    def _link(self, folder: str, name: str) -> None:
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with contextlib.suppress(FileExistsError):
                source = self._name or f"/proc/self/fd/{self._handle}"
                # Naming folders makes Python use linkat, which alone follows the link of a descriptor.
                os.link(source, name, src_dir_fd=place, dst_dir_fd=place, follow_symlinks=True)
            if self._sync:
                os.fsync(place)
        finally:
            os.close(place)


def _full(data: str, error: OSError) -> StoreFullError:
    return StoreFullError(f"cannot write to {data}: {error.strerror}")
