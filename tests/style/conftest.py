"""What the style tests read: the files of the repository, without what is made from them."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = {
    ".git",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    ".venv-lock",
    "__pycache__",
    "_build",
    "build",
    "collega-data",
    "dist",
    "node_modules",
}


@pytest.fixture(scope="session")
def root() -> Path:
    """Top folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def repository_files() -> tuple[Path, ...]:
    """Every file that could be committed, in a stable order."""
    found: list[Path] = []
    for folder, subfolders, names in os.walk(ROOT):
        subfolders[:] = sorted(set(subfolders) - NOT_OURS)
        found += [Path(folder, name) for name in sorted(set(names) - NOT_OURS)]  # .git is a file in a worktree
    return tuple(found)


@pytest.fixture(scope="session")
def package_modules(repository_files: tuple[Path, ...]) -> tuple[Path, ...]:
    """Modules of the package."""
    return tuple(path for path in repository_files if path.suffix == ".py" and ROOT / "src" in path.parents)


@pytest.fixture(scope="session")
def texts(repository_files: tuple[Path, ...]) -> dict[Path, str]:
    """Text of every file that is text, by its path from the top."""
    found = {}
    for path in repository_files:
        try:
            found[path.relative_to(ROOT)] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found
