"""An acceptance report on paper: A4, to print and to sign.

The words travel as JSON and are placed as text: nothing in them is read as markup. The same report always
gives the same bytes.
"""

import json
from importlib.resources import files
from pathlib import Path

import typst

from collega.formats.acceptance_view import view
from collega.model.acceptance import AcceptanceReport

FOLDER = Path(str(files("collega.formats")))


def acceptance_pdf(report: AcceptanceReport) -> bytes:
    """Set the report; typst gets our own typeface and nothing from the machine or the network."""
    return typst.compile(
        str(FOLDER / "acceptance.typ"),
        root=str(FOLDER),
        font_paths=[str(FOLDER / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(view(report, report.surroundings.language), ensure_ascii=False)},
        timestamp=report.ended_at.replace(microsecond=0),
        format="pdf",
    )
