"""Nothing is lost and nothing is done twice, wherever and whenever the processes die."""

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pydicom import dcmread

from tests.e2e.crashes import crash, is_listening
from tests.e2e.films import (
    PROBE,
    SHARED_FILMS,
    Film,
    account,
    counts,
    delivered_complaints,
    held,
    is_over,
    kinds,
    wait_over,
    wait_told,
    write_film,
)
from tests.e2e.peers import Orthanc, dcmsend, orthanc
from tests.e2e.site import Site, family, site, wait_for

pytestmark = pytest.mark.shows("R31")
TAKE_OVER_SECONDS = 15
FEW = 30
PAUSE = 0.15  # between two parcels of a scanner, so that there is a middle in which to kill
EXPECTED = {"SR": 1, "OT": 1}
IMPATIENT = {"COLLEGA_PACS__RETRY_FIRST_S": "0.5", "COLLEGA_PACS__RETRY_MOST_S": "5"}

# Step, its closing transaction (counted from 1), and the side of its commit on which the worker dies.
# In deliver the second transaction records what was sent: before it is between C-STORE and record;
# the third orders the next look.
POINTS = [
    ("route", 1, "before"),
    ("route", 1, "after"),
    ("run", 1, "after"),
    ("run", 2, "before"),
    ("run", 2, "after"),
    ("normalise", 2, "before"),
    ("normalise", 2, "after"),
    ("plan", 2, "before"),
    ("plan", 2, "after"),
    ("page", 2, "before"),
    ("page", 2, "after"),
    ("deliver", 1, "after"),
    ("deliver", 2, "before"),
    ("deliver", 2, "after"),
    ("deliver", 3, "before"),
]
NAMES = [f"{step} {number} {moment}" for step, number, moment in POINTS]


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as one:
        yield one


