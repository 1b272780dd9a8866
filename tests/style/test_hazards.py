"""The log of hazards: numbered, complete, and each test that it names exists."""

import ast
import re
from pathlib import Path

LOG = Path("docs/explanation/hazards.md")
ROW = re.compile(r"^\| (H\d+) \|(.+)\|$", re.MULTILINE)
NODE = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def measures(text: str) -> dict[str, list[str]]:
    """Return the cells of each hazard by its number."""
    return {match[1]: [cell.strip() for cell in match[2].split("|")] for match in ROW.finditer(text)}


def has_test(path: Path, name: str) -> bool:
    """Tell whether a module of tests holds a function of that name, in a class or not."""
    if not path.is_file():
        return False
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name for node in ast.walk(tree)
    )


def test_hazards_are_numbered_and_complete(root: Path) -> None:
    log = measures((root / LOG).read_text(encoding="utf-8"))
    assert list(log) == [f"H{number}" for number in range(1, len(log) + 1)]
    for number, cells in log.items():
        assert len(cells) == 5, f"{number}: hazard, severity, cause, measure, shown by"
        assert all(cells), f"{number} has an empty cell"
        assert cells[1] in {"1", "2", "3"}, f"{number}: severity is 1, 2 or 3"
        assert cells[4] == "planned" or NODE.search(cells[4]), f"{number}: a test by its node name, or 'planned'"


def test_each_test_that_the_log_names_exists(root: Path) -> None:
    log = measures((root / LOG).read_text(encoding="utf-8"))
    named = [(number, path, name) for number, cells in log.items() for path, name in NODE.findall(cells[4])]
    missing = [f"{number}: {path}::{name}" for number, path, name in named if not has_test(root / path, name)]
    print(f"hazards: {len(log)}, shown by a test: {len({number for number, _, _ in named})}")
    assert named
    assert not missing


def test_a_name_that_does_not_exist_is_seen(root: Path) -> None:
    assert has_test(root / "tests/style/test_hazards.py", "test_a_name_that_does_not_exist_is_seen")
    assert not has_test(root / "tests/style/test_hazards.py", "test_nobody_wrote")
    assert not has_test(root / "tests/style/test_nowhere.py", "test_nobody_wrote")
