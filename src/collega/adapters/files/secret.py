"""A secret of the site's own: made once, read by every process, readable by its owner alone."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

BYTES = 32


def site_secret(folder: Path, name: str) -> bytes:
    """Give the secret ``name`` below ``folder``; where there is none yet, the first who asks makes it."""
    path = folder / name
    if not path.exists():
        part = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(BYTES))
                file.flush()
                os.fsync(file.fileno())
            # Of two processes that make one at the same moment the first wins, and both read what it made.
            with suppress(FileExistsError):
                os.link(part, path)
        finally:
            part.unlink()
    return path.read_bytes()
