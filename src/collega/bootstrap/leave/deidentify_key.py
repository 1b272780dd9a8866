"""The key of a project's pseudonyms, and its profile: read from a file, or made once beside the data."""

import re
from pathlib import Path

from collega.adapters.files.secret import site_secret
from collega.errors import ConfigurationError, InputError
from collega.formats.dicom_deid.profile import Profile, preset, read_profile

OTHERS = 0o077
PROJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def key_path(data: Path, project: str) -> Path:
    """Say where the key of a project is kept.

    Raises
    ------
    InputError
        The name of the project makes no file name.
    """
    if not PROJECT.fullmatch(project):
        message = f"--project {project}: expected up to 40 letters, digits, dots and dashes"
        raise InputError(message)
    return data / "secrets" / f"deidentify-{project}"


def read_key(file: Path) -> bytes:
    """Read a key.

    Raises
    ------
    ConfigurationError
        Others than its owner can read it.
    InputError
        It cannot be read.
    """
    try:
        if file.stat().st_mode & OTHERS:
            message = f"{file}: others can read the key; take that away with chmod 600"
            raise ConfigurationError(message)
        return file.read_bytes()
    except OSError as error:
        message = f"{file}: {error.strerror}"
        raise InputError(message) from None


def made_key(path: Path) -> bytes:
    """Read the key at a path, where it is made the first time; only its owner can read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return site_secret(path.parent, path.name)


def profile_of(name: str, project: str) -> Profile:
    """Give a shipped profile, or that of a TOML file.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    path = Path(name)
    if path.suffix != ".toml":
        return preset(name, project)
    try:
        return read_profile(path.read_text(encoding="utf-8"), path.stem, project)
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: {error}"
        raise InputError(message) from None
