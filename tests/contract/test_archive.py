"""The folder of studies: what the steps rely on, of the fake as of the real one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from collega.adapters.files.archive import FileArchive
from collega.ports.machine import Archive
from collega.testing.fakes import FakeArchive

KINDS: dict[str, Callable[[Path], Archive]] = {"fake": FakeArchive, "real": FileArchive}


@pytest.fixture(params=list(KINDS))
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    return KINDS[request.param](tmp_path)


def test_a_kept_file_is_found_under_its_name(archive: Archive) -> None:
    archive.keep("studies/ab/x.dcm", b"content")
    assert archive.path("studies/ab/x.dcm").read_bytes() == b"content"


def test_a_result_is_kept_once(archive: Archive) -> None:
    archive.keep_result("results/x.dcm", b"first")
    archive.keep_result("results/x.dcm", b"second")
    assert archive.path("results/x.dcm").read_bytes() == b"first"


def test_another_file_of_the_same_name_takes_its_place(archive: Archive) -> None:
    archive.keep("studies/x.dcm", b"first")
    archive.keep("studies/x.dcm", b"second")
    assert archive.path("studies/x.dcm").read_bytes() == b"second"


def test_an_app_is_given_a_file(archive: Archive) -> None:
    archive.keep("studies/x.dcm", b"content")
    target = archive.job_folder("job", 1) / "00001.dcm"
    archive.give("studies/x.dcm", target)
    assert target.read_bytes() == b"content"


def test_each_attempt_begins_with_an_empty_folder(archive: Archive) -> None:
    first = archive.job_folder("job", 1)
    (first / "left").write_text("over", encoding="utf-8")
    assert list(archive.job_folder("job", 1).iterdir()) == []
    assert archive.job_folder("job", 2) != first
    archive.drop_job_folder("job")
    assert not first.exists()
    archive.drop_job_folder("job")
