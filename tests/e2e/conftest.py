"""What several modules need and what takes long to make: once for the whole session."""

import fcntl
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def build_bundle(out: Path) -> Path:
    """Run the builder of this checkout; return its archive."""
    subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "bundle.py"), "--out", str(out)], check=True, capture_output=True
    )
    [archive] = out.glob("*.tar.gz")
    return archive


@contextmanager
def shared(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """Give a folder that all workers of this run share, to one after the other."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder.mkdir(exist_ok=True)
        yield folder


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the bundle as `make bundle` does."""
    with shared(tmp_path_factory, "bundle") as folder:
        made = next(folder.glob("*.tar.gz"), None)
        return made or build_bundle(folder)


@pytest.fixture(scope="session")
def unpacked(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the bundle as an administrator does; tests copy what they change."""
    with shared(tmp_path_factory, "unpacked") as folder:
        if not any(folder.iterdir()):
            with tarfile.open(bundle) as archive:
                archive.extractall(folder, filter="data")
        [inside] = folder.iterdir()
        return inside
