"""A site under load: apps that hang keep no other waiting, limits and urgency hold, an app is added while it runs."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from collega.bootstrap.rights import let_pass
from tests.e2e.films import PROBE, Film, account, wait_noticed, wait_over, wait_told, write_film
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, site, wait_for

HANGS = "import time\n\n\ndef run(inputs, outputs):\n    time.sleep(600)\n"


def add_app(folder: Path, app_id: str, *changes: tuple[str, str], module: str | None = None) -> None:
    """Put a changed copy of the probe beside the others, its manifest last."""
    app = folder / app_id
    shutil.copytree(PROBE, app, ignore=shutil.ignore_patterns("__pycache__", "app.toml"))
    if module is not None:
        (app / "probe.py").write_text(module, encoding="utf-8")
    text = (PROBE / "app.toml").read_text(encoding="utf-8")
    for old, new in (('id = "probe"', f'id = "{app_id}"'), *changes):
        assert old in text
        text = text.replace(old, new)
    let_pass([app])
    (app / "app.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "apps").mkdir()
    add_app(tmp_path / "apps", "hangs", ("time_limit_s = 30", "time_limit_s = 900"), module=HANGS)
    with site(tmp_path / "site", pacs=None, apps=[tmp_path / "apps"], settings={"COLLEGA_RUN__PARALLEL": "2"}) as one:
        one.start()
        yield one


def states(told: dict[str, Any]) -> dict[str, str]:
    return {job["app_id"]: job["state"] for job in told["jobs"]}


def events(told: dict[str, Any], app: str) -> dict[str, datetime]:
    """Moments of an app's events in a study."""
    return {
        event["kind"]: datetime.fromisoformat(event["at"])
        for event in told["events"]
        if event["payload"].get("app") == app
    }


def send(house: Site, *films: Film) -> None:
    dcmsend(house.dicom_port, *(film.path for film in films))


@pytest.mark.shows("R5", "R54", "R66")
def test_an_app_that_is_added_while_others_hang_on_every_place_does_its_work(house: Site, tmp_path: Path) -> None:
    first = [write_film(tmp_path / "first", f"hang-{number}") for number in range(3)]
    send(house, *first)
    wait_for(
        lambda: [states(account(house, film.study)).get("hangs") for film in first].count("running") == 2,
        "two attempts hang",
    )
    add_app(tmp_path / "apps", "added")
    wait_noticed(house, "added")
    film = write_film(tmp_path / "second", "after")
    send(house, film)
    told = wait_told(house, film.study, lambda said: states(said).get("added") == "done", "the added app is done")
    assert states(told) == {"added": "done", "hangs": "queued"}
    assert [states(account(house, one.study))["hangs"] for one in first].count("queued") == 1


@pytest.mark.shows("R66", "R24")
def test_a_limit_holds_and_the_most_urgent_study_is_next(house: Site, tmp_path: Path) -> None:
    add_app(tmp_path / "apps", "one-at-a-time", ("attempts = 2", "attempts = 2\nat_once = 1"))
    wait_noticed(house, "one-at-a-time")
    house.command("apps", "stage", "hangs", "suspended", "--reason", "not in this test")
    slow = [write_film(tmp_path / "films", f"slow-{n}", StudyDescription="slow") for n in range(3)]
    urgent = write_film(tmp_path / "urgent", "urgent", StudyDescription="slow", RequestedProcedurePriority="STAT")
    send(house, *slow)
    wait_for(lambda: any("running" in states(account(house, film.study)).values() for film in slow), "the first runs")
    send(house, urgent)
    for film in (*slow, urgent):
        wait_over(house, film.study, page=False)
    spans = sorted(
        (found["started"], found["ended"], film is urgent)
        for film in (*slow, urgent)
        for found in [events(account(house, film.study), "one-at-a-time")]
    )
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans))
    assert [is_urgent for _, _, is_urgent in spans].index(True) < 3


@pytest.mark.shows("R66")
def test_a_manifest_that_breaks_while_collega_runs_takes_nothing_along(house: Site, tmp_path: Path) -> None:
    house.command("apps", "stage", "hangs", "suspended", "--reason", "not in this test")
    add_app(tmp_path / "apps", "sound")
    broken = tmp_path / "apps" / "broken"
    broken.mkdir()
    (broken / "app.toml").write_text("[app]\n", encoding="utf-8")
    film = write_film(tmp_path / "films", "sound")
    wait_for(lambda: "missing key" in house.log(), "the problem is told")
    wait_noticed(house, "sound")
    send(house, film)
    told = wait_over(house, film.study, page=False)
    assert states(told) == {"sound": "done"}
    listed = house.json("apps", "list")
    assert [row["id"] for row in listed if not row["problems"]] == ["hangs", "sound"]
    assert [row["folder"] for row in listed if row["problems"]] == [str(broken)]
