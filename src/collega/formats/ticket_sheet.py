"""One-time links on paper: a sheet of codes, one a person, to cut out and give away."""

import json
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import typst

from collega.formats.qr import qr_file

FOLDER = Path(str(files("collega.formats")))


def ticket_sheet(title: str, links: Sequence[str], at: datetime) -> bytes:
    """Set the sheet; links travel as JSON and are placed as text."""
    tickets = [{"link": link, "code": qr_file(link)} for link in links]
    return typst.compile(
        str(FOLDER / "tickets.typ"),
        root=str(FOLDER),
        font_paths=[str(FOLDER / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={"sheet": json.dumps({"title": title, "tickets": tickets}, ensure_ascii=False)},
        timestamp=at.replace(microsecond=0),
        format="pdf",
    )
