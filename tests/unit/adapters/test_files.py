"""The folder of studies: a file is whole and durable, or not there at all."""

import os
import resource
import shutil
import signal
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collega.adapters.files.archive import FileArchive
from collega.adapters.files.durable import PARTIAL
from collega.errors import StoreFullError
from collega.model.disk import DiskMark, DiskMarks


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def names(data: Path) -> list[str]:
    return sorted(str(path.relative_to(data)) for path in data.rglob("*") if path.is_file())


def test_a_kept_file_is_whole(data: Path) -> None:
    FileArchive(data).keep("studies/ab/x.dcm", b"content")
    assert (data / "studies/ab/x.dcm").read_bytes() == b"content"
    assert names(data) == ["studies/ab/x.dcm"]


def test_folders_are_closed_to_others(data: Path) -> None:
    FileArchive(data).keep("studies/ab/x.dcm", b"content")
    for folder in ("studies", "studies/ab"):
        assert stat.S_IMODE((data / folder).stat().st_mode) == 0o700


def test_a_second_file_takes_the_place_of_the_first_but_a_result_stays(data: Path) -> None:
    archive = FileArchive(data)
    archive.keep("x", b"1")
    archive.keep("x", b"2")
    archive.keep_result("x", b"3")
    archive.keep_result("y", b"4")
    assert (data / "x").read_bytes() == b"2"
    assert (data / "y").read_bytes() == b"4"


def test_below_the_reserve_nothing_is_taken(data: Path) -> None:
    archive = FileArchive(data, DiskMarks(reserve_mb=1 << 40))
    assert archive.mark() is DiskMark.FULL
    with pytest.raises(StoreFullError, match="reserve_mb"):
        archive.keep("studies/x.dcm", b"content")
    assert names(data) == []


def test_a_failed_write_leaves_nothing(data: Path) -> None:
    """The name is taken by a folder: the last step, the renaming, fails."""
    archive = FileArchive(data)
    (data / "studies/x.dcm").mkdir(parents=True)
    with pytest.raises(StoreFullError):
        archive.keep("studies/x.dcm", b"content")
    assert names(data) == []


@contextmanager
def small_files() -> Iterator[None]:
    """Limit the size of a file of this process: a write beyond it fails as on a full disk.

    For the call alone, since the report of the test may go to a file as well.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_disk_that_fills_up_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    with pytest.raises(StoreFullError, match="cannot write"), small_files():
        archive.keep("studies/x.dcm", bytes(10_000))
    assert names(tmp_path) == []


def test_what_a_killed_process_left_is_swept(data: Path) -> None:
    archive = FileArchive(data)
    archive.keep("studies/ab/whole.dcm", b"1")
    for name in ("studies/ab/half", "results/half", "quarantine/half", "receiving/half"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / (name + PARTIAL)).write_bytes(b"half")
    assert archive.sweep() == 4
    assert names(data) == ["studies/ab/whole.dcm"]
    assert archive.sweep() == 0


def test_the_folder_of_an_attempt_is_empty_and_goes_with_its_job(data: Path) -> None:
    archive = FileArchive(data)
    first = archive.job_folder("job", 1)
    (first / "left").write_text("over")
    assert list(archive.job_folder("job", 1).iterdir()) == []
    archive.job_folder("job", 2)
    archive.drop_job_folder("job")
    archive.drop_job_folder("job")
    assert not (data / "runs/job").exists()


@pytest.mark.parametrize("copies", [False, True])
def test_an_app_is_given_a_file(data: Path, copies: bool) -> None:
    archive = FileArchive(data, copies=copies)
    archive.keep("studies/x.dcm", b"content")
    archive.give("studies/x.dcm", data / "given")
    assert (data / "given").read_bytes() == b"content"
    is_same = (data / "given").samefile(data / "studies/x.dcm")
    assert is_same is not copies


def test_objects_that_are_not_named_go_with_their_empty_folders(data: Path) -> None:
    archive = FileArchive(data)
    for name in ("one/a.dcm", "one/b.dcm", "two/c.dcm", "two/d.dcm.part"):
        archive.keep(f"studies/ab/abc/{name}", b"content")
    assert archive.remove_others("studies/ab/abc", {"studies/ab/abc/one/a.dcm"}) == (2, 14)
    assert names(data) == ["studies/ab/abc/one/a.dcm", "studies/ab/abc/two/d.dcm.part"]
    assert archive.remove_others("studies/ab/abc", set()) == (1, 7)
    assert archive.remove_others("studies/ab/nobody", set()) == (0, 0)
    assert not (data / "studies/ab/abc/one").exists()


def test_what_is_gone_already_is_no_error(data: Path) -> None:
    archive = FileArchive(data)
    archive.keep("results/a.dcm", b"content")
    assert archive.remove(["results/a.dcm", "results/b.dcm"]) == (1, 7)
    assert archive.size("results/a.dcm") == (0, 0)
    assert archive.size("results") == (0, 0)


def test_what_goes_away_while_it_is_counted_is_no_error(data: Path) -> None:
    archive = FileArchive(data)
    archive.keep("studies/ab/whole.dcm", b"1234")
    over = threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            (data / "studies/ab/one/two").mkdir(parents=True, exist_ok=True)
            shutil.rmtree(data / "studies/ab/one", ignore_errors=True)

    other = threading.Thread(target=come_and_go)
    other.start()
    try:
        for _ in range(300):
            assert archive.size("studies") == (1, 4)
            assert archive.objects_in("studies") == ["studies/ab/whole.dcm"]
            assert archive.sweep() == 0
    finally:
        over.set()
        other.join()


def test_runs_are_listed_by_their_age(data: Path) -> None:
    archive = FileArchive(data)
    (data / "runs" / "old").mkdir(parents=True)
    os.utime(data / "runs" / "old", (0, 0))
    (data / "runs" / "new").mkdir()
    assert archive.old_runs(datetime.now(UTC) - timedelta(hours=1), 9) == ["old"]
    assert archive.old_runs(datetime.now(UTC) + timedelta(hours=1), 1) != []
