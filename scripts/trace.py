"""Print which tests and which pages show each requirement.

Requirements are the rows of docs/explanation/requirements.md, tests name them by
``@pytest.mark.shows("R25")``, pages by their number. Exit code 1 when a test names a
requirement that does not exist, or a number is stated twice or missing.
"""

import argparse
import ast
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
STATEMENT = Path("docs/explanation/requirements.md")
ROW = re.compile(r"^\| (R\d+) \| (.+?) \|", re.MULTILINE)
MENTION = re.compile(r"\bR[1-9]\d?\b")
COUNT = 85


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One requirement with what shows it."""

    number: str
    text: str
    tests: tuple[str, ...]
    pages: tuple[str, ...]


def stated(text: str) -> list[tuple[str, str]]:
    """Return the (number, sentence) rows of the page of requirements."""
    return [(match[1], match[2]) for match in ROW.finditer(text)]


def marks(path: Path, place: str) -> Iterator[tuple[str, str]]:
    """Yield (requirement, test) of each ``shows`` mark of a module, class or function."""

    def visit(node: ast.AST, place: str, inherited: frozenset[str]) -> Iterator[tuple[str, str]]:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            name = f"{place}::{child.name}"
            shown = inherited | {number for mark in child.decorator_list for number in _shown(mark)}
            if child.name.startswith("test"):
                yield from ((number, name) for number in sorted(shown))
            if isinstance(child, ast.ClassDef):
                yield from visit(child, name, shown)

    tree = ast.parse(path.read_text(encoding="utf-8"))
    whole = frozenset(
        number
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(to, ast.Name) and to.id == "pytestmark" for to in node.targets)
        for number in _shown(node.value)
    )
    yield from visit(tree, place, whole)


def _shown(mark: ast.AST) -> Iterator[str]:
    for node in ast.walk(mark):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "shows":
            yield from (str(value.value) for value in node.args if isinstance(value, ast.Constant))


def mentions(root: Path) -> Iterator[tuple[str, str]]:
    """Yield (requirement, page) for each page, besides the statement, that names a requirement."""
    for page in sorted((root / "docs").rglob("*.md")):
        if page == root / STATEMENT:
            continue
        for number in sorted(set(MENTION.findall(page.read_text(encoding="utf-8")))):
            yield number, str(page.relative_to(root))


def collect(root: Path) -> tuple[list[Trace], list[str]]:
    """Read a tree; return the traces and what is wrong with them."""
    rows = stated((root / STATEMENT).read_text(encoding="utf-8"))
    modules = sorted((root / "tests").rglob("test_*.py"))
    tests = grouped(mark for path in modules for mark in marks(path, str(path.relative_to(root))))
    pages = grouped(mentions(root))
    traces = [
        Trace(number=number, text=text, tests=tests.get(number, ()), pages=pages.get(number, ()))
        for number, text in rows
    ]
    return traces, problems([number for number, _ in rows], tests)


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Group values by requirement, each value once, in order of appearance."""
    groups: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for number, value in pairs:
        groups[number][value] = None
    return {number: tuple(values) for number, values in groups.items()}


def problems(numbers: list[str], tests: Mapping[str, tuple[str, ...]]) -> list[str]:
    """List what contradicts the statement of requirements."""
    known = set(numbers)
    twice = [f"{number} is stated {count} times" for number, count in Counter(numbers).items() if count > 1]
    missing = [f"R{index} is not stated" for index in range(1, COUNT + 1) if f"R{index}" not in known]
    unknown = [f"{test} shows unknown {number}" for number in tests.keys() - known for test in tests[number]]
    return twice + missing + sorted(unknown)


def table(traces: Iterable[Trace]) -> Iterator[str]:
    """Yield the lines of the table, one block per requirement."""
    for trace in traces:
        yield f"{trace.number:4} {trace.text}"
        yield from (f"       test  {test}" for test in trace.tests)
        yield from (f"       page  {page}" for page in trace.pages)
        if not trace.tests:
            yield "       no test yet"


def main() -> int:
    """Print the traces; return the exit code."""
    parser = argparse.ArgumentParser(description="requirement -> tests -> documentation")
    parser.add_argument("--json", action="store_true", help="one JSON value on standard output")
    parser.add_argument("--root", type=Path, default=HERE, help="another checkout than this one")
    options = parser.parse_args()
    traces, wrong = collect(options.root)
    if options.json:
        print(json.dumps({"requirements": [asdict(trace) for trace in traces], "problems": wrong}, indent=2))
    else:
        print("\n".join(table(traces)))
        shown = sum(1 for trace in traces if trace.tests)
        print(f"\n{len(traces)} requirements, {shown} shown by a test, {len(traces) - shown} not yet")
    for line in wrong:
        print(f"trace: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
