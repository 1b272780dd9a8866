"""A hook of the build: a wheel without the JavaScript that its pages load is not made."""

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path("src/collega/web")
VENDOR = WEB / "static" / "vendor"  # filled by `make setup`; no repository holds it
VIEWER = WEB / "ohif" / "VERSION"  # likewise
NAMED = re.compile(r"\bvendor/([\w./-]+\.\w+)")


def missing(root: Path) -> list[str]:
    """List the files of others that a page, a script or a style sheet names, and that are not there."""
    sources = [path for kind in ("html", "js", "css") for path in (root / WEB).rglob(f"*.{kind}")]
    own = [path for path in sources if root / VENDOR not in path.parents]
    named = {name for path in own for name in NAMED.findall(path.read_text(encoding="utf-8"))}
    lacking = sorted(f"{VENDOR}/{name}" for name in named if not (root / VENDOR / name).is_file())
    return lacking if (root / VIEWER).is_file() else [*lacking, str(VIEWER.parent)]


class WheelHook(BuildHookInterface[Any]):
    """Looks at what the pages load."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Stop the build of a wheel, not of an editable installation, that would lack files.

        Raises
        ------
        RuntimeError
            The pages name a file that is not there.
        """
        del build_data
        lacking = missing(Path(self.root))
        if version == "standard" and lacking:
            message = f"{', '.join(lacking)}: not there; run `make setup` first"
            raise RuntimeError(message)
