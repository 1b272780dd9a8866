"""A hook of the build: a wheel without the JavaScript that its pages load is not made."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STATIC = Path("src/collega/web/static")


class WheelHook(BuildHookInterface[Any]):
    """Looks at the folder that `make setup` fills and that no repository holds."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Stop the build of a wheel, not of an editable installation, that would lack files.

        Raises
        ------
        RuntimeError
            There are pages, and the folder of what they load is empty.
        """
        del build_data
        pages = Path(self.root) / STATIC
        expected = pages.is_dir() and any(pages.iterdir())
        if version == "standard" and expected and not any((pages / "vendor").glob("**/*.js")):
            message = f"{STATIC / 'vendor'} holds no JavaScript: run `make setup` first"
            raise RuntimeError(message)
