"""Kills between what goes to a vendor's box and what comes back: its answer is taken once, wherever they fall."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collega.errors import PeerError
from collega.testing.vendor_answers import everything
from collega.testing.vendor_node import POLITE
from tests.e2e.boxes import BoxedSite, boxed_site
from tests.e2e.crashes import crash, is_listening
from tests.e2e.films import Film, account, held, kinds, wait_over, wait_told, write_film
from tests.e2e.peers import Orthanc, dcmsend, orthanc
from tests.e2e.site import family, wait_for

pytestmark = [pytest.mark.shows("R31"), pytest.mark.timeout(240)]
# A report, a picture, a segmentation, a presentation state, a document.
OBJECTS = 5
IMPATIENT = {"COLLEGA_PACS__RETRY_FIRST_S": "0.5", "COLLEGA_PACS__RETRY_MOST_S": "5"}

# Step, its closing transaction, the side of its commit on which the worker dies -> how often the box gets the study.
# Before the hand-over is recorded, nobody knows whether the box has all; its answer may say so meanwhile.
POINTS = {
    ("run", 1, "after"): {1},
    ("run", 2, "before"): {1, 2},
    ("run", 2, "after"): {1},
    ("collect", 1, "before"): {1},
    ("collect", 1, "after"): {1},
    ("normalise", 2, "before"): {1},
}
NAMES = {" ".join(map(str, point)): point for point in POINTS}


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as one:
        yield one


@pytest.fixture
def house(pacs: Orthanc, tmp_path: Path) -> Iterator[BoxedSite]:
    """Run a site that receives and shows; workers come and go."""
    with boxed_site(tmp_path, everything, pacs, limit=60, settle=0.5, settings=IMPATIENT, starts=False) as one:
        one.site.start("--role", "receiver", ready=False)
        one.site.start("--role", "web", ready=False)
        wait_for(lambda: is_up(one), "receiver and web answer", 40)
        yield one
        one.box.manners = POLITE


def is_up(house: BoxedSite) -> bool:
    """Whether the receiver takes connections, and the web process answers out of the database."""
    try:
        return is_listening(house.site) and bool(account(house.site, "1.2.3"))
    except OSError:
        return False


def send(house: BoxedSite, folder: Path, name: str) -> Film:
    film = write_film(folder / "films", name)
    sent = dcmsend(house.site.dicom_port, film.path)
    assert "with status SUCCESS  : 1" in sent.text, sent.text
    return film


def received(house: BoxedSite, film: Film) -> int:
    """Count how often the box got the study."""
    return sum(images[0].StudyInstanceUID == film.study for images in house.box.account.studies)


def check(house: BoxedSite, pacs: Orthanc, film: Film) -> dict[str, Any]:
    """Look at a study that must have ended well, with one answer."""
    told = wait_over(house.site, film.study)
    [job] = told["jobs"]
    assert (job["state"], job["outcome"]) == ("done", "found")
    outcomes = [attempt["outcome"] for attempt in job["attempts"]]
    assert outcomes[-1] == "answered"
    assert set(outcomes[:-1]) <= {"lost"}
    found = held(pacs, film.study)
    assert len(found.pages) == 1
    assert len(found.reports) == 1
    assert len(house.answered(job)) == OBJECTS
    once = ("complete", "routed", "queued", "ended", "normalised", "planned")
    assert {kind: kinds(told).count(kind) for kind in once} == dict.fromkeys(once, 1)
    assert told["revision"] == 1
    return told


def test_a_worker_that_dies_on_the_way_to_a_box_or_back(house: BoxedSite, pacs: Orthanc, tmp_path: Path) -> None:
    films = {}
    for name, point in NAMES.items():
        film = send(house, tmp_path, f"dies {name}")
        assert crash(house.site, film.study, point) == -signal.SIGKILL, name
        films[name] = film
    house.site.start("--role", "worker", ready=False)
    for name, film in films.items():
        check(house, pacs, film)
        assert received(house, film) in POINTS[NAMES[name]], name


def test_an_answer_that_came_while_nobody_worked_is_taken_and_nothing_sent_again(
    house: BoxedSite, pacs: Orthanc, tmp_path: Path
) -> None:
    """The worker dies after it sent and before it said so; the whole answer is here before the next one begins."""
    film = send(house, tmp_path, "answered meanwhile")
    assert crash(house.site, film.study, ("run", 2, "before")) == -signal.SIGKILL
    wait_for(lambda: len(house.box.account.statuses) == OBJECTS, "it answered")
    house.site.start("--role", "worker", ready=False)
    told = check(house, pacs, film)
    assert received(house, film) == 1
    assert "answered_again" not in kinds(told)


def test_a_receiver_that_dies_between_study_and_answer(house: BoxedSite, pacs: Orthanc, tmp_path: Path) -> None:
    """The box finds nobody, and sends its answer again later, as boxes do."""
    house.site.start("--role", "worker", ready=False)
    house.box.behave(times=0)
    film = send(house, tmp_path, "deaf")
    wait_told(house.site, film.study, lambda told: "handed_over" in kinds(told), "the box has it")
    receiver = house.site.processes[0]
    for pid in family(receiver.pid):
        os.kill(pid, signal.SIGKILL)
    receiver.wait(10)
    wait_for(lambda: not is_listening(house.site), "nobody listens")
    made = everything(house.box.account.studies[0])
    with pytest.raises(PeerError, match="gives no association"):
        house.box.send(made)
    house.site.start("--role", "receiver", ready=False)
    wait_for(lambda: is_listening(house.site), "the receiver listens", 40)
    house.box.send(made)
    check(house, pacs, film)
    assert received(house, film) == 1


def test_a_box_that_sends_again_after_all_of_collega_was_down(house: BoxedSite, pacs: Orthanc, tmp_path: Path) -> None:
    house.site.start("--role", "worker", ready=False)
    house.box.behave(times=0)
    film = send(house, tmp_path, "down")
    wait_told(house.site, film.study, lambda told: "handed_over" in kinds(told), "the box has it")
    house.site.kill(database=True)
    made = everything(house.box.account.studies[0])
    with pytest.raises(PeerError, match="gives no association"):
        house.box.send(made)
    for role in ("receiver", "web", "worker"):
        house.site.start("--role", role, ready=False)
    wait_for(lambda: is_up(house), "receiver and web answer", 40)
    house.box.send(made)
    house.box.send(made)  # its first success was lost to it
    told = check(house, pacs, film)
    assert received(house, film) == 1
    assert len(told["jobs"][0]["attempts"]) == 1
