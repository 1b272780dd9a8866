"""Markers that every test may carry, and their checks."""

import re

import pytest

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test that claims to show a requirement that does not exist."""
    for item in items:
        for marker in item.iter_markers("shows"):
            wrong = [name for name in marker.args if not _is_requirement(name)]
            if wrong or not marker.args:
                message = f"{item.nodeid}: shows(...) takes numbers R1 to R{LAST_REQUIREMENT}, got {wrong}"
                raise pytest.UsageError(message)


def _is_requirement(name: str) -> bool:
    match = REQUIREMENT.fullmatch(name)
    return match is not None and int(match[1]) <= LAST_REQUIREMENT
