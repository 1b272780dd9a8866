"""Two versions on thousands of stored studies: killed midway, resumed, and nothing of it delivered."""

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collega.model.ids import stable_uid
from collega.testing.pacs import KeepingPacs
from tests.e2e.compared.scorer.scorer import score_of
from tests.e2e.comparing import OLDER_BIAS, SCORER, left, older_version, started, study, write_tiny_films
from tests.e2e.films import PROBE, account
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, family, site, wait_for

AT_ONCE = 2
MOST_GROWTH_MB = 12.0
TOLD = re.compile(r"(\d+) of (\d+) runs \((\d+) %\)(?:, ([\d.]+) per (?:second|minute), (.+) left)?")


@pytest.fixture
def pacs(tmp_path: Path) -> Iterator[KeepingPacs]:
    with KeepingPacs(tmp_path / "pacs") as one:
        yield one


@pytest.fixture
def house(pacs: KeepingPacs, tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path / "site", pacs=(pacs.aet, pacs.port), apps=[PROBE]) as one:
        one.start()
        yield one


@pytest.mark.shows("R8", "R15")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [60, pytest.param(2000, marks=pytest.mark.slow)])
def test_a_comparison_of_many_studies_is_killed_and_resumed(
    house: Site, pacs: KeepingPacs, tmp_path: Path, count: int
) -> None:
    names = [f"n{number}" for number in range(count)]
    uids = fill(house, tmp_path, names)
    before = outside(house, pacs, uids)
    (tmp_path / "uids.txt").write_text("\n".join(uids), encoding="utf-8")
    command = ["compare", str(older_version(tmp_path)), str(SCORER), "--name", "many", "--at-once", str(AT_ONCE)]
    first, second = tmp_path / "first.txt", tmp_path / "second.txt"
    with started(house, [*command, "--from", str(tmp_path / "uids.txt")], said=first) as process:
        early, late = memory(process, first, 10, 50)
        process.send_signal(signal.SIGKILL)
    ended = 2 * count - left(house, "many")
    assert count <= ended < 2 * count
    with started(house, command, said=second) as process:
        later, last = memory(process, second, 60, 90)
        assert process.wait(600) == 0
    figures = f"{count} studies: {early:.1f} and {late:.1f} MB, then {later:.1f} and {last:.1f} MB"
    print(figures, second.read_text(encoding="utf-8"), sep="\n")  # noqa: T201 - the figures are wanted
    assert late - early < MOST_GROWTH_MB
    assert last - later < MOST_GROWTH_MB

    (begun, total, *_), *between, (end, *_) = TOLD.findall(second.read_text(encoding="utf-8"))
    assert (int(begun), int(total), int(end)) == (ended, 2 * count, 2 * count), "nothing is run again"
    assert any(rate and time for *_, rate, time in between)

    found = house.json("compare", "show", "many")
    assert found["apart"] == []
    assert (found["studies"], found["compared"]) == (count, count)
    assert [found[side]["states"]["analysed"] for side in "ab"] == [count, count]
    assert (found["a"]["version"], found["b"]["version"]) == ("1.0.0", "2.0.0")
    opacity = next(item for item in found["findings"] if item["finding"] == "opacity")
    assert sorted(opacity["disagreements"]) == sorted(study(name) for name in names if moved(name))
    assert outside(house, pacs, uids) == before
    assert not list((house.data / "comparisons").iterdir())


def fill(house: Site, folder: Path, names: list[str]) -> list[str]:
    """Put a study of each name in the store, by the receiver."""
    uids = write_tiny_films(folder / "films", names)
    assert dcmsend(house.dicom_port, folder / "films").code == 0
    wait_for(lambda: account(house, uids[-1])["state"] == "routed", "the last is routed", 300)
    wait_for(lambda: {row["state"] for row in house.get("/api/worklist")} == {"routed"}, "all are routed", 300)
    return uids


def outside(house: Site, pacs: KeepingPacs, uids: list[str]) -> list[Any]:
    """Tell what others see: what the PACS holds, the board, the accounts of some studies."""
    some = [house.account(uid) for uid in uids[:: max(1, len(uids) // 10)]]
    board = [{**row, "waiting_s": None} for row in house.get("/api/worklist")]
    return [len(pacs.objects()), board, some]


def moved(name: str) -> bool:
    """Whether the two versions differ on a film."""
    older, newer = (score_of("opacity", stable_uid("test", name, "1"), bias=bias) for bias in (OLDER_BIAS, 0.0))
    return (older >= 0.5) != (newer >= 0.5)


def memory(process: subprocess.Popen[bytes], said: Path, *percents: int) -> list[float]:
    """Memory of the command and of what it started, in MB, when it has told that it is so far."""
    found = []
    for percent in percents:
        wait_for(lambda least=percent: reached(said) >= least, f"{percent} % are told", 900)
        found.append(sum(map(resident_mb, family(process.pid)[:2])))
    return found


def reached(said: Path) -> int:
    return max((int(percent) for _, _, percent, *_ in TOLD.findall(said.read_text(encoding="utf-8"))), default=-1)


def resident_mb(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(text.split("VmRSS:", 1)[1].split()[0]) / 1024
