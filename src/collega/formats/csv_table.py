"""Tables as comma-separated values, read so that every complaint names its line and column."""

import csv
import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

from collega.errors import InputError

# How people and programs write that a disease is there or not; case does not matter.
PRESENT = frozenset(
    [
        "1",
        "1.0",
        "true",
        "t",
        "yes",
        "y",
        "positive",
        "pos",
        "present",
        "abnormal",
        "diseased",
        "case",
        "ja",
        "j",
        "positief",
        "aanwezig",
        "afwijkend",
        "ziek",
    ]
)
ABSENT = frozenset(
    [
        "0",
        "0.0",
        "false",
        "f",
        "no",
        "n",
        "negative",
        "neg",
        "absent",
        "normal",
        "healthy",
        "control",
        "nee",
        "negatief",
        "afwezig",
        "normaal",
        "gezond",
    ]
)
DECIMAL_COMMA = re.compile(r"-?\d*,\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A line of a table; every way to read a cell raises InputError that says where and what was expected."""

    table: str
    line: int
    cells: Mapping[str, str]

    def complain(self, column: str, problem: str) -> InputError:
        """Make the error for a cell."""
        return InputError(f"{self.table}, line {self.line}, column {column}: {problem}")

    def has(self, column: str) -> bool:
        """Tell whether the column exists and the cell is not empty."""
        return bool(self.cells.get(column))

    def text(self, column: str) -> str:
        """Read a word that may not be empty."""
        if not (found := self.cells.get(column, "")):
            raise self.complain(column, "nothing is written: fill it in, or take the line out")
        return found

    def number(self, column: str) -> float:
        """Read a finite number, with a decimal point or comma."""
        written = self.text(column)
        try:
            found = float(written.replace(",", ".") if DECIMAL_COMMA.fullmatch(written) else written)
        except ValueError:
            raise self.complain(column, f"{written!r} is no number: write it as 0.25") from None
        if not math.isfinite(found):
            raise self.complain(column, f"{written!r} is no finite number: a score that is not there is left out")
        return found

    def label(self, column: str) -> bool:
        """Read whether the disease is there."""
        written = self.text(column).casefold()
        if written in PRESENT:
            return True
        if written in ABSENT:
            return False
        raise self.complain(column, f"{self.cells[column]!r} is no label: write 1 (present) or 0 (absent)")

    def moment(self, column: str) -> datetime:
        """Read a day, or a day and a time, as ISO 8601 writes it."""
        written = self.text(column)
        try:
            return datetime.fromisoformat(written)
        except ValueError:
            raise self.complain(column, f"{written!r} is no moment: write 2026-11-28 or 2026-11-28T14:05") from None


def read_table(text: str, name: str, needed: Collection[str]) -> list[Row]:
    """Read a table with a heading, separated by commas or, as spreadsheets of some countries do, by semicolons.

    Parameters
    ----------
    text : str
        All of the file.
    name : str
        How complaints call it.
    needed : collection of str
        Columns that must be there; others are kept.

    Raises
    ------
    InputError
        A column is missing or named twice, a line has more or fewer cells than the heading, or there is no line.
    """
    lines = _lines(text.removeprefix("\ufeff"), name)
    _, heading = next(lines, (0, []))
    columns = [cell.strip() for cell in heading]
    missing = [column for column in needed if column not in columns]
    if missing:
        message = f"{name}: no column {', '.join(missing)}; the heading says {', '.join(columns) or 'nothing'}"
        raise InputError(message)
    if double := [column for column in needed if columns.count(column) > 1]:
        message = f"{name}: more than one column {', '.join(double)}"
        raise InputError(message)
    rows = [_row(name, line, columns, cells) for line, cells in lines]
    if not rows:
        message = f"{name}: no line below the heading"
        raise InputError(message)
    return rows


def _lines(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield number and cells of each line that is not empty."""
    first = text.partition("\n")[0]
    reader = csv.reader(StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        message = f"{name}, line {reader.line_num}: {error}"
        raise InputError(message) from error


def _row(name: str, line: int, columns: list[str], cells: list[str]) -> Row:
    if len(cells) != len(columns):
        message = f"{name}, line {line}: {len(cells)} cells, and the heading has {len(columns)}"
        raise InputError(message)
    return Row(table=name, line=line, cells=dict(zip(columns, (cell.strip() for cell in cells), strict=True)))
