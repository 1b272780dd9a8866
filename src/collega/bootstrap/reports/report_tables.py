"""Reports in a table (CSV): read, labelled, written; what is wrong with a table is said with its place."""

import csv
import io
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from collega.errors import InputError
from collega.read.reports.labelling import Labelled, Labeller
from collega.read.reports.parts import Section, part_of

BOM = b"\xef\xbb\xbf"
LONGEST_CELL = 16 << 20
SCORE, NORMAL = "abnormal_score", "normal"
# A report without a word is neither normal nor abnormal, and is not counted among the normal ones.
EMPTY = Labelled(abnormal_score=0.5, is_normal=False, labels=())


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportTable:
    """A table as it was read; each row with the line on which it ends."""

    name: str
    delimiter: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def places(self, names: Sequence[str]) -> tuple[int, ...]:
        """Find columns by their names.

        Raises
        ------
        InputError
            One is missing, or stands there twice.
        """
        for name in names:
            count = self.columns.count(name)
            if count != 1:
                what = "no column" if not count else f"{count} columns"
                message = f"{self.name}: {what} {name!r}; its columns are {', '.join(map(repr, self.columns))}"
                raise InputError(message)
        return tuple(self.columns.index(name) for name in names)


def read_table(file: Path) -> ReportTable:
    """Read a table in UTF-8 with a header; parted by commas, or by semicolons where the header has no comma.

    Raises
    ------
    InputError
        Names the file, the line, what is wrong, and what to do.
    """
    text = _text(file)
    head = text.splitlines()[0]
    delimiter = ";" if ";" in head and "," not in head else ","
    rows = list(_rows(file, text, delimiter))
    columns = tuple(name.strip() for name in rows[0][1]) if rows else ()
    if not any(columns):
        message = f"{file}: no header; the first line is to name the columns"
        raise InputError(message)
    if len(rows) == 1:
        message = f"{file}: a header and no reports below it"
        raise InputError(message)
    for line, cells in rows[1:]:
        if len(cells) != len(columns):
            message = (
                f"{file}, line {line}: {len(cells)} cells where the header has {len(columns)}; "
                "a text with a comma, a quotation mark or a new line stands in quotation marks"
            )
            raise InputError(message)
    return ReportTable(name=str(file), delimiter=delimiter, columns=columns, rows=tuple(row for _, row in rows[1:]))


def _text(file: Path) -> str:
    try:
        content = file.read_bytes().removeprefix(BOM)
    except OSError as error:
        message = f"{file}: not readable: {error.strerror}"
        raise InputError(message) from None
    if not content.strip():
        message = f"{file}: the file is empty; it is to have a header and a report a row"
        raise InputError(message)
    for sign, what in ((b"\0", "a null byte"),):
        if sign in content:
            line = content[: content.index(sign)].count(b"\n") + 1
            message = f"{file}, line {line}: {what}; save the table as CSV in UTF-8 (not as UTF-16, not as a workbook)"
            raise InputError(message)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"{file}, line {line}: not UTF-8; save the table as CSV in UTF-8"
        raise InputError(message) from None


def _rows(file: Path, text: str, delimiter: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, tuple(cells)
    except csv.Error as error:
        message = f"{file}, line {reader.line_num}: not readable as CSV: {error}"
        raise InputError(message) from None


def sections_of(labeller: Labeller, table: ReportTable, text: Sequence[str]) -> list[tuple[Section, ...]]:
    """Give each row's report; a column is a part of it, as its name says."""
    places = table.places(text)
    parts = [part_of(labeller.vocabulary.headings, name) for name in text]
    return [
        tuple(Section(part=part, text=row[place]) for part, place in zip(parts, places, strict=True))
        for row in table.rows
    ]


def label_table(labeller: Labeller, table: ReportTable, text: Sequence[str]) -> Iterator[Labelled]:
    """Label each row's report."""
    for sections in sections_of(labeller, table, text):
        yield labeller.label(sections) if any(one.text.strip() for one in sections) else EMPTY


def check_target(source: Path, target: Path) -> None:
    """Refuse a place that cannot be written, before any work is done.

    Raises
    ------
    InputError
        It is the table itself, or there is no such folder.
    """
    if target.exists() and source.exists() and target.samefile(source):
        message = f"{target}: the table that is read; name another file"
        raise InputError(message)
    if not target.parent.is_dir():
        message = f"{target}: no such folder"
        raise InputError(message)
    if target.is_dir():
        message = f"{target}: a folder; name a file"
        raise InputError(message)


def new_columns(labeller: Labeller, table: ReportTable) -> tuple[str, ...]:
    """Name the columns that are added.

    Raises
    ------
    InputError
        The table has one of them already.
    """
    added = (SCORE, NORMAL, *labeller.vocabulary.findings)
    clash = [name for name in table.columns if name in added]
    if clash:
        message = f"{table.name}: it has a column {clash[0]!r} already, which is to be added; rename or remove it"
        raise InputError(message)
    return added


def write_labelled(table: ReportTable, added: Sequence[str], labelled: Sequence[Labelled], target: Path) -> None:
    """Write the table with its labels, whole or not at all."""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=table.delimiter, lineterminator="\n")
            writer.writerow((*table.columns, *added))
            for row, one in zip(table.rows, labelled, strict=True):
                words = {label.finding_id: label.word for label in one.labels}
                found = (words.get(finding, "") for finding in added[2:])
                writer.writerow((*row, f"{one.abnormal_score:.6f}", int(one.is_normal), *found))
        Path(name).replace(target)
    except OSError as error:
        message = f"{target}: not writable: {error.strerror}"
        raise InputError(message) from None
