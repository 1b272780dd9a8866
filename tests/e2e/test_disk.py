"""A disk that fills: a warning first, then no new studies, then nothing; and all of it back when there is room."""

import os
import subprocess
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE

from collega.testing.pacs_sockets import socket_handlers
from tests.e2e.disks import small_disk
from tests.e2e.films import PROBE, Film, account, held, wait_over, write_film
from tests.e2e.peers import orthanc
from tests.e2e.site import Site, site, wait_for

pytestmark = [
    pytest.mark.shows("R31", "R59"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk; the marks are tested for all"),
]
FULL = 0xA700
MEBIBYTE = 1 << 20


def store(one: Site, film: Film) -> tuple[int, str]:
    """Send an object; the status of the answer and its comment."""
    dataset = dcmread(film.path)
    entity = AE(ae_title="CT1")
    entity.add_requested_context(dataset.SOPClassUID, dataset.file_meta.TransferSyntaxUID)
    association = entity.associate("127.0.0.1", one.dicom_port, ae_title="COLLEGA", evt_handlers=socket_handlers())
    assert association.is_established
    try:
        answer: Dataset = association.send_c_store(dataset)
    finally:
        association.release()
    return int(answer.Status), str(answer.get("ErrorComment", ""))


def fill(folder: Path, free: int) -> None:
    """Take room until only so many bytes are left."""
    room = os.statvfs(folder)
    with (folder / "theirs").open("ab") as file:
        file.write(bytes(max(room.f_bavail * room.f_frsize - free, 0)))


def test_each_mark_has_its_consequence_and_room_brings_everything_back(tmp_path: Path) -> None:
    films = [write_film(tmp_path / "films", f"disk {number}") for number in range(6)]
    begun = write_film(tmp_path / "films", "disk 0", image=2)
    late = write_film(tmp_path / "films", "disk 0", image=3)
    studies = tmp_path / "site" / "data" / "studies"
    marks = {  # in mebibytes: a share would be one of the disk below the rest of the data folder too
        "COLLEGA_DISK__WARN_PERCENT_FREE": "20",
        "COLLEGA_DISK__WARN_MB": "10",
        "COLLEGA_DISK__REFUSE_PERCENT_FREE": "10",
        "COLLEGA_DISK__REFUSE_MB": "5",
        "COLLEGA_DICOM__RESERVE_MB": "2",
    }
    with (
        small_disk(studies, "size=50m"),
        orthanc(tmp_path / "pacs") as pacs,
        site(tmp_path / "site", pacs=(pacs.aet, pacs.dicom_port), apps=[PROBE], settings=marks) as one,
    ):
        one.start()
        assert one.get("/healthz")["disk"] == "ample"
        assert store(one, films[0])[0] == 0
        wait_over(one, films[0].study)

        fill(studies, 9 * MEBIBYTE)
        wait_for(lambda: "the disk has passed a mark" in one.log(), "the log says so", 10)
        told = one.get("/healthz")
        assert (told["ready"], told["disk"]) == (True, "low")
        assert store(one, films[1])[0] == 0, "a warning refuses nothing"

        fill(studies, 4 * MEBIBYTE)
        assert one.get("/healthz")["disk"] == "scarce"
        assert store(one, films[2]) == (FULL, "out of storage, try again later")
        assert account(one, films[2].study)["state"] == "unknown"
        assert store(one, begun)[0] == 0, "the rest of a study that has begun is taken"
        for film in films[:2]:
            wait_over(one, film.study)

        fill(studies, MEBIBYTE)
        for film in (late, films[3]):
            assert store(one, film) == (FULL, "out of storage, try again later")
        told = one.get("/healthz")
        assert (told["ready"], told["disk"]) == (True, "full"), "a monitor must not restart what is only full"

        (studies / "theirs").unlink()
        wait_for(lambda: one.get("/healthz")["disk"] == "ample", "there is room again", 10)
        for film in (*films, begun, late):
            assert store(one, film)[0] == 0
        for film in films:
            wait_over(one, film.study)
            assert held(pacs, film.study).reports
        assert len(list(studies.rglob("*.dcm"))) == 8
        assert one.stop() == [0]


def test_a_disk_without_inodes_refuses_and_loses_none(tmp_path: Path) -> None:
    films = [write_film(tmp_path / "films", f"inode {number}") for number in range(12)]
    studies = tmp_path / "site" / "data" / "studies"
    with small_disk(studies, "size=64m,nr_inodes=40"), site(tmp_path / "site", pacs=None, apps=[PROBE]) as one:
        one.start()
        answers = {film.study: store(one, film) for film in films}
        taken = [film for film in films if answers[film.study][0] == 0]
        assert {status for status, _ in answers.values()} == {0, FULL}
        assert len(list(studies.rglob("*.dcm"))) == len(taken)
        assert not list(studies.rglob("*.part"))
        for film in films:
            assert (account(one, film.study)["state"] != "unknown") == (film in taken)
        subprocess.run(["mount", "-o", "remount,nr_inodes=1000", str(studies)], check=True)
        for film in films:
            assert store(one, film)[0] == 0
            wait_over(one, film.study, page=False)
