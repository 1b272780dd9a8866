"""What a modality or an archive says completes a study at once: no quiet time is waited for."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collega.model.ids import stable_uid
from collega.testing.messages import availability, commitment_request, new_step, step_change
from tests.e2e.films import PROBE, Film, write_film
from tests.e2e.modality import Modality, modality
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, site, wait_for
from tests.e2e.test_sources import series_of

pytestmark = pytest.mark.shows("R25", "R26", "R31")
LONG = {"COLLEGA_RECEIVE__QUIET_PROJECTION_S": "300"}
SOON_S = 15.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("told"), pacs=None, apps=[PROBE], settings=LONG) as house:
        house.start()
        yield house


def end_of_step(scanner: Modality, film: Film) -> None:
    step = stable_uid("step", film.uid)
    assert scanner.create(step, new_step(film.study)).Status == 0
    assert scanner.set(step, step_change("COMPLETED", {series_of(film): [film.uid]})).Status == 0


def filed(scanner: Modality, film: Film) -> None:
    listed = availability(film.study, {series_of(film): {film.uid: "ONLINE"}})
    assert scanner.notify("1.9.3", listed).Status == 0


def commitment(scanner: Modality, film: Film) -> None:
    scanner.ask_commitment(commitment_request("1.9.4", [film.uid]))


SAYINGS: dict[str, Callable[[Modality, Film], None]] = {
    "mpps completed": end_of_step,
    "instances available": filed,
    "commitment asked": commitment,
}


@pytest.mark.parametrize("before", [True, False], ids=["said before the image", "said after it"])
@pytest.mark.parametrize("what", list(SAYINGS))
def test_a_list_completes_a_study(house: Site, tmp_path: Path, what: str, *, before: bool) -> None:
    film = write_film(tmp_path / "film", f"{what}-{before}")
    with modality(house.dicom_port) as scanner:
        if before:
            SAYINGS[what](scanner, film)
        dcmsend(house.dicom_port, film.path, called="COLLEGA")
        if not before:
            SAYINGS[what](scanner, film)
    wait_for(lambda: house.account(film.study)["state"] == "routed", f"{what} completes the study", SOON_S)
    (complete,) = [event for event in house.account(film.study)["events"] if event["kind"] == "complete"]
    assert what in str(complete["payload"])
