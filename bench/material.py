"""What is sent, and which apps look at it."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from collega.bootstrap.site import shipped_apps
from collega.formats.dicom_write import encode
from collega.run.manifest import find_apps
from collega.testing.synthetic import chest_film

ROOT = Path(__file__).resolve().parent.parent
REAL_FILMS = ROOT.parent / "shared" / "data" / "cxr"
PROBE = ROOT / "tests" / "e2e" / "apps" / "probe"
ZONE = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, kw_only=True)
class Material:
    """Films of one study each, and where they come from."""

    files: tuple[Path, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class Apps:
    """Folders of apps."""

    folders: tuple[Path, ...]

    @property
    def ids(self) -> list[str]:
        """Names of the apps that stand there."""
        return sorted(find_apps(self.folders))


def films(folder: Path, count: int) -> Material:
    """Take real films where they are at hand, else make some."""
    real = sorted(REAL_FILMS.glob("*.dcm"))[:count]
    if real:
        return Material(files=tuple(real), source=f"{len(real)} real films")
    folder.mkdir(parents=True)
    made = []
    for seed in range(1, count + 1):
        path = folder / f"{seed:05d}.dcm"
        path.write_bytes(encode(chest_film(seed, opacity=seed % 2 == 0, made_at=datetime.now(ZONE))))
        made.append(path)
    return Material(files=tuple(made), source=f"{count} generated films")


def apps_to_use() -> Apps:
    """Use the apps that COLLEGA_APPS names, else those that are shipped, else the probe of the tests."""
    named = os.environ.get("COLLEGA_APPS", "")
    if named:
        return Apps(folders=tuple(Path(part).absolute() for part in named.split(os.pathsep) if part))
    shipped = tuple(shipped_apps())
    return Apps(folders=shipped if find_apps(shipped) else (PROBE,))
