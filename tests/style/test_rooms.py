"""Small rooms with telling names: limits on length, on names, on what a text may hold."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median, quantiles

import pytest

MODULE_MEDIAN, MODULE_MOST = 120, 500
FUNCTION_MEDIAN, FUNCTION_P95 = 12, 40
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "manager", "misc"}

# Written in pieces, so that this file does not hold what it looks for.
REGISTRIES = ["py" + "pi", "python" + "hosted", "npm" + "js", "crates" + ".io", "conda" + "-forge", "proxy.gol" + "ang"]
FOREIGN_PATHS = [
    rf"(?<![\w./-])/{top}/" for top in ("wo" + "rk", "ro" + "ot", "home/[a-z]+", "tmp/" + "dv", "tmp/" + "v")
]
PATCHING = ["unittest" + ".mock", "unittest import " + "mock", "monkeypatch" + ".setattr", "mocker" + "."]
# In capitals only: SQL has a status of that name.
UNFINISHED = [rf"(?-i:\b{word}\b)" for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X")]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield each function and method of a module, nested ones too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the physical lines of a function from ``def`` on, without its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    has_docstring = ast.get_docstring(function, clean=False) is not None
    return lines - ((first.end_lineno or first.lineno) - first.lineno + 1 if has_docstring else 0)


def hits(texts: Mapping[Path, str], patterns: list[str], *, below: str = "") -> list[str]:
    """Return ``path:line`` of everything that matches one of the patterns."""
    wanted = re.compile("|".join(patterns), re.IGNORECASE)
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts.items()
        if str(path).startswith(below)
        for number, line in enumerate(text.splitlines(), start=1)
        if wanted.search(line)
    ]


def test_modules_are_small(package_modules: tuple[Path, ...]) -> None:
    sizes = {
        path: len(path.read_text(encoding="utf-8").splitlines())
        for path in package_modules
        if path.name != "__init__.py"
    }
    print(f"modules: {len(sizes)}, median {median(sizes.values())} lines, longest {max(sizes.values())}")
    assert not {str(path): size for path, size in sizes.items() if size > MODULE_MOST}
    assert median(sizes.values()) <= MODULE_MEDIAN


def test_functions_are_short(package_modules: tuple[Path, ...]) -> None:
    sizes = {
        f"{path.name}:{function.name}": length(function) for path in package_modules for function in functions(path)
    }
    p95 = quantiles(sizes.values(), n=20)[-1]
    longest = sorted(sizes, key=lambda name: -sizes[name])[:5]
    print(f"functions: {len(sizes)}, median {median(sizes.values())}, 95th percentile {p95}")
    print("longest:", ", ".join(f"{name} ({sizes[name]})" for name in longest))
    assert median(sizes.values()) <= FUNCTION_MEDIAN
    assert p95 <= FUNCTION_P95


def test_rooms_have_names(repository_files: tuple[Path, ...], root: Path) -> None:
    nameless = [
        str(path.relative_to(root))
        for path in repository_files
        if path.suffix == ".py"
        if EMPTY_NAMES & {piece for part in path.relative_to(root).with_suffix("").parts for piece in part.split("_")}
    ]
    assert not nameless


@pytest.mark.parametrize(
    "patterns",
    [
        pytest.param(REGISTRIES, id="no-package-registry"),
        pytest.param(FOREIGN_PATHS, id="no-path-of-one-machine"),
        pytest.param(UNFINISHED, id="nothing-left-for-later"),
    ],
)
def test_no_file_holds(texts: Mapping[Path, str], patterns: list[str]) -> None:
    assert not hits(texts, patterns)


def test_fakes_not_patches(texts: Mapping[Path, str]) -> None:
    assert not hits(texts, [re.escape(word) for word in PATCHING], below="tests/")


def test_the_search_finds_what_it_should() -> None:
    planted = {
        Path("tests/a.py"): "from unittest import " + "mock",
        Path("docs/b.md"): "see /ho" + "me/ann/x and https://py" + "pi.example",
    }
    assert len(hits(planted, [re.escape(word) for word in PATCHING], below="tests/")) == 1
    assert len(hits(planted, FOREIGN_PATHS)) == 1
    assert len(hits(planted, REGISTRIES)) == 1
