"""The scores of examples/validation-chest-pneumonia come out again, by the app on the films."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.apps.test_chest_pneumonia import FILMS, ROOT, needs_films

EXAMPLE = ROOT / "examples" / "validation-chest-pneumonia"
LISTED = ROOT / "apps" / "chest-pneumonia" / "training" / "test_list.csv"


def scores(file: Path) -> dict[str, float]:
    with file.open(encoding="utf-8") as table:
        return {row["case"]: float(row["score"]) for row in csv.DictReader(table)}


@needs_films
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.shows("R35", "R68")
def test_the_app_scores_the_films_of_the_test_list_as_committed(tmp_path: Path) -> None:
    env = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "COLLEGA_DATA": str(tmp_path / "data"),
    }
    command: list[str | Path] = [sys.executable, EXAMPLE / "score_films.py", FILMS, LISTED, tmp_path]
    subprocess.run(command, env=env, check=True, timeout=3500)
    assert scores(tmp_path / "scores.csv") == pytest.approx(scores(EXAMPLE / "scores.csv"), abs=1e-4)
    assert (tmp_path / "reference.csv").read_text() == (EXAMPLE / "reference.csv").read_text()
