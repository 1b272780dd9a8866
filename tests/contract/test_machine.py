"""The machine: facts of the fake and of the real one have the same shape and make sense."""

from collections.abc import Callable
from pathlib import Path

import pytest

from collega.adapters.machine import LinuxMachine
from collega.ports.machine import Machine
from collega.testing.fake_probe import FakeMachine

KINDS: dict[str, Callable[[], Machine]] = {"fake": FakeMachine, "real": LinuxMachine}
pytestmark = pytest.mark.shows("R64")


@pytest.mark.parametrize("kind", KINDS)
def test_facts_make_sense(kind: str, tmp_path: Path) -> None:
    (tmp_path / "studies").mkdir(mode=0o700)
    facts = KINDS[kind]().facts(tmp_path)
    assert facts.name
    assert facts.free_mb > 0
    assert 0 < facts.write_s < 10
    assert facts.memory_mb > 64
    assert facts.cores >= 1
    assert abs(facts.utc_offset.total_seconds()) <= 14 * 3600
    assert facts.synchronised in {True, False, None}
    assert facts.modes["studies"] == 0o700


def test_measuring_leaves_nothing_behind(tmp_path: Path) -> None:
    LinuxMachine().facts(tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_open_folder_is_seen(tmp_path: Path) -> None:
    folder = tmp_path / "studies"
    folder.mkdir()
    folder.chmod(0o755)
    assert LinuxMachine().facts(tmp_path).modes == {"studies": 0o755}
