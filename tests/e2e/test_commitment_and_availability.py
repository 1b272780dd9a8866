"""A PACS that commits to keep what it has, and a RIS that is told of it: real associations, both ways, on one site."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.events import Event

from collega.testing.difficult_pacs import Difficulties, DifficultPacs
from collega.testing.pacs_commitment import CommitmentRoutes
from collega.testing.ports import reserved_ports
from tests.e2e.films import PROBE, Film, account, kinds, wait_over, wait_told, write_film
from tests.e2e.peers import LOOPBACK, dcmsend
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R31", "R59")
COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34"
INSTANCE_AVAILABILITY = "1.2.840.10008.5.1.4.33"
SETTINGS = {
    "COLLEGA_PACS__CONFIRM": "committed",
    "COLLEGA_PACS__RETRY_FIRST_S": "0.3",
    "COLLEGA_PACS__RETRY_MOST_S": "2",
    "COLLEGA_IAN__HOST": LOOPBACK,
    "COLLEGA_IAN__RETRY_FIRST_S": "0.3",
    "COLLEGA_IAN__RETRY_MOST_S": "2",
}


@dataclass(kw_only=True)
class Ris:
    """A peer that hears of availability, on a port of its own; it comes and goes."""

    port: int
    heard: list[Dataset] = field(default_factory=list)
    server: Any = None

    def start(self) -> None:
        entity = AE(ae_title="RIS")
        entity.add_supported_context(INSTANCE_AVAILABILITY)
        entity.add_supported_context("1.2.840.10008.1.1")
        handlers: list[evt.EventHandlerType] = [(evt.EVT_N_CREATE, self._take)]
        self.server = entity.start_server((LOOPBACK, self.port), block=False, evt_handlers=handlers)

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server = None

    def of(self, study_uid: str) -> list[set[str]]:
        """Tell of which objects of a study it was told, each time."""
        return [
            {
                str(item.ReferencedSOPInstanceUID)
                for series in one.ReferencedSeriesSequence
                for item in series[0x00081199]
            }
            for one in self.heard
            if one.StudyInstanceUID == study_uid
        ]

    def _take(self, event: Event) -> tuple[int, Dataset | None]:
        self.heard.append(event.attribute_list)
        return 0x0000, Dataset()


@dataclass(frozen=True, kw_only=True)
class Ward:
    """The site and its two peers."""

    house: Site
    pacs: DifficultPacs
    ris: Ris


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    folder = tmp_path_factory.mktemp("committed")
    with ExitStack() as stack:
        (ris_port, dicom_port) = stack.enter_context(reserved_ports(2))
        routes = CommitmentRoutes(peers={"COLLEGA": (LOOPBACK, dicom_port)})
        pacs = stack.enter_context(DifficultPacs(folder / "pacs", Difficulties(), routes=routes))
        settings = SETTINGS | {"COLLEGA_IAN__PORT": str(ris_port), "COLLEGA_DICOM__PORT": str(dicom_port)}
        house = stack.enter_context(site(folder / "site", pacs=(pacs.aet, pacs.port), apps=[PROBE], settings=settings))
        house.dicom_port = dicom_port
        house.start()
        ris = Ris(port=ris_port)
        stack.callback(ris.stop)
        yield Ward(house=house, pacs=pacs, ris=ris)


def sent(ward: Ward, folder: Path, name: str) -> Film:
    film = write_film(folder, name)
    dcmsend(ward.house.dicom_port, film.path)
    return film


def test_what_is_committed_on_a_later_association_is_told_once_when_the_ris_is_there(
    ward: Ward, tmp_path: Path
) -> None:
    film = sent(ward, tmp_path, "committed later")
    told = wait_over(ward.house, film.study)
    assert {one["state"] for one in told["deliveries"]} == {"committed"}
    log = ward.house.data.parent / "serve.log"
    wait_for(lambda: "nobody can be told of availability" in log.read_text(errors="replace"), "it is away", 30)
    assert ward.ris.of(film.study) == []
    ward.ris.start()
    wait_for(lambda: ward.ris.of(film.study), "the RIS is told", 20)
    time.sleep(2)
    assert ward.ris.of(film.study) == [{one["sop_instance_uid"] for one in told["deliveries"]}]
    assert kinds(account(ward.house, film.study)).count("availability_told") == 1


def test_what_the_pacs_has_lost_is_sent_again_and_the_rest_is_not_told_of_before(ward: Ward, tmp_path: Path) -> None:
    ward.ris.stop()
    ward.ris.start()
    ward.pacs.difficulties = Difficulties(dropped_classes=frozenset({COMPREHENSIVE_3D_SR}))
    film = sent(ward, tmp_path, "lost by the PACS")
    wait_told(ward.house, film.study, lambda one: "resend" in kinds(one), "it says that it does not have it")
    told = account(ward.house, film.study)
    (report,) = [one for one in told["deliveries"] if one["kind"] == "findings_sr"]
    assert report["state"] in {"planned", "accepted"}
    assert ward.ris.of(film.study) == []
    ward.pacs.difficulties = Difficulties()
    told = wait_over(ward.house, film.study)
    assert {one["state"] for one in told["deliveries"]} == {"committed"}
    wait_for(lambda: ward.ris.of(film.study), "the RIS is told", 20)
    assert ward.ris.of(film.study) == [{one["sop_instance_uid"] for one in told["deliveries"]}]
