"""Modalities and archives tell collega what there is to come, over real sockets."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from pydicom import dcmread

from collega.testing.difficult_pacs import Difficulties, DifficultPacs
from collega.testing.messages import availability, commitment_request, new_step, step_change
from collega.testing.ports import reserved_ports
from tests.e2e.films import Film, write_film
from tests.e2e.modality import (
    CLASSES,
    CT_IMAGE_STORAGE,
    PROCEDURE_STEP,
    STORAGE_COMMITMENT,
    VERIFICATION,
    modality,
)
from tests.e2e.peers import LOOPBACK, Orthanc, dcmsend, echoscu, orthanc
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R25", "R31")
# Long enough that a study is still being received when it is counted.
COUNTING = {
    "COLLEGA_RECEIVE__QUIET_PROJECTION_S": "60",
    "COLLEGA_RECEIVE__COUNT_AFTER_S": "0.5",
    "COLLEGA_RECEIVE__COUNT_INTERVAL_S": "0.5",
}


@dataclass(frozen=True, kw_only=True)
class Ward:
    """A site and the Orthanc beside it, which know each other."""

    house: Site
    pacs: Orthanc


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    folder = tmp_path_factory.mktemp("ward")
    with reserved_ports() as (port,), site(folder / "site", pacs=("TESTPACS", port), settings=COUNTING) as house:
        peers = {"collega": ("COLLEGA", LOOPBACK, house.dicom_port)}
        with orthanc(folder / "pacs", port=port, peers=peers) as pacs:
            house.start()
            yield Ward(house=house, pacs=pacs)


@pytest.fixture
def house(ward: Ward) -> Site:
    return ward.house


def said(house: Site, study_uid: str) -> list[dict[str, Any]]:
    """List what sources have said of a study, in its record of events."""
    events = house.account(study_uid)["events"]
    return [event["payload"] | {"source": event["actor"]} for event in events if event["kind"] == "evidence"]


def kinds(house: Site, study_uid: str) -> list[str]:
    return [one["said"] for one in said(house, study_uid)]


def send(house: Site, film: Film) -> None:
    assert "with status SUCCESS  : 1" in dcmsend(house.dicom_port, film.path).text


def series_of(film: Film) -> str:
    return str(dcmread(film.path).SeriesInstanceUID)


def test_a_step_and_its_images_across_a_restart(house: Site, tmp_path: Path) -> None:
    film = write_film(tmp_path, "step")
    step = "1.2.3.100"
    with modality(house.dicom_port) as scanner:
        assert scanner.taken() == set(CLASSES)
        assert scanner.create(step, new_step(film.study)).Status == 0x0000
        assert scanner.create(step, new_step(film.study)).Status == 0x0111
    house.kill(database=True)
    house.start()
    send(house, film)
    ended = step_change("COMPLETED", {series_of(film): [film.uid]})
    with modality(house.dicom_port) as scanner:
        assert scanner.set(step, ended).Status == 0x0000
        again = scanner.set(step, ended)
    assert (again.Status, again.ErrorID) == (0x0110, 0xA710)
    assert "has ended" in again.ErrorComment
    told = [one for one in said(house, film.study) if one["reference"] == step]
    assert [(one["said"], one["objects"], one["source"]) for one in told] == [
        ("mpps in progress", 0, "CT1"),
        ("mpps completed", 1, "CT1"),
    ]


def test_a_step_that_nobody_saw_begin(house: Site) -> None:
    with modality(house.dicom_port) as scanner:
        stray = scanner.set("1.2.3.101", step_change("COMPLETED", {"1.3": ["1.4"]}))
        assert stray.Status == 0x0112
        assert scanner.create("1.2.3.102", new_step()).Status == 0x0120
        assert scanner.create("1.2.3.102", new_step("1.2", PerformedProcedureStepStatus="OVER")).Status == 0x0106
        assert scanner.create(None, new_step("1.2.3.4")).Status == 0x0000
        given = scanner.answers[-1].AffectedSOPInstanceUID
        assert given.startswith("2.25.")
        assert scanner.set(given, step_change("DISCONTINUED", {})).Status == 0x0000


def test_an_archive_says_what_can_be_had(house: Site, tmp_path: Path) -> None:
    film = write_film(tmp_path, "available")
    send(house, film)
    series = {series_of(film): {film.uid: "ONLINE", "1.2.3.4.5": "OFFLINE"}}
    with modality(house.dicom_port, aet="ARCHIVE") as archive:
        assert archive.notify("1.2.3.200", availability(film.study, series)).Status == 0x0000
        assert archive.notify("1.2.3.200", availability(film.study, {})).Status == 0x0120
    (told,) = [one for one in said(house, film.study) if one["said"] == "instances available"]
    assert (told["objects"], told["reference"], told["source"]) == (1, "1.2.3.200", "ARCHIVE")


def test_commitment_is_refused_to_a_scanner_and_to_orthanc(ward: Ward, tmp_path: Path) -> None:
    film = write_film(tmp_path, "commitment")
    with modality(ward.house.dicom_port) as scanner:
        answer = scanner.ask_commitment(commitment_request("1.2.3.300", [film.uid]))
        assert (answer.Status, answer.ErrorComment.split(":")[0]) == (0x0110, "this is no archive")
        assert scanner.ask_commitment(commitment_request("1.2.3.300", [])).Status == 0x0115
        assert scanner.ask_commitment(commitment_request("1.2.3.300", [film.uid]), action=2).Status == 0x0123
    before = refusals(ward.house)
    asked = {"DicomInstances": [["1.2.840.10008.5.1.4.1.1.1", film.uid]]}
    with pytest.raises(HTTPError, match="500"):
        ward.pacs.rest("/modalities/collega/storage-commitment", asked)
    assert refusals(ward.house) == before + 1, "Orthanc was told, and says so to who asked it"


def refusals(house: Site) -> int:
    return sum("no-archive" in line for line in (house.data.parent / "serve.log").read_text().splitlines())


def test_the_pacs_is_asked_how_much_it_has(ward: Ward, tmp_path: Path) -> None:
    films = [write_film(tmp_path, "counted", image=number) for number in (1, 2)]
    assert "SUCCESS  : 2" in dcmsend(ward.pacs.dicom_port, *(film.path for film in films), called="TESTPACS").text
    send(ward.house, films[0])
    wait_for(lambda: kinds(ward.house, films[0].study) == ["pacs count"] * 2, "two readings", 20)
    counts = said(ward.house, films[0].study)
    assert [(one["objects"], one["series"], one["source"]) for one in counts] == [(2, 1, "TESTPACS")] * 2
    send(ward.house, films[1])
    wait_for(lambda: ward.house.account(films[0].study)["state"] == "routed", "the count completes the study", 20)
    (complete,) = [one for one in ward.house.account(films[0].study)["events"] if one["kind"] == "complete"]
    assert complete["payload"]["evidence"] == "counted in the PACS"


def test_a_study_whose_objects_are_named_is_not_counted(house: Site, tmp_path: Path) -> None:
    named, other = write_film(tmp_path, "named"), write_film(tmp_path, "unnamed")
    with modality(house.dicom_port) as scanner:
        scanner.create("1.2.3.103", new_step(named.study))
        scanner.set("1.2.3.103", step_change("COMPLETED", {series_of(named): [named.uid]}))
    assert "SUCCESS  : 2" in dcmsend(house.dicom_port, named.path, other.path).text
    first = write_film(tmp_path / "pacs", "unnamed")
    assert "SUCCESS" in dcmsend(ward_port(house), first.path, named.path, called="TESTPACS").text
    wait_for(lambda: "pacs count" in kinds(house, other.study), "the other is counted", 20)
    assert kinds(house, named.study) == ["mpps in progress", "mpps completed"]


def ward_port(house: Site) -> int:
    return int(house.environment["COLLEGA_PACS__PORT"])


def test_a_pacs_that_does_not_answer_costs_a_note(tmp_path: Path) -> None:
    """It takes five seconds for each answer, then refuses: images come in meanwhile as if it were not there."""
    difficulties = Difficulties(query_levels=frozenset({"STUDY"}), answers_after_s=5)
    with (
        DifficultPacs(tmp_path / "pacs", difficulties) as pacs,
        site(tmp_path / "site", pacs=(pacs.aet, pacs.port), settings=COUNTING) as house,
    ):
        house.start()
        films = [write_film(tmp_path / "films", "slow", image=number) for number in range(1, 9)]
        send(house, films[0])
        wait_for(lambda: pacs.count("C-FIND") == 1, "it is asked", 20)
        began = time.monotonic()
        assert "SUCCESS  : 7" in dcmsend(house.dicom_port, *(film.path for film in films[1:])).text
        assert time.monotonic() - began < 5, "nothing waits for its answer"
        wait_for(lambda: "could not be asked for counts" in house.log(), "a note", 20)
        assert kinds(house, films[0].study) == []
        assert pacs.count("C-FIND") == 1, "it is left in peace"


def test_a_peer_gets_what_its_rule_says(tmp_path: Path) -> None:
    rules = "CT1@127.0.0.0/8=store+mpps,PACS@127.0.0.1=commitment,ELSEWHERE@10.1.2.0/24"
    film = write_film(tmp_path / "films", "ruled")
    with site(tmp_path / "site", pacs=None, settings={"COLLEGA_DICOM__PEERS": rules}) as house:
        house.start()
        with modality(house.dicom_port, aet="CT1") as scanner:
            assert scanner.taken() == {VERIFICATION, PROCEDURE_STEP, CT_IMAGE_STORAGE}
            assert scanner.create("1.2.3.104", new_step(film.study)).Status == 0x0000
        with modality(house.dicom_port, aet="PACS") as pacs:
            assert pacs.taken() == {VERIFICATION, STORAGE_COMMITMENT}
        for stranger in ("ELSEWHERE", "CT2"):
            # pynetdicom calls a rejection that was quicker than its own thread an abort: the log says what it was.
            before = house.log().count("association rejected")
            with modality(house.dicom_port, aet=stranger) as refused:
                assert not refused.association.is_established
            assert house.log().count("association rejected") == before + 1
        assert echoscu(house.dicom_port, calling="CT1").code == 0
        assert echoscu(house.dicom_port, calling="CT2").code != 0
        assert "SUCCESS  : 1" in dcmsend(house.dicom_port, film.path, calling="CT1").text
        assert "SUCCESS  : 1" not in dcmsend(house.dicom_port, film.path, calling="PACS").text


def test_a_rule_that_makes_no_sense_stops_the_start(tmp_path: Path) -> None:
    with site(tmp_path / "site", pacs=None, settings={"COLLEGA_DICOM__PEERS": "CT1@10.1.2.9/24"}) as house:
        process = house.start(ready=False)
        assert process.wait(30) == 2
        assert "COLLEGA_DICOM__PEERS" in house.log()
        assert "has host bits set" in house.log()
