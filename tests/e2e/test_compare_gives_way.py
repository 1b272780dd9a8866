"""A comparison beside a running server: it keeps to the limits of its app and gives way to the studies of the line."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.e2e.comparing import STORED, changed_scorer, runs_of, started, write_tiny_films
from tests.e2e.films import PROBE, account, wait_over, write_film
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R15", "R5", "R54")
STORED_STUDIES, MANY = 6, 16
SLOW = ("scorer.py", 'asked == "slow"', f'asked == "{STORED}"')
# A look each half second, the end of what runs, and a loaded machine.
WITHIN_S = 4.0
ONE_GPU = {"COLLEGA_RUN__GPU_DEVICES": '["0"]'}
BUSY_BY_ONE = {"COLLEGA_RUN__PARALLEL": "1"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path / "site", pacs=None, apps=[PROBE], settings=ONE_GPU | BUSY_BY_ONE) as one:
        one.start()
        yield one


def command(house: Site, folder: Path, limit: str, stored: int = STORED_STUDIES) -> list[str]:
    """Store some studies, and give the order to compare two versions that share a limit on them."""
    uids = write_tiny_films(folder / "stored", [f"stored-{number}" for number in range(stored)])
    assert dcmsend(house.dicom_port, folder / "stored").code == 0
    wait_for(lambda: all(account(house, uid)["state"] == "routed" for uid in uids), "all are stored")
    limited = ("app.toml", "attempts = 2", f"attempts = 2\n{limit}")
    newer = changed_scorer(folder / "new", SLOW, limited)
    older = changed_scorer(folder / "old", SLOW, limited, ("app.toml", '"2.0.0"', '"1.0.0"'))
    names = ["--name", "beside", "--at-once", "4", "--studies", ",".join(uids)]
    return ["compare", str(older), str(newer), *names]


def watch(house: Site, over: Callable[[], bool]) -> list[tuple[datetime, int]]:
    """Count the runs of comparisons, again and again until it is over."""
    seen = []
    deadline = time.monotonic() + 90
    while not over():
        assert time.monotonic() < deadline, house.log()
        seen.append((datetime.now(UTC), len(runs_of(house))))
        time.sleep(0.02)
    return seen


@pytest.mark.parametrize(("limit", "most"), [("at_once = 2", 2), ("gpus = 1", 1)])
def test_the_limits_of_an_app_hold(house: Site, tmp_path: Path, limit: str, most: int) -> None:
    with started(house, command(house, tmp_path, limit)) as process:
        seen = watch(house, lambda: process.poll() is not None)
        assert process.returncode == 0
    assert max(count for _, count in seen) == most
    assert house.json("compare", "show", "beside")["compared"] == STORED_STUDIES


def test_studies_that_come_are_not_held_up_and_nothing_of_the_comparison_is_lost(house: Site, tmp_path: Path) -> None:
    said = tmp_path / "said.txt"
    films = [write_film(tmp_path / "live", f"live-{number}", StudyDescription="slow") for number in range(3)]
    # So many that the comparison is not over before the studies of the line begin, on a busy machine too.
    with started(house, command(house, tmp_path, "", MANY), said=said) as process:
        watch(house, lambda: bool(runs_of(house)))
        dcmsend(house.dicom_port, tmp_path / "live")
        seen = watch(house, lambda: all(_is_done(house, film.study) for film in films))
        assert process.wait(90) == 0
    spans = sorted(_span(house, film.study) for film in films)
    assert all((later[0] - earlier[1]).total_seconds() < WITHIN_S for earlier, later in pairwise(spans))
    ran = [at for at, count in seen if count and spans[0][0] < at < spans[-1][1]]
    assert all((at - spans[0][0]).total_seconds() < WITHIN_S for at in ran), "it has given way, and has not begun again"
    assert "waits for the studies of the line" in said.read_text(encoding="utf-8")
    found = house.json("compare", "show", "beside")
    assert (found["compared"], found["apart"]) == (MANY, [])


def _is_done(house: Site, study: str) -> bool:
    jobs = account(house, study)["jobs"]
    return bool(jobs) and all(job["state"] == "done" for job in jobs)


def _span(house: Site, study: str) -> tuple[datetime, datetime]:
    told = wait_over(house, study, page=False)
    at = {event["kind"]: datetime.fromisoformat(event["at"]) for event in told["events"]}
    return at["started"], at["ended"]
