"""The lock files: exact, hashed, without addresses, and without what must not come in."""

import json
import re
from pathlib import Path

import pytest

REQUIREMENT = re.compile(r"[a-z0-9][a-z0-9._-]*==[^\s;]+( ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
LOCKS = ("runtime.txt", "dev.txt", "lock.txt")
# Packages that are for training only, or whose purpose is to report to somebody.
UNWANTED = re.compile(r"^(torch|nvidia|opentelemetry-(sdk|exporter|instrumentation)|sentry|posthog|segment|scarf)")


def entries(lock: Path) -> dict[str, list[str]]:
    """Return the hashes under each requirement line; any other line is an error."""
    found: dict[str, list[str]] = {}
    current = ""
    for line in lock.read_text(encoding="utf-8").splitlines():
        if REQUIREMENT.fullmatch(line):
            current = line.removesuffix(" \\")
            found[current] = []
        else:
            assert HASH.fullmatch(line), f"{lock.name}: unexpected line {line!r}"
            found[current].append(line)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_exact_and_hashed(root: Path, name: str) -> None:
    locked = entries(root / "requirements" / name)
    assert locked
    assert all(locked.values())


@pytest.mark.parametrize("name", LOCKS)
def test_nothing_unwanted_is_locked(root: Path, name: str) -> None:
    assert not [line for line in entries(root / "requirements" / name) if UNWANTED.search(line)]


def test_development_runs_on_what_runs_in_a_hospital(root: Path) -> None:
    assert entries(root / "requirements" / "runtime.txt").keys() <= entries(root / "requirements" / "dev.txt").keys()


def test_javascript_is_exact_and_hashed_without_addresses_and_for_the_tests_alone(root: Path) -> None:
    packages = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    named = json.loads((root / "package.json").read_text(encoding="utf-8"))
    locked = {name: values for name, values in packages.items() if name}
    assert locked
    for name, values in locked.items():
        assert values["integrity"].startswith("sha512-"), name
        assert "resolved" not in values, name
        assert values["dev"] is True, f"{name} would run in the pages"
    assert "dependencies" not in named
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in named["devDependencies"].values())
