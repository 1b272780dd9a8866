"""A backup on disk: a folder or one tar file, whole or not there, every file with its checksum.

``manifest.json`` comes last and vouches for ``checksums.sha256``, which vouches for everything else
and can be checked by ``sha256sum --check`` too.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol, Self, cast

from collega.errors import InputError, TransientError

FORMAT = "collega-backup/1"
MANIFEST, CHECKSUMS = "manifest.json", "checksums.sha256"
PARTIAL = ".part"
CHUNK = 1 << 20
Progress = Callable[[int], None]


class _Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class _Hashing:
    """A file that is read once: its bytes go on, their checksum stays."""

    def __init__(self, source: IO[bytes], progress: Progress) -> None:
        self._source = source
        self._progress = progress
        self._digest = hashlib.sha256()

    def read(self, size: int = CHUNK) -> bytes:
        """Read on."""
        content = self._source.read(size)
        self._digest.update(content)
        self._progress(len(content))
        return content

    def hexdigest(self) -> str:
        """Give the checksum of what was read."""
        return self._digest.hexdigest()


class _Folder:
    def __init__(self, place: Path) -> None:
        self._place = place
        place.mkdir(mode=0o700)

    def put(self, name: str, source: _Readable, size: int) -> None:  # noqa: ARG002 - a tar wants it
        target = self._place / name
        _make_private(target.parent)
        with open(target, "xb", opener=_private) as file:
            while content := source.read(CHUNK):
                file.write(content)

    def close(self) -> None:
        os.sync()


class _Tar:
    def __init__(self, place: Path) -> None:
        self._file = open(place, "xb", opener=_private)  # noqa: SIM115 - closed by close
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115

    def put(self, name: str, source: _Readable, size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._tar.addfile(member, cast("IO[bytes]", source))

    def close(self) -> None:
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class BundleWriter:
    """Writes a backup; it stands under its own name only once it is whole.

    Parameters
    ----------
    target : Path
        A name that ends in ``.tar`` gives one file, any other a folder.
    previous : BundleReader, optional
        An earlier backup in a folder: a file that it holds already is linked instead of copied.
    progress : callable
        Told the bytes of each piece.
    """

    def __init__(self, target: Path, previous: "BundleReader | None", progress: Progress) -> None:
        self._target = target
        self._partial = target.with_name(target.name + PARTIAL)
        self._is_tar = target.suffix == ".tar"
        self._previous = previous
        self._progress = progress
        self._lines: list[str] = []
        self.files = self.size = self.linked = 0

    def __enter__(self) -> Self:
        if self._target.exists():
            message = f"{self._target}: is there already; name a backup that is not"
            raise InputError(message)
        with _told(self._target):
            self._target.parent.mkdir(parents=True, exist_ok=True)
            _discard(self._partial)  # of a backup that was cut off
            self._place = _Tar(self._partial) if self._is_tar else _Folder(self._partial)
        return self

    def __exit__(self, *_: object) -> None:
        _discard(self._partial)

    @property
    def scratch(self) -> Path:
        """A name beside the backup for a file that is on its way into it."""
        return self._target.with_name(f"{self._target.name}{PARTIAL}.dump")

    def add(self, name: str, source: Path) -> None:
        """Copy a file into the backup, or link it where the earlier one has it."""
        size = source.stat().st_size
        known = self._previous.checksum(name, size) if self._previous else None
        if known and self._link(name):
            self._note(name, known, size)
            self.linked += 1
            self._progress(size)
            return
        with source.open("rb") as file:
            self._put(name, file, size)

    def add_bytes(self, name: str, content: bytes) -> None:
        """Write a small file into the backup."""
        self._put(name, io.BytesIO(content), len(content))

    def finish(self, told: Mapping[str, object]) -> dict[str, Any]:
        """Write what vouches for the rest, bring all to the disk, and give the backup its name."""
        lines = "".join(self._lines).encode()
        manifest = {
            "format": FORMAT,
            **told,
            "files": self.files,
            "bytes": self.size,
            "linked": self.linked,
            "checksums_sha256": hashlib.sha256(lines).hexdigest(),
        }
        with _told(self._target):
            for name, content in ((CHECKSUMS, lines), (MANIFEST, json.dumps(manifest, indent=1).encode())):
                self._place.put(name, io.BytesIO(content), len(content))
            self._place.close()
            self._partial.rename(self._target)
            _sync_folder(self._target.parent)
        return manifest

    def _put(self, name: str, source: IO[bytes], size: int) -> None:
        hashing = _Hashing(source, self._progress)
        with _told(self._target):
            self._place.put(name, hashing, size)
        self._note(name, hashing.hexdigest(), size)

    def _note(self, name: str, digest: str, size: int) -> None:
        self._lines.append(f"{digest}  {name}\n")
        self.files += 1
        self.size += size

    def _link(self, name: str) -> bool:
        earlier = self._previous.place / name if self._previous else None
        if self._is_tar or earlier is None:
            return False
        target = self._partial / name
        _make_private(target.parent)
        with contextlib.suppress(OSError):  # another file system: copy
            target.hardlink_to(earlier)
            return True
        return False


class BundleReader:
    """Reads a backup, and trusts nothing in it that has no checksum.

    Raises
    ------
    InputError
        It is no backup, not whole, or not as it was written.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self._tar: tarfile.TarFile | None = None
        if not place.exists():
            message = f"{place}: no such backup"
            raise InputError(message)
        try:
            if place.is_file():
                self._tar = tarfile.open(place)  # noqa: SIM115 - lives as long as the reader
            manifest = json.loads(self._read(MANIFEST))
            lines = self._read(CHECKSUMS)
        except (OSError, KeyError, ValueError, tarfile.TarError) as error:
            message = f"{place}: no whole backup ({type(error).__name__}): it was cut off, or is something else"
            raise InputError(message) from None
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            message = f"{place}: not of the format {FORMAT}; restore it with the collega that wrote it"
            raise InputError(message)
        if hashlib.sha256(lines).hexdigest() != manifest.get("checksums_sha256"):
            message = f"{place}: {CHECKSUMS} is not as it was written; use another backup"
            raise InputError(message)
        self.manifest: dict[str, Any] = manifest
        pairs = (line.split("  ", 1) for line in lines.decode().splitlines())
        self.checksums: dict[str, str] = {name: digest for digest, name in pairs}
        if len(self.checksums) != manifest.get("files") or not all(map(_is_inside, self.checksums)):
            message = f"{place}: {MANIFEST} is not as it was written; use another backup"
            raise InputError(message)

    def checksum(self, name: str, size: int) -> str | None:
        """Give the checksum of a file that is there in that size."""
        with contextlib.suppress(OSError):
            if self._tar is None and (self.place / name).stat().st_size == size:
                return self.checksums.get(name)
        return None

    def copy(self, name: str, target: IO[bytes] | None, progress: Progress) -> None:
        """Read a file, hold it against its checksum, and write it to ``target``."""
        try:
            with self._open(name) as file:
                hashing = _Hashing(file, progress)
                while content := hashing.read(CHUNK):
                    if target is not None:
                        target.write(content)
        except (KeyError, FileNotFoundError, tarfile.TarError):
            message = f"{self.place}: {name} is missing or cut off; use another backup"
            raise InputError(message) from None
        if hashing.hexdigest() != self.checksums[name]:
            message = f"{self.place}: {name} is not as it was written (checksum); use another backup"
            raise InputError(message)

    def verify(self, progress: Progress) -> None:
        """Hold every file against its checksum."""
        for name in self.checksums:
            self.copy(name, None, progress)

    def _read(self, name: str) -> bytes:
        with self._open(name) as file:
            return file.read()

    @contextlib.contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes]]:
        file = self._tar.extractfile(name) if self._tar else (self.place / name).open("rb")
        if file is None:
            raise KeyError(name)
        with file:
            yield file


def _is_inside(name: str) -> bool:
    """Tell whether a name stays in the folder that it is written to."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _make_private(folder: Path) -> None:
    if not folder.is_dir():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _discard(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _told(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"{target}: cannot be written: {error.strerror}; nothing was kept of this backup"
        raise TransientError(message) from None
