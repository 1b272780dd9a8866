"""What one attempt in a container consists of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from collega.errors import ConfigurationError, ManifestError

# A foreign image names places of its own; what would read as another option of a mount is no place.
PLACE = re.compile(r"/[A-Za-z0-9._/-]+")
STUDY = "study.json"
OPEN_TO_READ = 0o755


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """An image of the local store; ``files`` are those of its own that a package declares itself in."""

    id: str
    files: Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Folders of one attempt: ``inputs`` and ``outputs`` as every app has them.

    ``given`` and ``taken`` are inputs and outputs in the form of a foreign package.
    """

    inputs: Path
    outputs: Path
    given: Path
    taken: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Mount:
    """A folder of ours as the app sees it."""

    source: Path
    target: str
    writable: bool = False

    def __post_init__(self) -> None:
        """Refuse what the engine would read as something else."""
        if not PLACE.fullmatch(self.target) or ".." in self.target:
            message = f"the image names {self.target[:60]!r} as a folder; expected letters, digits, . _ - and /"
            raise ManifestError(message)
        if "," in str(self.source):
            message = f"{self.source}: a container engine cannot be shown a folder with a comma in its path"
            raise ConfigurationError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How an image is started; an empty command takes the image's own.

    ``time_limit_s`` is wall time in seconds, ``shared_memory_mb`` the size of ``/dev/shm`` in mebibytes.
    """

    mounts: tuple[Mount, ...]
    environment: Mapping[str, str]
    command: tuple[str, ...]
    time_limit_s: float
    workdir: str = ""
    shared_memory_mb: int | None = None

    @property
    def written(self) -> Path:
        """The one folder that the app may write to."""
        return next(mount.source for mount in self.mounts if mount.writable)


def make_open(folder: Path, top: Path) -> None:
    """Make a folder below ``top`` that the app, another account, may look into."""
    folder.mkdir(parents=True)
    for made in (folder, *folder.parents):
        if made == top:
            return
        made.chmod(OPEN_TO_READ)
