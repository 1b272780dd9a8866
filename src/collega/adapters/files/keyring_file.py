"""The file of keys: closed to other accounts, never in the database, never made anew by itself."""

import os
import stat
import tempfile
from pathlib import Path

from collega.adapters.files.durable import sync_folder
from collega.errors import ConfigurationError

TOO_OPEN = stat.S_IRWXG | stat.S_IRWXO


def read_key_file(path: Path) -> str:
    """Read it.

    Raises
    ------
    ConfigurationError
        It is not there, cannot be read, or is open to others.
    """
    try:
        if path.stat().st_mode & TOO_OPEN:
            message = f"cloud.key_file: {path} is open to other accounts; chmod 600 it"
            raise ConfigurationError(message)
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        message = f"cloud.key_file: {path} is not there; put back the copy that you keep of it"
        raise ConfigurationError(message) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        message = f"cloud.key_file: {path} cannot be read: {reason}"
        raise ConfigurationError(message) from None


def write_key_file(path: Path, text: str) -> None:
    """Write it whole and durably, in the place of one that is there.

    Raises
    ------
    ConfigurationError
        It cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")  # for its owner alone
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
        sync_folder(path.parent)
    except OSError as error:
        message = f"cloud.key_file: {path} cannot be written: {error.strerror}"
        raise ConfigurationError(message) from None
