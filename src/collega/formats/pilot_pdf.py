"""A pilot on paper: one sheet, for the meeting of a department."""

import json
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

FOLDER = Path(str(files("collega.formats")))


def pilot_pdf(view: Mapping[str, Any], at: datetime) -> bytes:
    """Set the sheet; what is said travels as JSON and is placed as text, nothing in it is read as markup."""
    return typst.compile(
        str(FOLDER / "pilot.typ"),
        root=str(FOLDER),
        font_paths=[str(FOLDER / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={"pilot": json.dumps(view, ensure_ascii=False, default=str)},
        timestamp=at.replace(microsecond=0),
        format="pdf",
    )
