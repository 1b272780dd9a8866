"""The digest of a month on paper."""

import json
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

FOLDER = Path(str(files("collega.formats")))


def digest_pdf(view: Mapping[str, Any], at: datetime) -> bytes:
    """Set the pages; what is said travels as JSON and is placed as text, nothing in it is read as markup."""
    return typst.compile(
        str(FOLDER / "digest.typ"),
        root=str(FOLDER),
        font_paths=[str(FOLDER / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={"digest": json.dumps(view, ensure_ascii=False, default=str)},
        timestamp=at.replace(microsecond=0),
        format="pdf",
    )
