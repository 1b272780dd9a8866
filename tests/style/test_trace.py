"""`make trace`: requirement -> tests -> documentation, and what contradicts the statement."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

STATEMENT = "docs/explanation/requirements.md"


def trace(script: Path, tree: Path) -> tuple[int, dict[str, Any], str]:
    """Run the script on a tree; return exit code, its JSON, its complaints."""
    ran = subprocess.run(
        [sys.executable, str(script), "--json", "--root", str(tree)], capture_output=True, text=True, check=False
    )
    return ran.returncode, json.loads(ran.stdout), ran.stderr


def plant(tree: Path, files: dict[str, str]) -> None:
    """Write a small tree."""
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8")


def test_this_tree_holds_together(root: Path) -> None:
    code, answer, complaints = trace(root / "scripts/trace.py", root)
    assert (code, complaints) == (0, "")
    assert [row["number"] for row in answer["requirements"]] == [f"R{number}" for number in range(1, 86)]


def test_marks_of_functions_classes_and_modules_are_found(root: Path, tmp_path: Path) -> None:
    code_of_tests = (
        'pytestmark = [pytest.mark.shows("R3")]\n'
        '@pytest.mark.shows("R1", "R2")\ndef test_a(): ...\n'
        '@pytest.mark.shows("R2")\nclass TestB:\n    async def test_b(self): ...\n'
    )
    rows = "".join(f"| R{number} | sentence {number} | part |\n" for number in range(1, 86))
    plant(tmp_path, {STATEMENT: rows, "docs/page.md": "serves R2", "tests/unit/test_x.py": code_of_tests})
    code, answer, _ = trace(root / "scripts/trace.py", tmp_path)
    first, second, third = answer["requirements"][:3]
    here = "tests/unit/test_x.py::"
    assert code == 0
    assert first["tests"] == [here + "test_a"]
    assert second["tests"] == [here + "test_a", here + "TestB::test_b"]
    assert second["pages"] == ["docs/page.md"]
    assert third["tests"] == [here + "test_a", here + "TestB::test_b"]


def test_unknown_double_and_missing_requirements_fail(root: Path, tmp_path: Path) -> None:
    rows = "".join(f"| R{number} | sentence | part |\n" for number in [*range(1, 85), 7])
    plant(tmp_path, {STATEMENT: rows, "tests/test_x.py": '@pytest.mark.shows("R99")\ndef test_a(): ...\n'})
    code, answer, complaints = trace(root / "scripts/trace.py", tmp_path)
    assert code == 1
    assert len(answer["problems"]) == 3
    assert all(word in complaints for word in ("R7 is stated 2 times", "R85 is not stated", "unknown R99"))
