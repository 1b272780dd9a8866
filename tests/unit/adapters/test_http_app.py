"""Services that answer, and services that misbehave, over real sockets: each ends, each is told apart."""

from pathlib import Path

import pytest

from collega.adapters.http_app.runner import HttpRunner
from collega.model.job import AttemptOutcome
from collega.testing.vendor_service import Manner, json_answer, parts_answer, vendor_service
from tests.unit.adapters.http_bench import Desk, our_result

DICOM = b"\0" * 128 + b"DICM" + b"of a vendor"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(folder=tmp_path / "runs" / "job-1" / "1", runner=HttpRunner(()))


@pytest.mark.shows("R42")
async def test_our_own_result(desk: Desk) -> None:
    with vendor_service(lambda study, files: json_answer(our_result(study, sorted(files)))) as service:
        attempt = await desk.run(service.url)
    assert (attempt.outcome, attempt.detail) == (AttemptOutcome.ANSWERED, "")
    assert attempt.isolation == ("elsewhere", "plain")
    assert desk.result()["notes"] == ["dicom/00001.dcm", "dicom/00002.dcm"]
    assert desk.written() == ["result.json"]
    (asked,) = service.asked
    assert (asked.key, asked.job) == ("job-1/1", "job-1")


async def test_a_vendors_json_is_kept_as_it_is(desk: Desk) -> None:
    with vendor_service(lambda _, __: json_answer({"score": 0.25})) as service:
        assert (await desk.run(service.url)).outcome is AttemptOutcome.ANSWERED
    assert desk.written() == ["answer.json"]


async def test_json_objects_and_files_at_once(desk: Desk) -> None:
    parts = [
        ("application/dicom", "sr.dcm", DICOM),
        ("application/pdf", "page.pdf", b"%PDF-1.7"),
        ("application/json", "", b'{"score": 0.25}'),
        ("application/pdf", "../../../escaped", b"%PDF-1.7"),
        ("image/png", "page.pdf", b"the same name"),
    ]
    with vendor_service(lambda _, __: parts_answer(parts)) as service:
        assert (await desk.run(service.url)).outcome is AttemptOutcome.ANSWERED
    assert desk.written() == ["answer.json", "dicom/00001.dcm", "files/00002", "files/00003", "files/page.pdf"]
    assert (desk.folder / "out/dicom/00001.dcm").read_bytes() == DICOM


async def test_an_answer_that_comes_later(desk: Desk) -> None:
    manner = Manner(is_later=True, delay_s=0.25, busy=1)
    with vendor_service(lambda _, __: json_answer({"score": 0.25}), manner) as service:
        attempt = await desk.run(service.url)
    assert attempt.outcome is AttemptOutcome.ANSWERED
    assert attempt.wall_s > 0.25
    assert [asked.key for asked in service.asked] == ["job-1/1", "job-1/1"]
