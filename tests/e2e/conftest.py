"""What several modules need and what takes long to make: once for the whole session."""

import subprocess
import sys
import tarfile
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


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the bundle as `make bundle` does."""
    return build_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="session")
def unpacked(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the bundle as an administrator does; tests copy what they change."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(bundle) as archive:
        archive.extractall(folder, filter="data")
    [inside] = folder.iterdir()
    return inside
