"""The acceptance reports of the documentation say what a check says now, step by step."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "_static" / "acceptance"
MOST_BYTES = 300_000


@pytest.mark.slow
@pytest.mark.timeout(600)  # two sites are checked, and a browser shows their pages
@pytest.mark.shows("R31", "R71")
def test_the_pages_are_what_a_check_says() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.acceptance_reports", "--check"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def test_what_is_kept_of_them_is_small() -> None:
    sizes = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert sum(sizes.values()) < MOST_BYTES, sizes
