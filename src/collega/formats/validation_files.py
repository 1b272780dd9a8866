"""Tables and figures of a report as files: each table a CSV, each figure an SVG of the same name."""

import csv
from collections.abc import Mapping
from io import StringIO

from collega.formats.validation_drawing import styled
from collega.formats.validation_parts import Part
from collega.formats.validation_view import View

# A cell that a spreadsheet would take for a formula gets an apostrophe before it; a number is none.
FORMULA = ("=", "+", "@", "\t", "\r")


def report_files(view: View) -> Mapping[str, str]:
    """Give the files by their name."""
    tables = {f"tables/{part.name}.csv": table_csv(part) for part in view.parts if part.columns}
    return tables | {f"figures/{part.name}.svg": styled(part.drawing) for part in view.parts if part.drawing}


def table_csv(part: Part) -> str:
    """Write a table; numbers as the report writes them."""
    written = StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(part.columns)
    table.writerows([_safe(cell) for cell in row] for row in part.rows)
    return written.getvalue()


def _safe(cell: str) -> str:
    is_formula = cell.startswith(FORMULA) or (cell.startswith("-") and len(cell) > 1 and not cell[1].isdigit())
    return f"'{cell}" if is_formula else cell
