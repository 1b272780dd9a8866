"""The drawing of the data model is the schema's: every table, and every reference."""

import shutil
import subprocess
import sys
from pathlib import Path

import psycopg

ROOT = Path(__file__).parents[2]


def check(url: str, folder: Path = ROOT) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "scripts.data_model", "--check", "--url", url]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False)


def test_the_drawing_is_not_stale(server: str) -> None:
    done = check(server)
    assert done.returncode == 0, done.stderr.decode()


def test_a_schema_that_has_changed_is_seen(server: str, tmp_path: Path) -> None:
    for part in ("scripts/data_model.py", "docs/_static/data-model.svg", "docs/explanation/data-model.md"):
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, tmp_path / part)
    drawing = tmp_path / "docs/_static/data-model.svg"
    with psycopg.connect(server) as connection:
        tables = connection.execute("SELECT relname FROM pg_class WHERE relname IN ('launch', 'box_answer')").fetchall()
    assert len(tables) == 2
    assert all(f">{name}</text>" in drawing.read_text(encoding="utf-8") for (name,) in tables)
    drawing.write_text(drawing.read_text(encoding="utf-8").replace(">launch<", ">lunch<"), encoding="utf-8")
    done = check(server, tmp_path)
    assert done.returncode == 1
    assert "python -m scripts.data_model draws it anew" in done.stderr.decode()
