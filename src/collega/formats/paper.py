"""Papers: a template beside this module, and what is said on it."""

import json
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

FOLDER = Path(str(files("collega.formats")))


def set_paper(template: str, name: str, told: Mapping[str, Any], at: datetime) -> bytes:
    """Set a paper as PDF; typst gets our own typeface and nothing from the machine or the network.

    What is said travels as JSON and is placed as text: nothing in it is read as markup. The same words at the same
    moment always give the same bytes.

    Parameters
    ----------
    template : str
        File of the template, without its suffix.
    name : str
        Name under which the template finds ``told``.
    """
    return typst.compile(
        str(FOLDER / f"{template}.typ"),
        root=str(FOLDER),
        font_paths=[str(FOLDER / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={name: json.dumps(told, ensure_ascii=False)},
        timestamp=at.replace(microsecond=0),
        format="pdf",
    )