@pytest.fixture(scope="module")
def house(pacs: Orthanc, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run a site that receives and shows; workers come and go."""
    with site(
        tmp_path_factory.mktemp("site"), pacs=(pacs.aet, pacs.dicom_port), apps=[PROBE], settings=IMPATIENT
    ) as one:
        one.start("--role", "receiver", ready=False)
        one.start("--role", "web", ready=False)
        wait_for(lambda: is_listening(one), "the receiver listens", 30)
        wait_for(lambda: account_answers(one), "the web answers", 30)
        yield one


def account_answers(one: Site) -> bool:
    try:
        return bool(account(one, "1.2.3")["state"] == "unknown")
    except OSError:
        return False


def send(one: Site, *films: Film) -> None:
    assert f"with status SUCCESS  : {len(films)}" in dcmsend(one.dicom_port, *(film.path for film in films)).text


# --------------------------------------------------------------------------- every stage boundary


@pytest.fixture(scope="module")
def crashes(house: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Film, int]]:
    """One film and one dead worker per point; then a normal worker finishes what they left."""
    folder = tmp_path_factory.mktemp("films")
    done = {}
    for name, point in zip(NAMES, POINTS, strict=True):
        film = write_film(folder, f"crash {name}")
        send(house, film)
        done[name] = (film, crash(house, film.study, point))
    worker = house.start("--role", "worker", ready=False)
    for film, _ in done.values():
        wait_over(house, film.study, seconds=60)
    assert worker.poll() is None
    return done


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", NAMES)
def test_a_worker_that_dies_at_a_stage_boundary(
    house: Site, pacs: Orthanc, crashes: dict[str, tuple[Film, int]], name: str
) -> None:
    film, code = crashes[name]
    assert code == -signal.SIGKILL, "the worker did not come to the point where it was to die"
    told = account(house, film.study)
    found = held(pacs, film.study)
    assert (len(found.reports), len(found.pages)) == (1, 1)
    assert [job["state"] for job in told["jobs"]] == ["done"]
    assert [one["state"] for one in told["deliveries"]] == ["visible", "visible"]
    assert not told["quarantine"]
    once = ("received", "complete", "routed", "queued", "ended", "normalised", "planned")
    assert {kind: kinds(told).count(kind) for kind in once} == dict.fromkeys(once, 1)
    outcomes = [attempt["outcome"] for attempt in told["jobs"][0]["attempts"]]
    # What else ran in a worker when it died is lost with it; only an answer that was recorded counts.
    assert outcomes[-1] == "answered"
    assert set(outcomes[:-1]) <= {"lost"}
    assert len(outcomes) > 1 or name not in {"run 1 after", "run 2 before"}


# --------------------------------------------------------------------------- take-over


@pytest.fixture
def workers(house: Site) -> Iterator[tuple[int, int]]:
    """Two workers and no other."""
    for process in house.processes[2:]:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in house.processes[2:]:
        process.wait(20)
    pair = [house.start("--role", "worker", ready=False) for _ in range(2)]
    wait_for(house.is_ready, "a worker is there", 30)
    wait_for(lambda: all(len(family(one.pid)) > 1 for one in pair), "both have their template", 30)
    time.sleep(1.5)
    yield pair[0].pid, pair[1].pid
    for process in pair:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
    for process in pair:
        process.wait(20)


def busy(pair: tuple[int, int]) -> tuple[int, int]:
    """Order two workers: the one with an app under way, the other one."""
    first, second = pair
    return (first, second) if len(family(first)) > len(family(second)) else (second, first)


def begin_slow(house: Site, folder: Path, name: str, pair: tuple[int, int]) -> tuple[Film, int]:
    film = write_film(folder, name, StudyDescription="slow")
    send(house, film)
    wait_told(house, film.study, lambda told: [job["state"] for job in told["jobs"]] == ["running"], "an app runs")
    wait_for(lambda: len(family(pair[0])) != len(family(pair[1])), "one worker is busy")
    return film, busy(pair)[0]


def test_the_work_of_a_killed_worker_is_taken_over(
    house: Site, pacs: Orthanc, workers: tuple[int, int], tmp_path: Path
) -> None:
    film, victim = begin_slow(house, tmp_path, "taken over", workers)
    began = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    told = wait_told(house, film.study, lambda one: one["jobs"][0]["state"] == "done", "the other has done it")
    seconds = time.monotonic() - began
    print(f"taken over and done {seconds:.1f} s after the kill, 2.5 s of them the app")  # noqa: T201
    assert seconds <= TAKE_OVER_SECONDS
    assert [attempt["outcome"] for attempt in told["jobs"][0]["attempts"]] == ["lost", "answered"]
    wait_over(house, film.study)
    assert counts(pacs)[film.study] == EXPECTED


def test_a_worker_that_comes_back_is_fenced(
    house: Site, pacs: Orthanc, workers: tuple[int, int], tmp_path: Path
) -> None:
    film, victim = begin_slow(house, tmp_path, "fenced", workers)
    began = time.monotonic()
    os.kill(victim, signal.SIGSTOP)
    wait_told(house, film.study, lambda one: one["jobs"][0]["state"] == "done", "the other has done it")
    seconds = time.monotonic() - began
    assert seconds <= TAKE_OVER_SECONDS
    before = wait_over(house, film.study)
    os.kill(victim, signal.SIGCONT)
    log = house.data.parent / "serve.log"
    wait_for(lambda: "step already done elsewhere" in log.read_text(errors="replace"), "it was told so", 15)
    time.sleep(1)
    assert account(house, film.study) == before
    assert counts(pacs)[film.study] == EXPECTED
    # It is a worker like any other again.
    other = next(pid for pid in workers if pid != victim)
    os.kill(other, signal.SIGTERM)
    later = write_film(tmp_path, "after the fence")
    send(house, later)
    wait_over(house, later.study)


# --------------------------------------------------------------------------- many films


class Scanner(threading.Thread):
    """Sends films by dcmsend, a few per association, again and again until each was acknowledged."""

    def __init__(self, port: int, films: Sequence[Path], per_association: int = 5) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._parcels = [films[at : at + per_association] for at in range(0, len(films), per_association)]
        self.acknowledged = 0
        self.repeated = 0

    def run(self) -> None:
        """Send everything."""
        for parcel in self._parcels:
            while f"with status SUCCESS  : {len(parcel)}\n" not in dcmsend(self._port, *parcel).text + "\n":
                self.repeated += 1
                time.sleep(0.5)
            self.acknowledged += len(parcel)
            time.sleep(PAUSE)


def shared_films() -> list[Path]:
    films = sorted(SHARED_FILMS.glob("*.dcm"))
    if not films:
        pytest.skip(f"the shared films are not there: {SHARED_FILMS}")
    return films


ALIVE, PARTLY, WHOLLY = "nothing", "all but the database", "all"
LONG = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    ("number", "killed"),
    [
        (FEW, ALIVE),
        pytest.param(FEW, PARTLY, marks=LONG),
        (FEW, WHOLLY),
        *(pytest.param(590, killed, marks=LONG) for killed in (ALIVE, PARTLY, WHOLLY)),
    ],
)
def test_many_films(tmp_path: Path, number: int, killed: str) -> None:
    films = (
        shared_films()[:number]
        if number > FEW
        else [write_film(tmp_path / "films", f"one of many {index}").path for index in range(number)]
    )
    with (
        orthanc(tmp_path / "orthanc") as archive,
        site(tmp_path / "site", pacs=(archive.aet, archive.dicom_port), apps=[PROBE], settings=IMPATIENT) as one,
    ):
        one.start()
        began = time.monotonic()
        scanner = Scanner(one.dicom_port, films)
        scanner.start()
        if killed != ALIVE:
            wait_for(lambda: scanner.acknowledged >= len(films) // 2, "half of them were taken", 600)
            one.kill(database=killed == WHOLLY)
            one.start()
        wait_for(lambda: not scanner.is_alive(), "everything was acknowledged", 900)
        wait_for(lambda: archive.rest("/statistics")["CountInstances"] >= 2 * len(films), "all is there", 900)
        seconds = time.monotonic() - began
        assert (scanner.repeated > 0) == (killed != ALIVE)
        print(f"{len(films)} films, killed: {killed}: {seconds:.1f} s, parcels repeated: {scanner.repeated}")  # noqa: T201
        rows = one.json("worklist", "--limit", "1000")
        for row in rows:
            wait_for(lambda row=row: is_over(account(one, row["study_instance_uid"])), "confirmed", 60)
        time.sleep(1)
        assert len(rows) == len(films)
        assert {row["state"] for row in rows} == {"routed"}
        found = counts(archive)
        assert len(found) == len(films)
        assert [study for study, one_count in found.items() if one_count != EXPECTED] == []
        for row in rows:
            told = account(one, row["study_instance_uid"])
            assert (told["revision"], len(told["jobs"]), len(told["deliveries"])) == (1, 1, 2)
            assert not told["quarantine"]
        if killed == ALIVE:
            folder = tmp_path / "delivered"
            folder.mkdir()
            sources = {str(dcmread(path, specific_tags=["StudyInstanceUID"]).StudyInstanceUID): path for path in films}
            assert delivered_complaints(archive, sources, folder) == []
        assert one.stop()[-1] == 0
        assert not one.left_over()
