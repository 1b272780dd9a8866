"""A CT app starts when its series is there, while another series of the study is still coming in."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.association import Association

from collega.model.ids import stable_uid
from collega.testing.pacs_sockets import socket_handlers
from collega.testing.synthetic import ct_series
from tests.e2e.films import account, kinds, wait_told
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, site

EARLY = Path(__file__).parent / "early"
SUCCESS = 0x0000
QUIET_S = 2.0
# pynetdicom may lose an answer that comes before its own thread has noticed that a next request is under way.
PAUSE_S = 0.01


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run a site with an app that wants one series and one that wants the whole study."""
    settings = {"COLLEGA_RECEIVE__QUIET_VOLUME_S": str(QUIET_S)}
    with site(tmp_path_factory.mktemp("site"), pacs=None, apps=[EARLY], settings=settings) as one:
        one.start()
        yield one


def series(name: str, number: int, slices: int) -> list[Dataset]:
    images = ct_series(1, slices=slices, size=16, run="early")
    for place, image in enumerate(images):
        image.SeriesInstanceUID = stable_uid("early", name)
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = UID(stable_uid("early", name, str(place)))
        image.SeriesNumber, image.SeriesDescription, image.ConvolutionKernel = number, name, name
    return images


def associate(house: Site) -> Association:
    entity = AE(ae_title="SCANNER")
    entity.add_requested_context(CTImageStorage, ExplicitVRLittleEndian)
    association = entity.associate("127.0.0.1", house.dicom_port, ae_title="COLLEGA", evt_handlers=socket_handlers())
    assert association.is_established
    return association


def send(association: Association, images: Sequence[Dataset]) -> None:
    for image in images:
        time.sleep(PAUSE_S)
        assert association.send_c_store(image).Status == SUCCESS


def jobs(told: dict[str, Any]) -> list[tuple[str, int, str]]:
    return sorted((job["app_id"], job["revision"], job["state"]) for job in told["jobs"])


@pytest.mark.shows("R25", "R26", "R66")
def test_an_app_starts_on_its_own_series_and_the_study_says_why(house: Site, tmp_path: Path) -> None:
    soft, bone = series("soft", 2, 10), series("bone", 3, 12)
    study = str(soft[0].StudyInstanceUID)
    scanner = associate(house)
    send(scanner, soft)
    time.sleep(0.3)
    assert account(house, study)["jobs"] == [], "the last slice of a stack does not say that it is the last"
    send(scanner, bone[:3])
    told = wait_told(house, study, lambda one: ("first", 1, "done") in jobs(one), "the answer of the first app")
    assert told["state"] == "receiving"
    assert kinds(told).count("complete") == 0
    send(scanner, bone[3:])
    scanner.release()
    told = wait_told(house, study, lambda one: ("whole", 1, "done") in jobs(one), "the answer of the second app")
    assert jobs(told) == [("first", 1, "done"), ("whole", 1, "done")], "the first has kept its answer"
    assert told["revision"] == 1
    early, complete = told["completeness"]
    assert (early["of"], early["evidence"], early["quiet_s"]) == ("first", "next series begun", 0)
    assert (complete["of"], complete["evidence"], complete["quiet_s"]) == ("study", "association released", QUIET_S)
    assert complete["waited_s"] >= QUIET_S
    shown = house.command("studies", "show", study)
    assert "next series begun" in shown
    assert "association released" in shown
    assert house.json("studies", "show", study, "--json")["completeness"] == told["completeness"]

    # A reconstruction and a dose report come later: a revision for the app whose input they change, and no other.
    folder = tmp_path / "late"
    folder.mkdir()
    for number, image in enumerate(series("lung", 4, 4)):
        image.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    assert "with status SUCCESS  : 4" in dcmsend(house.dicom_port, folder).text
    told = wait_told(house, study, lambda one: ("whole", 2, "done") in jobs(one), "the second answer")
    assert jobs(told) == [("first", 1, "done"), ("whole", 1, "superseded"), ("whole", 2, "done")]


@pytest.mark.shows("R26")
def test_a_sender_that_is_cut_off_starts_no_app(house: Site) -> None:
    images = series("soft", 2, 10)
    for image in images:
        image.StudyInstanceUID = stable_uid("early", "cut")
        image.SeriesInstanceUID += ".1"
        image.SOPInstanceUID += ".1"
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    scanner = associate(house)
    send(scanner, images)
    scanner.abort()
    study = str(images[0].StudyInstanceUID)
    told = wait_told(house, study, lambda one: ("first", 1, "done") in jobs(one), "the answer after the quiet time")
    (complete,) = told["completeness"]
    assert (complete["of"], complete["evidence"]) == ("study", "connection lost")
