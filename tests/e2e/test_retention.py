"""Retention on a site that works: what goes, what is said of it, and what comes back."""

import json
from pathlib import Path

import pytest

from tests.e2e import warm
from tests.e2e.films import PROBE, Film, account, held, kinds, wait_over, wait_told, write_film
from tests.e2e.peers import dcmsend, orthanc
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R31", "R59")
AT_ONCE = {"COLLEGA_RETENTION__IMAGES_DAYS": "0.000001", "COLLEGA_RETENTION__RUNS_DAYS": "0.000001"}
RETRIES = {"COLLEGA_PACS__RETRY_FIRST_S": "0.5", "COLLEGA_PACS__RETRY_MOST_S": "1"}


def send(one: Site, *films: Film) -> None:
    for film in films:
        assert "with status SUCCESS  : 1" in dcmsend(one.dicom_port, film.path).text


def ask(one: Site, *arguments: str, code: int = 0) -> str:
    """Run a command with the rule that lets everything go at once; the server keeps its own."""
    done = warm.run(arguments, one.environment | AT_ONCE)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def stored(one: Site) -> int:
    return len(list((one.data / "studies").rglob("*.dcm")))


def remove_all(one: Site, left: int = 0) -> None:
    """Apply the rule until no more than so many images are left: what has just ended is not yet of yesterday."""

    def is_done() -> bool:
        ask(one, "retention", "run")
        return stored(one) == left

    wait_for(is_done, f"{left} images are left", 20)


def test_images_go_and_what_was_said_stays(tmp_path: Path) -> None:
    film, kept = (write_film(tmp_path / "films", name) for name in ("goes", "held"))
    crashed = write_film(tmp_path / "films", "crashed", StudyDescription="crash")
    with (
        orthanc(tmp_path / "pacs") as pacs,
        site(tmp_path / "site", pacs=(pacs.aet, pacs.dicom_port), apps=[PROBE]) as one,
    ):
        one.start()
        send(one, film, kept, crashed)
        before = {item.study: wait_over(one, item.study) for item in (film, kept, crashed)}
        assert list((one.data / "runs").iterdir()), "what a failed app left behind"
        ask(one, "retention", "hold", kept.study, "--reason", "a case for the maker", "--by", "dr. X")
        told = json.loads(ask(one, "retention", "plan", "--json"))
        assert told["images"]["remove"]["studies"] == 2
        assert told["images"]["stay"]["held"]["studies"] == 1
        assert stored(one) == 3, "a plan removes nothing"
        done = json.loads(ask(one, "retention", "run", "--json"))
        assert done["studies"] >= 2
        assert stored(one) == 1
        assert not list((one.data / "runs").iterdir())
        after = account(one, film.study)
        assert [row["kind"] for row in after["removed"]] == ["images"]
        assert after["removed"][0]["done_at"]
        assert after["series"][0]["removed"] == after["series"][0]["instances"] == 1
        for name in ("jobs", "deliveries", "state", "revision"):
            assert after[name] == before[film.study][name], "what was said and delivered stays on record"
        assert kinds(after)[-1] == "files_removed"
        assert "images" in ask(one, "studies", "show", film.study)
        assert account(one, kept.study)["holds"][0]["reason"] == "a case for the maker"
        refused = ask(one, "jobs", "retry", after["jobs"][0]["job_key"], code=1)
        assert "removed by rule" in refused
        # The study comes again: its file is back, nothing is done twice, and the job can be retried.
        send(one, film)
        wait_told(one, film.study, lambda told: "restored" in kinds(told), "it is taken back")
        assert stored(one) == 2
        assert account(one, film.study)["jobs"] == after["jobs"]
        assert len(held(pacs, film.study).reports) == 1
        ask(one, "jobs", "retry", after["jobs"][0]["job_key"])
        wait_told(one, film.study, lambda told: kinds(told).count("planned") > 1, "it ran again")
        ask(one, "retention", "release", kept.study)
        ask(one, "retention", "run")
        assert account(one, kept.study)["series"][0]["removed"] == 1
        assert one.stop() == [0]


def test_what_is_undelivered_stays(tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "undelivered")
    pacs_folder = tmp_path / "pacs"
    with site(tmp_path / "site", pacs=("TESTPACS", 1), apps=[PROBE], settings=RETRIES | AT_ONCE) as one:
        one.start()
        send(one, film)
        wait_told(one, film.study, lambda told: len(told["deliveries"]) == 2, "its objects wait")
        told = json.loads(ask(one, "retention", "plan", "--json"))
        assert "undelivered" in told["images"]["stay"]
        assert told["images"]["remove"]["studies"] == 0
        ask(one, "retention", "run")
        assert stored(one) == 1
        assert one.stop() == [0]
        with orthanc(pacs_folder) as pacs:
            one.environment["COLLEGA_PACS__PORT"] = str(pacs.dicom_port)
            one.start()
            wait_over(one, film.study)
            assert len(held(pacs, film.study).reports) == 1
            # Nobody asks for it: the server keeps house by itself.
            wait_told(one, film.study, lambda told: "files_removed" in kinds(told), "the server removes it", seconds=90)
            assert stored(one) == 0
            assert one.stop()[-1] == 0


def test_late_images_do_not_pretend_to_be_the_whole_study(tmp_path: Path) -> None:
    first, late = (write_film(tmp_path / "films", "late", image=image) for image in (1, 2))
    with (
        orthanc(tmp_path / "pacs") as pacs,
        site(tmp_path / "site", pacs=(pacs.aet, pacs.dicom_port), apps=[PROBE]) as one,
    ):
        one.start()
        send(one, first)
        wait_over(one, first.study)
        remove_all(one)
        send(one, late)
        wait_told(one, first.study, lambda told: told["revision"] == 2, "a revision begins")
        told = wait_over(one, first.study)
        job = told["jobs"][-1]
        assert (job["revision"], job["outcome"], job["reason_code"]) == (2, "failed", "images_removed")
        assert "1 of 2 images were removed by rule; send the whole study again" in job["reason"]
        found = held(pacs, first.study)
        assert len(found.reports) == 1, "no report on half of a study"
        assert len(found.pages) == 2, "the page of the new revision says so"
        # The whole study is sent again: now the app gets both images.
        send(one, first, late)
        wait_told(one, first.study, lambda told: told["revision"] == 3, "the app is asked again")
        told = wait_over(one, first.study)
        assert told["jobs"][-1]["outcome"] in {"found", "nothing_found"}
        assert len(held(pacs, first.study).reports) == 2
        assert one.stop() == [0]
