"""Which measurements there are, and in which order they run."""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import board, floor, single, start, whole
from bench.figures import machine
from bench.material import apps_to_use, films

FULL, QUICK = (590, 60, 5), (40, 10, 2)
PARTS = ("whole", "single", "start", "board")


@dataclass(frozen=True, kw_only=True)
class Size:
    """How many films in one go, how many one at a time, how many starts."""

    films: int
    singles: int
    starts: int


def main(arguments: Sequence[str]) -> None:
    """Run what is asked for and print each figure as soon as it is known."""
    parser = argparse.ArgumentParser(description="Measure collega on this machine; see bench/README.md.")
    parser.add_argument("--quick", action="store_true", help="a short run: 40 films, 10 single ones, 2 starts")
    parser.add_argument("--only", choices=PARTS, action="append", help="these parts alone")
    asked = parser.parse_args(arguments)
    numbers = QUICK if asked.quick else FULL
    size = Size(films=numbers[0], singles=numbers[1], starts=numbers[2])
    with tempfile.TemporaryDirectory(prefix="collega-bench-") as name:
        measure(Path(name), size, asked.only or PARTS)


def measure(folder: Path, size: Size, parts: Sequence[str]) -> None:
    """Measure the named parts, with all files below ``folder``."""
    folder.chmod(0o755)  # the database's own account passes through it
    material = films(folder / "films", size.films)
    apps = apps_to_use()
    machine(films=material.source, apps=apps.ids)
    if "whole" in parts:
        before = floor.films_alone(folder / "floor-1", material)
        results = whole.measure(folder / "whole", material, apps)
        after = floor.films_alone(folder / "floor-2", material)
        floor.compare(folder / "floor-3", material, results, [before, after])
    if "single" in parts:
        single.measure(folder / "single", material, apps, size.singles)
    if "start" in parts:
        start.measure(folder / "start", apps, size.starts)
    if "board" in parts:
        board.measure(folder / "board", apps)
