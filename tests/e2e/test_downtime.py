"""AI unavailable: people are told once, the study says so, and it is taken back once."""

import os
import shutil
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from collega.bootstrap.rights import let_pass
from tests.e2e.films import PROBE, WITNESS, held, wait_over, wait_told, write_film
from tests.e2e.listeners import Letters, Posts, hook_server, mail_server
from tests.e2e.peers import Orthanc, dcmsend, orthanc
from tests.e2e.site import Site, family, site, wait_for

HANGS = 'import time\n\n\ndef run(inputs, outputs):\n    """Never answer."""\n    time.sleep(600)\n'


def impatient(letters: Letters, posts: Posts) -> dict[str, str]:
    """Give the settings of a site that calls three seconds an outage."""
    return {
        "COLLEGA_NOTIFY__AFTER_MINUTES": "0.05",
        "COLLEGA_NOTIFY__STEADY_MINUTES": "0.02",
        "COLLEGA_NOTIFY__SMTP_HOST": "127.0.0.1",
        "COLLEGA_NOTIFY__SMTP_PORT": str(letters.port),
        "COLLEGA_NOTIFY__SMTP_SECURITY": "none",
        "COLLEGA_NOTIFY__SMTP_FROM": "collega@hospital.test",
        "COLLEGA_NOTIFY__SMTP_TO": "radiology@hospital.test,emergency@hospital.test",
        "COLLEGA_NOTIFY__WEBHOOK_URL": posts.url,
        "COLLEGA_COVERAGE__EVERY_MINUTES": "0",
        "COLLEGA_RUN__RETRY_WAIT_S": "0.1",
    }


@contextmanager
def told_site(folder: Path, pacs: Orthanc, apps: list[Path]) -> Iterator[tuple[Site, Letters, Posts]]:
    with (
        mail_server() as letters,
        hook_server() as posts,
        site(folder, pacs=("TESTPACS", pacs.dicom_port), apps=apps, settings=impatient(letters, posts)) as house,
    ):
        yield house, letters, posts


def hanging_probe(folder: Path) -> Path:
    """Give a copy of the probe that hangs on every study, as an app does whose licence server is away."""
    app = folder / "apps" / "probe"
    shutil.copytree(PROBE, app, ignore=shutil.ignore_patterns("__pycache__"))
    (app / "probe.py").write_text(HANGS, encoding="utf-8")
    text = (app / "app.toml").read_text(encoding="utf-8").replace("time_limit_s = 30", "time_limit_s = 900")
    (app / "app.toml").write_text(text, encoding="utf-8")
    let_pass([app])
    return app


def board(house: Site) -> str:
    """Read the page that those who steer look at."""
    with urllib.request.urlopen(f"http://127.0.0.1:{house.web_port}/board/rows", timeout=30) as answer:
        text: str = answer.read().decode()
    return text


def unavailable(house: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.get("/api/availability")["unavailable"]
    return found


@pytest.mark.shows("R25", "R26", "R24")
def test_an_app_that_hangs_is_told_once_shown_in_the_pacs_and_taken_back_once(tmp_path: Path) -> None:
    app = hanging_probe(tmp_path)
    with (
        orthanc(tmp_path / "pacs") as pacs,
        told_site(tmp_path / "site", pacs, [app, WITNESS]) as (
            house,
            letters,
            posts,
        ),
    ):
        house.start()
        film = write_film(tmp_path / "films", "waits")
        dcmsend(house.dicom_port, film.path)
        wait_for(lambda: letters.got and posts.got, "both channels have heard", 30)
        assert letters.subjects() == ["AI unavailable: work as before"]
        assert "probe 0.0.1 has not answered since" in letters.got[0].get_content()
        assert posts.kinds() == ["unavailable"]
        (shown,) = unavailable(house)
        assert (shown["part"], shown["name"], shown["cause"]) == ("app", "probe", "waiting")
        wait_told(house, film.study, lambda told: _pages(told) == ["visible"], "the page stands in the PACS")
        wait_for(lambda: 'id="outage-1"' in board(house), "the board says so too", 10)
        assert "<strong>probe</strong>" in board(house)
        (page,) = held(pacs, film.study).pages
        assert "AI UNAVAILABLE: work as before" in page.ImageComments
        assert "witness" in page.ImageComments

        house.kill(database=False)
        house.start()
        wait_for(lambda: unavailable(house), "it is still out", 20)
        house.stop()
        shutil.copy(PROBE / "probe.py", app / "probe.py")
        house.start()
        wait_for(lambda: len(letters.got) > 1 and len(posts.got) > 1, "both channels hear that it is over", 60)
        wait_over(house, film.study)
        assert letters.subjects() == ["AI unavailable: work as before", "AI available again"]
        assert posts.kinds() == ["unavailable", "available"]
        assert "1 studies were not analysed in time" in letters.got[1].get_content()
        assert unavailable(house) == []
        wait_told(house, film.study, lambda told: _pages(told) == ["visible", "visible"], "the page is replaced")
        first, second = held(pacs, film.study).pages
        assert "AI UNAVAILABLE" not in second.ImageComments
        assert "REPLACES" in second.SeriesDescription
        assert first.SOPInstanceUID != second.SOPInstanceUID


@pytest.mark.shows("R26")
def test_a_worker_that_hangs_is_told_once_by_those_who_are_left(tmp_path: Path) -> None:
    with orthanc(tmp_path / "pacs") as pacs, told_site(tmp_path / "site", pacs, [PROBE]) as (house, letters, posts):
        house.start("--role", "receiver", ready=False)
        house.start("--role", "web", ready=False)
        worker = house.start("--role", "worker")
        for pid in family(worker.pid):
            os.kill(pid, signal.SIGSTOP)
        wait_for(lambda: letters.got and posts.got, "both channels have heard", 60)
        assert "No study has been analysed since" in letters.got[0].get_content()
        assert [(row["part"], row["cause"]) for row in unavailable(house)] == [("worker", "silent")]
        for pid in family(worker.pid):
            os.kill(pid, signal.SIGCONT)
        wait_for(lambda: len(letters.got) > 1 and len(posts.got) > 1, "both channels hear that it is over", 60)
        assert posts.kinds() == ["unavailable", "available"]
        assert len(letters.got) == 2


@pytest.mark.shows("R26")
def test_a_database_that_hangs_is_told_once_by_the_web_process(tmp_path: Path) -> None:
    with orthanc(tmp_path / "pacs") as pacs, told_site(tmp_path / "site", pacs, [PROBE]) as (house, letters, posts):
        house.start()
        frozen = house.database_processes()
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            wait_for(lambda: letters.got and posts.got, "both channels have heard", 60)
            assert [row["part"] for row in unavailable(house)] == ["database"]
            assert "The database of collega has not answered since" in letters.got[0].get_content()
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        wait_for(lambda: len(letters.got) > 1 and len(posts.got) > 1, "both channels hear that it is over", 90)
        assert posts.kinds() == ["unavailable", "available"]
        wait_for(lambda: unavailable(house) == [], "nothing is out", 30)
        assert [row["part"] for row in house.json("outages")["outages"] if row["noticed_at"]] == ["database"]


def _pages(told: dict[str, Any]) -> list[str]:
    return [one["state"] for one in told["deliveries"] if one["kind"] == "status_page"]
