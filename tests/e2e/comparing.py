"""Comparisons for the tests: an older version of the scorer, the command beside a test, many tiny films."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

from collega.model.ids import stable_uid
from collega.testing.synthetic import chest_film
from tests.e2e.site import Site

SCORER = Path(__file__).parent / "compared" / "scorer"
OLDER_BIAS = 0.3
# The scorer takes films of this description, no other app of the tests does.
STORED = "stored"
SIDE_PIXELS = 16


def study(name: str) -> str:
    """UID of the study of this name."""
    return stable_uid("test", name)


def older_version(folder: Path) -> Path:
    """Write version 1.0.0 of the scorer, which sees more."""
    changes = (("app.toml", '"2.0.0"', '"1.0.0"'), ("scorer.py", "BIAS = 0.0", f"BIAS = {OLDER_BIAS}"))
    return changed_scorer(folder / "old", *changes)


def changed_scorer(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """Write a scorer of which this is different: file, text as it was, text as it is then."""
    changed = folder / "scorer"
    shutil.copytree(SCORER, changed)
    for file, was, then in changes:
        text = (changed / file).read_text(encoding="utf-8")
        assert was in text
        (changed / file).write_text(text.replace(was, then), encoding="utf-8")
    return changed


@contextmanager
def started(house: Site, command: list[str], *, said: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command beside the test, ``said`` takes its standard error; it has ended when the block has."""
    with (said or Path("/dev/null")).open("wb") as heard:
        process = subprocess.Popen(
            [sys.executable, "-m", "collega", *command],
            env=house.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=heard,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait(10)


def left(house: Site, name: str) -> int:
    """Count the runs of a comparison that are still to do."""
    return next((int(row["to_do"]) for row in house.json("compare", "list") if row["name"] == name), 99)


def write_tiny_films(folder: Path, names: list[str], **values: Any) -> list[str]:
    """Write a film of few pixels for each name, and give the UIDs of their studies."""
    folder.mkdir()
    pattern = chest_film(1, compressed=False)
    pattern.Rows = pattern.Columns = SIDE_PIXELS
    pattern.PixelData = bytes(range(SIDE_PIXELS)) * SIDE_PIXELS
    pattern.StudyDescription = STORED
    for keyword, value in values.items():
        setattr(pattern, keyword, value)
    for name in names:
        film = deepcopy(pattern)
        film.PatientID, film.PatientName = f"P-{name}"[:64], f"Test^{name}"[:64]
        film.StudyInstanceUID, film.SeriesInstanceUID = study(name), stable_uid("test", name, "series")
        film.SOPInstanceUID = stable_uid("test", name, "1")
        film.file_meta.MediaStorageSOPInstanceUID = film.SOPInstanceUID
        film.save_as(folder / f"{name}.dcm", enforce_file_format=True)
    return [study(name) for name in names]


def runs_of(house: Site) -> list[Path]:
    """List the folders of the runs that are under way: they go away meanwhile, at which `Path.glob` would fail."""
    return [Path(place) for place, folders, _ in os.walk(house.data / "comparisons") if "in" in folders]
