"""A site whose PACS is reached over DICOMweb alone: results, coverage, fetching, the check, a PACS that is away."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydicom import dcmread

from collega.model.ids import is_acceptance_uid, storage_key
from collega.testing.ports import reserved_ports
from tests.e2e.films import PROBE, account, held, kinds, wait_over, write_film
from tests.e2e.peers import LOOPBACK, Orthanc, dcmsend, orthanc
from tests.e2e.site import Site, site, wait_for
from tests.e2e.test_commitment_and_availability import Ris
from tests.e2e.test_coverage import new_film, seen

pytestmark = pytest.mark.shows("R31", "R59")
IMPATIENT = {
    "COLLEGA_PACS__RETRY_FIRST_S": "0.3",
    "COLLEGA_PACS__RETRY_MOST_S": "2",
    "COLLEGA_PACS__TIMEOUT_S": "3",
    "COLLEGA_SITE__NAME": "Test hospital",
    "COLLEGA_COVERAGE__EVERY_MINUTES": "0.05",
    "COLLEGA_COVERAGE__GRACE_MINUTES": "0",
    "COLLEGA_COVERAGE__FETCH": "true",
}


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A running site, the Orthanc that it reaches over DICOMweb, and who is told of what is there."""

    house: Site
    pacs: Orthanc
    ris: Ris


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("web")
    with ExitStack() as stack:
        (ris_port,) = stack.enter_context(reserved_ports())
        secret = folder / "password"
        secret.write_text("collega:geheim\n")
        login = {"AuthenticationEnabled": True, "RegisteredUsers": {"collega": "geheim", "test": "test"}}
        pacs = stack.enter_context(orthanc(folder / "pacs", settings=login, login="test:test"))
        settings = IMPATIENT | {
            "COLLEGA_PACS__DICOMWEB_URL": f"http://{LOOPBACK}:{pacs.http_port}/dicom-web",
            "COLLEGA_PACS__DICOMWEB_BASIC_FILE": str(secret),
            "COLLEGA_IAN__HOST": LOOPBACK,
            "COLLEGA_IAN__PORT": str(ris_port),
        }
        house = stack.enter_context(site(folder / "site", pacs=None, apps=[PROBE], settings=settings))
        house.start()
        ris = Ris(port=ris_port)
        ris.start()
        stack.callback(ris.stop)
        yield Pair(house=house, pacs=pacs, ris=ris)


def test_results_reach_orthanc_byte_for_byte_and_once(pair: Pair, tmp_path: Path) -> None:
    film = write_film(tmp_path, "web")
    dcmsend(pair.house.dicom_port, film.path)
    told = wait_over(pair.house, film.study)
    assert {one["state"] for one in told["deliveries"]} == {"visible"}
    assert [one["attempt"] for one in told["deliveries"]] == [1, 1]
    assert kinds(told).count("confirmed") == 2
    assert len(held(pair.pacs, film.study).reports) == 1
    built = {path.read_bytes() for path in pair.house.data.joinpath("results").rglob("*.dcm")}
    there = {pair.pacs.instance_file(one["ID"]) for one in pair.pacs.find_by_study(film.study)}
    assert len(there) == 2
    assert there <= built


def test_what_never_came_is_found_and_fetched_into_our_own_receiver(pair: Pair, tmp_path: Path) -> None:
    film = new_film(tmp_path, "never routed")
    dcmsend(pair.pacs.dicom_port, film.path)
    wait_for(lambda: seen(pair.house, film).get("state") == "fetched", "it is found and fetched", 40)
    told = wait_over(pair.house, film.study)
    assert {one["state"] for one in told["deliveries"]} == {"visible"}
    kept = next(pair.house.data.joinpath("studies").rglob(f"*/{storage_key(film.study)}/*/*.dcm"))
    assert dcmread(kept).PixelData == dcmread(film.path).PixelData


def test_the_check_of_the_site_understands_such_a_pacs(pair: Pair) -> None:
    told = json.loads(pair.house.command("site", "check", "--json", "--wait", "3"))
    found = {step["name"]: step for step in told["steps"]}
    assert [name for name, one in found.items() if one["outcome"] == "failed"] == []
    well = ("connect", "echo", "negotiate", "store", "visible", "identity", "withdraw", "settings")
    assert {name: found[name]["outcome"] for name in well} == dict.fromkeys(well, "passed")
    assert "agrees on nothing beforehand" in found["negotiate"]["said"]["en"]
    assert found["commitment"]["outcome"] == "not_offered"
    assert found["availability"]["outcome"] == "passed"
    assert not any(is_acceptance_uid(str(one.StudyInstanceUID)) for one in pair.ris.heard), "nor of a test patient"


def test_a_pacs_that_hangs_with_our_results_in_its_hands_has_each_of_them_once(pair: Pair, tmp_path: Path) -> None:
    film = write_film(tmp_path, "web hangs")
    os.kill(pair.pacs.pid, signal.SIGSTOP)
    try:
        dcmsend(pair.house.dicom_port, film.path)
        log = pair.house.data.parent / "serve.log"
        wait_for(lambda: "no whole answer" in (said := log.read_text()) or "takes too long" in said, "it is away", 40)
        told = account(pair.house, film.study)
        assert {one["state"] for one in told["deliveries"]} == {"planned"}
    finally:
        os.kill(pair.pacs.pid, signal.SIGCONT)
    told = wait_over(pair.house, film.study)
    assert {one["state"] for one in told["deliveries"]} == {"visible"}
    assert len(pair.pacs.find_by_study(film.study)) == 2
