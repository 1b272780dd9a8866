"""On whose behalf a process works, for the audit record."""

import getpass
import os
from collections.abc import Callable

from collega.model.audit import Asker


def command_line() -> Asker:
    """Tell whose account a command runs under."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as a container may have
        name = f"uid {os.getuid()}"
    return Asker(actor=name, source="command line")


def role(name: str) -> Callable[[], Asker]:
    """Tell of a part of collega that works for nobody in particular."""
    return lambda: Asker(actor="collega", source=name)
