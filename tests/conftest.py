"""Markers that every test may carry, and their checks; the order in which files of tests start."""

import gc
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST = ROOT / "tests" / "longest.txt"

LAST_REQUIREMENT = 85
REQUIREMENT = re.compile(r"R([1-9]\d?)")
MARKERS = (
    'shows("R25", ...): the requirements (docs/explanation/requirements.md) that this test shows',
    "slow: takes minutes; run by `make soak`, not by `make test`",
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers; --strict-markers refuses any other."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse a test that claims to show a requirement that does not exist; let files that take long start first."""
    for item in items:
        for marker in item.iter_markers("shows"):
            wrong = [name for name in marker.args if not _is_requirement(name)]
            if wrong or not marker.args:
                message = f"{item.nodeid}: shows(...) takes numbers R1 to R{LAST_REQUIREMENT}, got {wrong}"
                raise pytest.UsageError(message)
    # Where several processes share the files, the last one must not have one long file left.
    if hasattr(config, "workerinput"):
        place = {name: number for number, name in enumerate(longest())}
        items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))


def pytest_collection_finish() -> None:
    """Set all that was loaded apart from the collection of garbage: it stays, and looking it through takes a second."""
    gc.collect()
    gc.freeze()


def longest() -> list[str]:
    """List the files that take long, longest first."""
    return [line.split()[1] for line in LONGEST.read_text(encoding="utf-8").splitlines()]


def _is_requirement(name: str) -> bool:
    match = REQUIREMENT.fullmatch(name)
    return match is not None and int(match[1]) <= LAST_REQUIREMENT
