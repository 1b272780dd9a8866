"""Where objects land: files of blocks that are already the disk's, so that one write makes them durable.

A new file costs the file system a commit of its journal, and that is what a sender waits for longest.
Overwriting blocks that a file has already costs none. An object is written over such a file and is
durable; it gets a file of its own soon after, many objects with one commit.
"""

import contextlib
import os
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from collega.adapters.files.durable import sync_folder
from collega.adapters.files.incoming import IncomingFile, disk_error

SLOT_BYTES = 1 << 20
HEAD_BYTES = 4096
MOST_SLOTS = 64
HEAD = struct.Struct("<8sQH")
MAGIC = b"landing1"


class Slot:
    """One file to land on: the object, after a head that says how long it is and what its name will be.

    Parameters
    ----------
    landing : Landing
        Where it belongs.
    path : Path
        The file; written full of zeros where it is new.
    """

    def __init__(self, landing: "Landing", path: Path) -> None:
        self._landing = landing
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._longer: IncomingFile | None = None
        self._name = ""
        self._size = 0
        if os.fstat(self._handle).st_size != SLOT_BYTES:
            os.pwrite(self._handle, bytes(SLOT_BYTES), 0)
            os.fsync(self._handle)

    @property
    def size(self) -> int:
        """Bytes of the object so far."""
        return self._longer.size if self._longer else self._size

    def write(self, *parts: bytes | memoryview) -> None:
        """Append; what is too long for the slot goes on in a file of its own."""
        if self._longer is None and self._size + sum(map(len, parts)) > SLOT_BYTES - HEAD_BYTES:
            self._longer = self._landing.longer()
            self._copy(self._longer)
        if self._longer is not None:
            self._longer.write(*parts)
            return
        try:
            self._size += os.pwritev(self._handle, parts, HEAD_BYTES + self._size)
        except OSError as error:
            raise disk_error(self._landing.data, error) from None

    def read(self) -> bytes:
        """Everything that was written."""
        return self._longer.read() if self._longer else os.pread(self._handle, self._size, HEAD_BYTES)

    def keep(self, relative: str) -> None:
        """Make it durable under its name."""
        file = self._longer or self._own_file()
        try:
            file.keep(relative)
        finally:
            if file is not self._longer:
                file.close()

    def land(self, relative: str) -> None:
        """Make it durable now; it gets its name by `Landing.name_all`."""
        if self._longer is not None:
            self._longer.keep(relative)
            return
        name = relative.encode()
        try:
            os.pwrite(self._handle, HEAD.pack(MAGIC, self._size, len(name)) + name, 0)
            os.fdatasync(self._handle)
        except OSError as error:
            raise disk_error(self._landing.data, error) from None
        self._name = relative

    def close(self) -> None:
        """Let go of it; one that has landed is free again once it has its name."""
        if self._longer is not None:
            self._longer.close()
            self._longer = None
        if self._name:
            self._landing.landed.append(self)
        else:
            self.clear()

    def clear(self) -> None:
        """Make ready for the next object."""
        self._size, self._name = 0, ""
        self._landing.free.append(self)

    def forget(self) -> None:
        """Say in the head that nothing is here; that this becomes durable is not waited for."""
        os.pwrite(self._handle, bytes(HEAD.size), 0)

    def named(self) -> tuple[IncomingFile, str]:
        """Give the object a file of its own, which is not durable yet; its name."""
        return self._own_file(), self._name

    def found(self) -> tuple[str, bytes] | None:
        """Name and content of what a process before this one has left here."""
        magic, size, length = HEAD.unpack(os.pread(self._handle, HEAD.size, 0))
        if magic != MAGIC or size > SLOT_BYTES - HEAD_BYTES or length > HEAD_BYTES - HEAD.size:
            return None
        name = os.pread(self._handle, length, HEAD.size)
        return name.decode("ascii", "replace"), os.pread(self._handle, size, HEAD_BYTES)

    def end(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def _own_file(self) -> IncomingFile:
        file = self._landing.longer()
        try:
            self._copy(file)
        except BaseException:
            file.close()
            raise
        return file

    def _copy(self, file: IncomingFile) -> None:
        file.append_from(self._handle, HEAD_BYTES, self._size)


class Landing:
    """Slots, free and landed on.

    Parameters
    ----------
    data : Path
        The data folder.
    longer : callable
        Makes a file for an object.
    """

    def __init__(self, data: Path, longer: Callable[[], IncomingFile]) -> None:
        self.data = data
        self.longer = longer
        self.free: deque[Slot] = deque()
        self.landed: deque[Slot] = deque()
        self._folder = data / "studies" / "landing"
        self._count = 0
        self._lock = threading.Lock()

    def open(self) -> Iterator[tuple[str, bytes]]:
        """Open the slots of the last process; what it has left in them, to be kept before this goes on."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(self._folder.parent)
        for path in sorted(self._folder.iterdir()):
            slot = Slot(self, path)
            found = slot.found()
            if found is not None:
                yield found
                slot.forget()
            self._count += 1
            self.free.append(slot)

    def take(self) -> Slot | None:
        """Take a free slot, where there is one."""
        try:
            return self.free.popleft()
        except IndexError:
            return None

    def grow(self) -> None:
        """Make a slot more, where none is free and there may be more."""
        with self._lock:
            if self.free or self._count >= MOST_SLOTS:
                return
            with contextlib.suppress(OSError):  # the next object goes to a file of its own
                self.free.append(Slot(self, self._folder / f"{self._count:03d}"))
                sync_folder(self._folder)
                self._count += 1

    def name_all(self, sync: Callable[[list[tuple[IncomingFile, str]]], None]) -> None:
        """Give everything that has landed its name, durably, and free the slots.

        Raises
        ------
        StoreFullError
            There is no room: everything stays where it has landed.
        """
        slots = [self.landed.popleft() for _ in range(len(self.landed))]
        files: list[tuple[IncomingFile, str]] = []
        try:
            files.extend(slot.named() for slot in slots)  # one by one: what is open is closed below
            sync(files)
        except BaseException:
            self.landed.extendleft(reversed(slots))
            raise
        finally:
            for file, _ in files:
                file.close()
        for slot in slots:
            slot.forget()
            slot.clear()

    def close(self) -> None:
        """Close every slot that is free."""
        while self.free:
            self.free.pop().end()
