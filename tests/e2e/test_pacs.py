"""Delivery to PACSs as they are: Orthanc, dcmqrscp, and a simulated one with the habits of difficult ones."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from collega.testing.difficult_pacs import Difficulties, DifficultPacs
from tests.e2e.films import PROBE, Film, account, contents, held, is_over, kinds, wait_over, wait_told, write_film
from tests.e2e.peers import LOOPBACK, dcmqrscp, dcmsend, orthanc
from tests.e2e.site import Site, site, wait_for
from tests.unit.testing.small_objects import association

pytestmark = pytest.mark.shows("R31")
COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
COMPREHENSIVE_3D_SR = "1.2.840.10008.5.1.4.1.1.88.34"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
EASY = Difficulties()
MOST_SENDINGS = 4
# Short times in the place of minutes, so that a test sees what a site sees in a day.
IMPATIENT = {
    "COLLEGA_PACS__RETRY_FIRST_S": "0.3",
    "COLLEGA_PACS__RETRY_MOST_S": "2",
    "COLLEGA_PACS__RESEND_AFTER_S": "1.5",
    "COLLEGA_PACS__TIMEOUT_S": "2",
}


class Pacs(DifficultPacs):
    """A difficult PACS that can also fall silent when it is asked."""

    silent = False
    _asked = 0

    def before_answering(self) -> None:
        """Hold answers to queries back for longer than anybody waits."""
        asked = self.count("C-FIND")
        if self.silent and asked > self._asked:
            time.sleep(4)
        self._asked = asked
        super().before_answering()


@pytest.fixture(scope="module")
def difficult(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pacs]:
    with Pacs(tmp_path_factory.mktemp("pacs"), EASY) as one:
        yield one


@pytest.fixture(scope="module")
def running(difficult: Pacs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(
        tmp_path_factory.mktemp("site"), pacs=(difficult.aet, difficult.port), apps=[PROBE], settings=IMPATIENT
    ) as one:
        one.start()
        yield one


@pytest.fixture
def pacs(difficult: Pacs) -> Iterator[Pacs]:
    """Give the difficult PACS, easy again afterwards."""
    yield difficult
    difficult.difficulties, difficult.silent = EASY, False
    difficult.start()


def send(house: Site, *films: Film) -> None:
    assert f"with status SUCCESS  : {len(films)}" in dcmsend(house.dicom_port, *(film.path for film in films)).text


def kept(pacs: DifficultPacs, study_uid: str) -> dict[str, Dataset]:
    """Read what the PACS keeps of a study, by SOP class."""
    found: list[Dataset] = [dcmread(one.path) for one in pacs.shelf.objects(study_uid)]
    by_class = {str(one.SOPClassUID): one for one in found}
    assert len(by_class) == len(found), "nothing stands there twice"
    return by_class


def states(told: dict[str, Any]) -> dict[str, str]:
    return {one["kind"]: one["state"] for one in told["deliveries"]}


def details(told: dict[str, Any]) -> dict[str, str]:
    return {one["kind"]: one["detail"] for one in told["deliveries"]}


def receipts(pacs: DifficultPacs, told: dict[str, Any]) -> list[int]:
    return [pacs.receipts(one["sop_instance_uid"]) for one in told["deliveries"]]


# --------------------------------------------------------------------------- classes that it does not take


@pytest.mark.parametrize(
    "difficulties",
    [
        Difficulties(rejected_classes=frozenset({COMPREHENSIVE_3D_SR})),
        Difficulties(refused_classes=frozenset({COMPREHENSIVE_3D_SR})),
    ],
    ids=["no presentation context", "status 0122"],
)
def test_no_three_dimensional_reports(
    pacs: Pacs, running: Site, tmp_path: Path, request: pytest.FixtureRequest, difficulties: Difficulties
) -> None:
    pacs.difficulties = difficulties
    film = write_film(tmp_path, f"no 3d {request.node.callspec.id}")
    send(running, film)
    told = wait_told(running, film.study, lambda one: is_over(one) and len(one["deliveries"]) == 3, "the second form")
    assert states(told) == {"findings_sr": "refused", "findings_sr_2d": "visible", "status_page": "visible"}
    found = kept(pacs, film.study)
    assert set(found) == {COMPREHENSIVE_SR, SECONDARY_CAPTURE}
    assert {item.TextValue for item in contents(found[COMPREHENSIVE_SR], "111001")} == {"probe"}
    assert len(contents(found[COMPREHENSIVE_SR], "presence-score")) == 1


@pytest.mark.shows("R24", "R25")
def test_no_reports_at_all(pacs: Pacs, running: Site, tmp_path: Path) -> None:
    pacs.difficulties = Difficulties(rejected_classes=frozenset({COMPREHENSIVE_3D_SR, COMPREHENSIVE_SR}))
    film = write_film(tmp_path, "no reports")
    send(running, film)
    told = wait_told(running, film.study, lambda one: is_over(one) and len(one["deliveries"]) == 3, "the page alone")
    assert states(told) == {"findings_sr": "refused", "findings_sr_2d": "refused", "status_page": "visible"}
    assert set(kept(pacs, film.study)) == {SECONDARY_CAPTURE}
    assert "takes no Comprehensive SR" in details(told)["findings_sr_2d"]


def test_a_later_revision_replaces_what_stands_in_the_second_form(pacs: Pacs, running: Site, tmp_path: Path) -> None:
    pacs.difficulties = Difficulties(rejected_classes=frozenset({COMPREHENSIVE_3D_SR}))
    film = write_film(tmp_path, "2d late")
    send(running, film)
    wait_told(running, film.study, lambda one: is_over(one) and len(one["deliveries"]) == 3, "the second form")
    (before,) = [one for one in pacs.shelf.objects(film.study) if one.modality == "SR"]
    send(running, write_film(tmp_path, "2d late", image=2))
    wait_told(
        running, film.study, lambda one: one["revision"] == 2 and is_over(one) and len(one["deliveries"]) == 6, "again"
    )
    reports = [dcmread(one.path) for one in pacs.shelf.objects(film.study) if one.modality == "SR"]
    (after,) = [one for one in reports if one.SOPInstanceUID != before.sop_instance_uid]
    assert "PredecessorDocumentsSequence" in after
    assert "REPLACES" in after.SeriesDescription


def test_a_signed_study_is_told_and_not_stormed(pacs: Pacs, running: Site, tmp_path: Path) -> None:
    film = write_film(tmp_path, "signed")
    pacs.difficulties = Difficulties(signed_studies=frozenset({film.study}))
    before = pacs.count("C-STORE")
    send(running, film)
    told = wait_told(running, film.study, lambda one: is_over(one) and len(one["deliveries"]) == 3, "all refused")
    assert set(states(told).values()) == {"refused"}
    assert all("C123 the study is signed" in detail for detail in details(told).values())
    time.sleep(2.5)
    assert pacs.count("C-STORE") - before == 3
    assert kinds(account(running, film.study)).count("refused") == 3


# --------------------------------------------------------------------------- proof of arrival


def test_objects_that_are_shown_late(pacs: Pacs, running: Site, tmp_path: Path) -> None:
    pacs.difficulties = Difficulties(visible_after_s=1.2)
    film = write_film(tmp_path, "shown late")
    send(running, film)
    told = wait_told(running, film.study, lambda one: len(one["deliveries"]) == 2, "sent")
    assert "visible" not in states(told).values()
    told = wait_over(running, film.study)
    assert states(told) == {"findings_sr": "visible", "status_page": "visible"}
    assert receipts(pacs, told) == [1, 1], "late is not lost: nothing is sent twice"


def test_no_query_at_the_level_of_images(pacs: Pacs, running: Site, tmp_path: Path) -> None:
    pacs.difficulties = Difficulties(query_levels=frozenset({"STUDY", "SERIES"}))
    film = write_film(tmp_path, "no image level")
    send(running, film)
    assert set(states(wait_over(running, film.study)).values()) == {"visible"}
    assert pacs.count("C-FIND SERIES") >= 2


def test_no_query_at_all(pacs: Pacs, running: Site, tmp_path: Path) -> None:
    pacs.difficulties = Difficulties(query_levels=frozenset())
    film = write_film(tmp_path, "no query")
    send(running, film)
    told = wait_told(
        running,
        film.study,
        lambda one: len(one["deliveries"]) == 2 and not any(item["next_at"] for item in one["deliveries"]),
        "asking comes to an end",
    )
    assert set(states(told).values()) == {"accepted"}
    assert all("the PACS offers no query" in detail for detail in details(told).values())
    assert receipts(pacs, told) == [1, 1]
    assert set(kept(pacs, film.study)) == {COMPREHENSIVE_3D_SR, SECONDARY_CAPTURE}


def test_a_pacs_that_falls_silent_when_asked(pacs: Pacs, running: Site, tmp_path: Path) -> None:
    pacs.silent = True
    film = write_film(tmp_path, "silent")
    send(running, film)
    wait_for(lambda: len(pacs.shelf.objects(film.study)) == 2, "both are there", 40)
    pacs.silent = False
    told = wait_over(running, film.study)
    assert set(states(told).values()) == {"visible"}
    assert max(receipts(pacs, told)) <= MOST_SENDINGS


def test_coercion_is_recorded(pacs: Pacs, running: Site, tmp_path: Path) -> None:
    pacs.difficulties = Difficulties(coerced={"PatientID": "COERCED"})
    film = write_film(tmp_path, "coerced")
    send(running, film)
    told = wait_over(running, film.study)
    assert set(states(told).values()) == {"visible"}
    assert all("B000 coerced PatientID" in detail for detail in details(told).values())
    assert {one.PatientID for one in kept(pacs, film.study).values()} == {"COERCED"}


def test_reports_that_are_dropped(pacs: Pacs, running: Site, tmp_path: Path) -> None:
    pacs.difficulties = Difficulties(dropped_classes=frozenset({COMPREHENSIVE_3D_SR}))
    film = write_film(tmp_path, "dropped")
    before = pacs.count("C-STORE")
    send(running, film)
    told = wait_told(
        running,
        film.study,
        lambda one: any(item["attempt"] == MOST_SENDINGS for item in one["deliveries"]),
        "it was sent again",
    )
    time.sleep(4)
    told = account(running, film.study)
    assert states(told) == {"findings_sr": "accepted", "status_page": "visible"}, "not confirmed, and shown so"
    assert kinds(told).count("resend") == MOST_SENDINGS - 1
    assert pacs.count("C-STORE") - before == MOST_SENDINGS + 1
    assert next(one for one in told["deliveries"] if one["kind"] == "findings_sr")["confirmations"] > MOST_SENDINGS
    pacs.difficulties = EASY


# --------------------------------------------------------------------------- not now


def test_one_association_at_a_time(pacs: Pacs, running: Site, tmp_path: Path) -> None:
    pacs.stop()
    pacs.most_associations = 1
    pacs.start()
    film = write_film(tmp_path, "one association")
    with association(pacs.port) as other:
        assert other.is_established
        send(running, film)
        wait_told(running, film.study, lambda one: len(one["deliveries"]) == 2, "planned")
        time.sleep(1)
        assert not pacs.shelf.objects(film.study)
        assert set(states(account(running, film.study)).values()) == {"planned"}
    told = wait_over(running, film.study)
    assert receipts(pacs, told) == [1, 1]
    pacs.stop()
    pacs.most_associations = 50


def test_a_pacs_without_room(pacs: Pacs, running: Site, tmp_path: Path) -> None:
    pacs.difficulties = Difficulties(full_for_s=10**9)
    film = write_film(tmp_path, "no room")
    send(running, film)
    told = wait_told(running, film.study, lambda one: any(item["attempt"] > 1 for item in one["deliveries"]), "retried")
    assert set(states(told).values()) == {"planned"}
    assert any("A700 no room now" in detail for detail in details(told).values())
    pacs.difficulties = EASY
    assert receipts(pacs, wait_over(running, film.study)) == [1, 1]


def test_a_pacs_that_aborts(pacs: Pacs, running: Site, tmp_path: Path) -> None:
    pacs.difficulties = Difficulties(abort_at_store=1)
    film = write_film(tmp_path, "aborts")
    send(running, film)
    wait_told(running, film.study, lambda one: any(item["attempt"] > 1 for item in one["deliveries"]), "tried again")
    pacs.difficulties = EASY
    told = wait_over(running, film.study)
    assert set(states(told).values()) == {"visible"}
    assert len(kept(pacs, film.study)) == 2


def test_a_pacs_that_is_away_and_comes_back(pacs: Pacs, running: Site, tmp_path: Path) -> None:
    log = running.data.parent / "serve.log"
    before = len(re.findall("PACS not reached", log.read_text()))
    pacs.stop()
    began = time.monotonic()
    films = [write_film(tmp_path, f"away {number}") for number in range(5)]
    for film in films:
        send(running, film)
    for film in films:
        wait_told(running, film.study, lambda one: len(one["deliveries"]) == 2, "planned")
    time.sleep(max(0.0, 7 - (time.monotonic() - began)))
    seconds = time.monotonic() - began
    tries = len(re.findall("PACS not reached", log.read_text())) - before
    # .3, .6, 1.2, then one every 2 s: however many films wait.
    assert 2 <= tries <= 4 + seconds / 2, f"{tries} tries in {seconds:.0f} s"
    assert not any("visible" in states(account(running, film.study)).values() for film in films)
    at_return = pacs.count("association")
    pacs.start()
    for film in films:
        told = wait_over(running, film.study)
        assert receipts(pacs, told) == [1, 1]
    assert pacs.count("association") - at_return <= 4, "what waited goes out together"


def test_a_result_that_cannot_be_read_does_not_hold_up_the_others(pacs: Pacs, running: Site, tmp_path: Path) -> None:
    pacs.stop()
    lost, other = write_film(tmp_path, "lost"), write_film(tmp_path, "beside the lost")
    results = set(running.data.joinpath("results").rglob("*.dcm"))
    send(running, lost)
    wait_told(running, lost.study, lambda one: len(one["deliveries"]) == 2, "planned")
    for path in set(running.data.joinpath("results").rglob("*.dcm")) - results:
        path.unlink()
    send(running, other)
    wait_told(running, other.study, lambda one: len(one["deliveries"]) == 2, "planned")
    pacs.start()
    assert set(states(wait_over(running, other.study, seconds=20)).values()) == {"visible"}


# --------------------------------------------------------------------------- real ones


def test_dcmqrscp(tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "qr")
    with (
        dcmqrscp(tmp_path / "qr") as archive,
        site(tmp_path / "site", pacs=(archive.aet, archive.port), apps=[PROBE], settings=IMPATIENT) as one,
    ):
        one.start()
        send(one, film)
        assert set(states(wait_over(one, film.study)).values()) == {"visible"}
        assert sorted(dcmread(path).Modality for path in archive.files()) == ["OT", "SR"]


def test_orthanc_commits(tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "committed")
    settings = IMPATIENT | {"COLLEGA_PACS__CONFIRM": "committed"}
    with site(tmp_path / "site", pacs=None, apps=[PROBE], settings=settings) as one:
        peers = {"collega": ("COLLEGA", LOOPBACK, one.dicom_port)}
        with orthanc(tmp_path / "orthanc", peers=peers) as archive:
            one.environment |= {
                "COLLEGA_PACS__HOST": LOOPBACK,
                "COLLEGA_PACS__PORT": str(archive.dicom_port),
                "COLLEGA_PACS__AET": archive.aet,
            }
            one.start()
            send(one, film)
            told = wait_over(one, film.study)
            assert states(told) == {"findings_sr": "committed", "status_page": "committed"}
            assert kinds(told).count("confirmed") == 2
            assert len(held(archive, film.study).reports) == 1
            assert [item["attempt"] for item in told["deliveries"]] == [1, 1]
            one.stop()
