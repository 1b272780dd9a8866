"""How commands read tables from files."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from collega.errors import InputError
from collega.formats.csv_table import Row, read_table

Confidence = Annotated[float, typer.Option(min=0.5, max=0.9999, help="Two-sided, of every interval.")]


def table_from(path: Path, needed: Collection[str]) -> list[Row]:
    """Read the table in a file; InputError where it is not what was expected."""
    return read_table(text_from(path), path.name, needed)


def lines_from(path: Path) -> list[str]:
    """Read the lines of a file that hold something; `InputError` where it cannot be read."""
    return [line.strip() for line in text_from(path).removeprefix("\ufeff").splitlines() if line.strip()]


def text_from(path: Path) -> str:
    """Read a file.

    Raises
    ------
    InputError
        It cannot be read, or is no UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise InputError(message) from error
    except UnicodeDecodeError as error:
        message = f"{path}: byte {error.start} is no UTF-8: save the table as UTF-8"
        raise InputError(message) from error
