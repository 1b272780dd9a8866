"""Rights under root: PostgreSQL and apps run under accounts of their own, and must reach their files."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

SEARCH_FOR_OTHERS = 0o001


def let_pass(folders: Iterable[Path]) -> None:
    """Let other accounts pass through the parents of ``folders``, without letting them look inside.

    Only as root, since otherwise everything runs under one account.
    """
    if os.geteuid() != 0:
        return
    for path in {parent for folder in folders for parent in (folder, *folder.parents)}:
        mode = path.stat().st_mode & 0o7777
        if not mode & SEARCH_FOR_OTHERS:
            path.chmod(mode | SEARCH_FOR_OTHERS)


def interpreter_folders() -> list[Path]:
    """Folders that an app needs to import modules."""
    return [Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()]
