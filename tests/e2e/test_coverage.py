"""What never arrived: an app that is silently taken from the routing of the PACS is found."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collega.testing.ports import reserved_ports
from tests.e2e.films import PROBE, Film, account, kinds, wait_over, write_film
from tests.e2e.peers import LOOPBACK, dcmsend, orthanc
from tests.e2e.site import Site, site, wait_for

ROUND_SECONDS = 2.0
QUICK = {"COLLEGA_COVERAGE__EVERY_MINUTES": str(ROUND_SECONDS / 60), "COLLEGA_COVERAGE__GRACE_MINUTES": "0"}


def new_film(folder: Path, name: str, *, image: int = 1, description: str = "X-thorax") -> Film:
    """Write a film that was made a moment ago, in the zone of the site."""
    now = datetime.now(UTC).astimezone(ZoneInfo("Europe/Amsterdam"))
    date, clock = f"{now:%Y%m%d}", f"{now:%H%M%S}"
    return write_film(folder, name, image=image, StudyDate=date, StudyTime=clock, StudyDescription=description)


def told(house: Site) -> dict[str, Any]:
    found: dict[str, Any] = house.get("/api/coverage?hours=24")
    return found


def seen(house: Site, film: Film) -> dict[str, Any]:
    """Row of a study that was missing, or came in part; empty where it is listed nowhere."""
    return next((row for row in told(house)["studies"] if row["study_instance_uid"] == film.study), {})


def figure(house: Site) -> Mapping[str, Any]:
    return next(row for row in told(house)["figures"] if (row["app"], row["hours"]) == ("probe", "all"))


@pytest.mark.shows("R31", "R24", "R9")
def test_an_app_that_is_taken_from_the_routing_is_found_within_two_rounds_and_fetched(tmp_path: Path) -> None:
    folder = tmp_path / "films"
    with reserved_ports() as (port,):
        peers = {"collega": ("COLLEGA", LOOPBACK, port)}
        settings = {**QUICK, "COLLEGA_DICOM__PORT": str(port)}
        with (
            orthanc(tmp_path / "pacs", peers=peers) as pacs,
            site(tmp_path / "site", pacs=("TESTPACS", pacs.dicom_port), apps=[PROBE], settings=settings) as house,
        ):
            house.start()
            routed = new_film(folder, "routed")
            for target in (pacs.dicom_port, port):
                dcmsend(target, routed.path)
            wait_over(house, routed.study)

            lost = new_film(folder, "lost")
            unwanted = new_film(folder, "unwanted", description="X-knee")
            rounds = len(told(house)["rounds"])
            for film in (lost, unwanted):
                dcmsend(pacs.dicom_port, film.path)
            wait_for(lambda: seen(house, lost).get("state") == "missing", "the lost study is listed", 60)
            assert len(told(house)["rounds"]) - rounds <= 2
            assert seen(house, lost)["apps"] == {"probe": "yes"}
            assert not seen(house, unwanted)
            assert account(house, lost.study)["state"] == "unknown", "it is listed, not fetched: the site says no"

            house.stop()
            house.environment["COLLEGA_COVERAGE__FETCH"] = "true"
            house.start()
            wait_over(house, lost.study)
            wait_for(lambda: seen(house, lost).get("state") == "fetched", "the lost study is closed", 60)
            wait_for(lambda: figure(house)["received"] == 1, "the routed study counts", 60)
            assert (figure(house)["eligible"], figure(house)["fetched"]) == (2, 1)
            assert figure(house)["coverage"] == 0.5
            assert kinds(account(house, lost.study))[:2] == ["missing", "received"]
            shown = house.json("coverage", "--since", "1")
            assert shown["state"].startswith("the PACS answered at ")
            need = house.json("coverage", "need", "probe", "--days", "2")
            assert (need["studies"], need["hours"][-1]["accepted"]) == (3, 2)


@pytest.mark.shows("R31")
def test_a_pacs_that_is_away_is_no_quiet_night(tmp_path: Path) -> None:
    film = new_film(tmp_path / "films", "after")
    with reserved_ports() as (port,), site(tmp_path / "site", pacs=("TESTPACS", port), settings=QUICK) as house:
        house.start()
        wait_for(lambda: told(house)["rounds"], "a round", 60)
        shown = told(house)
        assert shown["state"] == "the PACS has never answered"
        assert not shown["rounds"][0]["answered"]
        assert "no connection" in shown["rounds"][0]["reason"]
        assert shown["figures"] == []
        with orthanc(tmp_path / "pacs", port=port) as pacs:
            dcmsend(port, film.path)
            wait_for(lambda: told(house)["rounds"][0]["answered"], "the PACS answers", 60)
            assert pacs.instances()
        last = told(house)["last_answered_at"]
        wait_for(lambda: not told(house)["rounds"][0]["answered"], "a round without an answer", 60)
        assert told(house)["state"].startswith("PACS not asked since ")
        assert told(house)["last_answered_at"] >= last


@pytest.mark.shows("R31")
def test_a_study_that_came_in_part_is_listed_until_the_rest_comes(tmp_path: Path) -> None:
    films = [new_film(tmp_path / "films", "parts", image=number) for number in (1, 2)]
    with (
        orthanc(tmp_path / "pacs") as pacs,
        site(tmp_path / "site", pacs=("TESTPACS", pacs.dicom_port), apps=[PROBE], settings=QUICK) as house,
    ):
        house.start()
        for film in films:
            dcmsend(pacs.dicom_port, film.path)
        dcmsend(house.dicom_port, films[0].path)
        wait_for(lambda: seen(house, films[0]).get("state") == "incomplete", "one of two images is here", 60)
        dcmsend(house.dicom_port, films[1].path)
        wait_for(lambda: not seen(house, films[0]), "both are here", 60)


@pytest.mark.slow
@pytest.mark.shows("R31")
def test_rounds_go_on_after_a_kill_and_do_not_pile_up(tmp_path: Path) -> None:
    with (
        orthanc(tmp_path / "pacs") as pacs,
        site(tmp_path / "site", pacs=("TESTPACS", pacs.dicom_port), apps=[PROBE], settings=QUICK) as house,
    ):
        for _ in range(2):
            house.start()
            rounds = len(told(house)["rounds"])
            wait_for(lambda before=rounds: len(told(house)["rounds"]) > before, "another round", 60)
            house.kill(database=False)
        house.start()
        house.start("--role", "worker", ready=False)
        before, began = len(told(house)["rounds"]), time.monotonic()
        time.sleep(5 * ROUND_SECONDS)
        done = len(told(house)["rounds"]) - before
        assert 1 <= done <= (time.monotonic() - began) / ROUND_SECONDS + 1
        house.json("coverage", "now")
