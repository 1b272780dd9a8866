"""Answers about queues as files: tables and pictures."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from collega.cli.tables import text_from
from collega.errors import InputError
from collega.formats.bars import Bar, Bars, draw_bars
from collega.simulate.expected import Answer
from collega.simulate.queue import Estimate
from collega.simulate.summary import HALF, MEASURES

SERIES = ("without AI", "with AI")
UNIT = "minutes, with 95 % intervals"


def write_text(path: Path, text: str) -> None:
    """Write a file; InputError where that cannot be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise InputError(message) from error


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a file of JSON; InputError where it is none."""
    try:
        return json.loads(text_from(path))
    except ValueError as error:
        message = f"{path}: no JSON ({error})"
        raise InputError(message) from error


def json_text(value: object) -> str:
    """Write JSON for a file."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table of comma-separated values."""
    try:
        with path.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(columns)
            writer.writerows(rows)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise InputError(message) from error


def draw_list(path: Path, theory: Answer | None, found: Mapping[str, Estimate], words: Mapping[str, str]) -> None:
    """Draw a list under constant load, theory beside simulation."""
    rows = tuple(
        (Bar(value=(theory or {}).get(name)), Bar(value=one.mean, half=HALF * (one.se or 0.0)))
        for name, one in found.items()
    )
    told = Bars(
        title="Mean wait",
        unit=UNIT,
        series=("theory", "simulation"),
        names=tuple(words[name] for name in found),
        rows=rows,
    )
    write_text(path, draw_bars(told))


def draw_weeks(path: Path, told: Mapping[str, Any]) -> None:
    """Draw what-if: mean waits of groups of cases."""
    rows = tuple(
        tuple(Bar(value=group[key]["mean"], half=HALF * (group[key]["se"] or 0.0)) for key in ("no_ai", "with_ai"))
        for group in told["groups"].values()
    )
    drawn = Bars(
        title="Mean wait until reading begins", unit=UNIT, series=SERIES, names=tuple(told["groups"]), rows=rows
    )
    write_text(path, draw_bars(drawn))


def week_rows(told: Mapping[str, Any]) -> list[tuple[object, ...]]:
    """One row for each group and measure."""
    return [
        (group, figures["cases"], measure, figures[measure]["mean"], figures[measure]["se"])
        for group, figures in told["groups"].items()
        for measure in MEASURES
    ]
