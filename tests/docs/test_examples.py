"""The examples of the documentation are run, and say what the page says they say.

A fenced block that begins with ```` ```console run ```` is run. Lines with ``$ `` are commands; what follows is
expected to appear in the output, in that order, spaces apart. ``...`` stands for anything, ``[exit 2]`` for the exit
code where it is not 0. The blocks of a page run in one folder, top to bottom.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("README.md")])
BLOCK = re.compile(r"^```console run\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"\[exit (\d+)\]")


@dataclass(frozen=True, kw_only=True)
class Example:
    """A command with the lines that its output must hold."""

    command: str
    expected: tuple[str, ...]
    exit_code: int


def examples(text: str) -> list[Example]:
    """Read the commands of a page, in order."""
    found: list[Example] = []
    for block in BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *rest = part.rstrip("\n").split("\n")
            while command.endswith("\\"):
                command = f"{command}\n{rest.pop(0)}"
            codes = [int(match[1]) for line in rest if (match := EXIT.fullmatch(line.strip()))]
            lines = tuple(line for line in rest if line.strip() and not EXIT.fullmatch(line.strip()))
            found.append(Example(command=command, expected=lines, exit_code=codes[0] if codes else 0))
    return found


def pattern(lines: tuple[str, ...]) -> re.Pattern[str]:
    """Return what the output must match: the lines in order, spaces and ``...`` stretched."""
    words = [[re.escape(word).replace(re.escape("..."), ".*?") for word in line.split()] for line in lines]
    return re.compile(".*?".join(r"\s+".join(line) for line in words), re.DOTALL)


def environment(folder: Path) -> dict[str, str]:
    """Return an environment with the project's commands in front and no settings of this machine."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("COLLEGA_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return kept | {
        "PATH": path,
        "HOME": str(folder),
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "COLLEGA_DATA": str(folder / "collega-data"),
        "COLLEGA_DICOM__PORT": "0",
        "COLLEGA_WEB__PORT": "0",
    }


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "page",
    [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES if BLOCK.search(page.read_text("utf-8"))],
)
def test_examples_do_what_the_page_says(page: Path, tmp_path: Path) -> None:
    for folder in ("apps", "examples"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    for example in examples(page.read_text(encoding="utf-8")):
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", example.command],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        output = ran.stdout + ran.stderr
        assert ran.returncode == example.exit_code, f"$ {example.command}\n{output}"
        assert pattern(example.expected).search(output), f"$ {example.command}\n{output}\nexpected:\n{example.expected}"


def test_the_reader_of_examples_is_strict() -> None:
    text = "```console run\n$ echo one \\\n  two\none ... two\n$ false\n[exit 1]\n```\n```console\n$ rm x\n```\n"
    first, second = examples(text)
    assert first == Example(command="echo one \\\n  two", expected=("one ... two",), exit_code=0)
    assert second == Example(command="false", expected=(), exit_code=1)
    assert pattern(("a  b", "c")).search("x a b\nmore\nc")
    assert not pattern(("a b", "c")).search("c\na b")
