"""Each object gets a clear status; what was acknowledged is stored, and stored once."""

import asyncio
import contextlib
import copy
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset

from collega.accept.study import build, name
from collega.formats.dicom_object import read_object
from collega.formats.dicom_study import read_header
from collega.formats.dicom_write import encode
from collega.model.delivery import ResultObject
from collega.model.disk import DiskMark
from collega.model.policy import QuietTimes
from collega.model.study import StudyState
from collega.model.transfer import Answer, Transfer
from collega.ports.store import Store, Transaction
from collega.receive.intake import file_path
from collega.receive.reception import SUCCESS, Reception
from collega.testing import records
from collega.testing.fakes import FakeArchive, FakeClock, FakeStore
from collega.testing.synthetic import chest_film, ct_series

QUIET = QuietTimes(projection_s=0.03, volume_s=0.12, other_s=0.05)
POLICY = records.policy(quiet=QUIET)
FULL, INTERNAL, UNREADABLE, MISSING_UID, CONFLICT, OTHER_PATIENT = 0xA700, 0x0110, 0xC000, 0xA900, 0x0111, 0xC010


@cache
def drawn(seed: int) -> Dataset:
    return small(chest_film(seed, compressed=False))


def film(seed: int = 1, **values: object) -> bytes:
    dataset = copy.deepcopy(drawn(seed))
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return encode(dataset)


def data_set(file: bytes) -> bytes:
    """Cut off the file meta information, of which collega writes its own."""
    return file[144 + int.from_bytes(file[140:144], "little") :]


def small(dataset: Dataset) -> Dataset:
    """Eight by eight pixels are enough for the receiver."""
    dataset.Rows = dataset.Columns = 8
    dataset.PixelData = bytes(64)
    return dataset


class SystemClock(FakeClock):
    """Settling waits in real time: this clock goes with it."""

    def __init__(self) -> None:
        super().__init__()
        self._began = asyncio.get_running_loop().time()
        self._loop = asyncio.get_running_loop()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self._loop.time() - self._began)


class BrokenStore:
    """A database that fails after the first statements of a transaction."""

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with FakeStore().transaction() as transaction:
            yield transaction
            raise ConnectionError


@dataclass(kw_only=True)
class Port:
    """A reception, called from another thread as the receiver does."""

    store: FakeStore
    archive: FakeArchive
    reception: Reception

    async def send(self, encoded: bytes, *, uid: str | None = None, association: str = "a") -> Answer:
        if uid is None:
            uid = read_header(encoded, POLICY.zone).sop_instance_uid
        return await asyncio.to_thread(self._send, encoded, uid, association)

    def _send(self, encoded: bytes, uid: str, association: str) -> Answer:
        """Send as an association does: the data set, in pieces."""
        meta = dcmread(BytesIO(encoded)).file_meta if encoded.startswith(film()[:132]) else None
        transfer = Transfer(
            sop_class_uid=str(meta.MediaStorageSOPClassUID) if meta else "1.2",
            sop_instance_uid=uid,
            transfer_syntax_uid=str(meta.TransferSyntaxUID) if meta else "1.2.840.10008.1.2.1",
            source="SCANNER",
            association=association,
        )
        incoming = self.reception.begin(transfer)
        data = memoryview(data_set(encoded) if meta else encoded)
        for place in range(0, len(data), 1000):
            incoming.write(data[place : place + 1000])
        answer = incoming.end()
        incoming.close()
        return answer

    @property
    def states(self) -> list[StudyState]:
        return [study.state for study in self.store.memory.studies.values()]


@pytest.fixture
def port(tmp_path: Path) -> Callable[..., Port]:
    def make(store: Store | None = None) -> Port:
        fake = FakeStore()
        archive = FakeArchive(tmp_path / "data")
        clock = SystemClock()
        loop = asyncio.get_running_loop()
        reception = Reception(store or fake, archive, clock, POLICY, loop)
        return Port(store=fake, archive=archive, reception=reception)

    return make


async def test_what_is_acknowledged_is_stored(port: Callable[..., Port]) -> None:
    here = port()
    encoded = film()
    assert (await here.send(encoded)).status == SUCCESS
    (kept,) = here.store.memory.instances.values()
    assert data_set(here.archive.path(kept.path).read_bytes()) == data_set(encoded)
    assert kept.size == here.archive.path(kept.path).stat().st_size


async def test_an_object_that_comes_twice_is_stored_once(port: Callable[..., Port]) -> None:
    here = port()
    answers = await asyncio.gather(*(here.send(film(), association=str(number)) for number in range(4)))
    assert [answer.status for answer in answers] == [SUCCESS] * 4
    assert len(here.store.memory.instances) == len(here.archive.files("studies")) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.sampled_from(range(4)), min_size=1, max_size=10), routed=st.sets(st.integers(0, 9)))
async def test_acknowledged_means_stored_once_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], routed: set[int]
) -> None:
    archive = FakeArchive(tmp_path_factory.mktemp("data"))
    store = FakeStore()
    here = Port(
        store=store,
        archive=archive,
        reception=Reception(store, archive, FakeClock(), POLICY, asyncio.get_running_loop()),
    )
    pool = [film(SOPInstanceUID=f"1.2.{number}") for number in range(4)]
    acknowledged = set()
    for number, which in enumerate(order):
        if (await here.send(pool[which])).status == SUCCESS:
            acknowledged.add(f"1.2.{which}")
        if number in routed:
            for key, study in store.memory.studies.items():
                async with store.transaction() as transaction:
                    await transaction.touch_study(
                        key, revision=study.revision, at=study.last_received_at, state=StudyState.ROUTED
                    )
    await here.reception.close()
    assert set(store.memory.instances) == acknowledged == {f"1.2.{which}" for which in order}
    for item in store.memory.instances.values():
        assert data_set(archive.path(item.path).read_bytes()) == data_set(pool[int(item.header.sop_instance_uid[-1])])
    assert len(archive.files()) == len(acknowledged)


async def test_other_pixels_under_a_known_uid_are_kept_apart(port: Callable[..., Port]) -> None:
    here = port()
    await here.send(film())
    assert (await here.send(film(PixelData=b"\x01" * 64))).status == CONFLICT
    assert len(here.archive.files("studies")) == 1
    assert len(here.archive.files("quarantine")) == 1
    (row,) = here.store.memory.quarantine
    assert (row["kind"], row["code"], row["source"]) == ("object", "conflict", "SCANNER")
    assert here.archive.path(str(row["path"])).exists()


async def test_another_patient_in_a_known_study_is_kept_apart(port: Callable[..., Port]) -> None:
    here = port()
    await here.send(film())
    stranger = film(PatientID="OTHER", SOPInstanceUID="1.2.3")
    assert (await here.send(stranger)).status == OTHER_PATIENT
    assert [row["code"] for row in here.store.memory.quarantine] == ["other-patient"]
    assert len(here.store.memory.instances) == 1


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID"])
async def test_an_object_without_a_uid_is_refused(port: Callable[..., Port], keyword: str) -> None:
    here = port()
    answer = await here.send(film(1, **{keyword: ""}), uid="1.2.3")
    assert answer.status == MISSING_UID
    assert keyword in answer.comment
    assert here.archive.files() == []
    assert [row["code"] for row in here.store.memory.quarantine] == ["missing-uid"]


async def test_a_uid_that_is_not_the_one_announced_is_refused(port: Callable[..., Port]) -> None:
    here = port()
    assert (await here.send(film(), uid="1.2.3")).status == MISSING_UID
    assert [row["code"] for row in here.store.memory.quarantine] == ["uid-mismatch"]
    assert here.store.memory.instances == {}
    assert here.archive.files("studies") == []


@pytest.mark.parametrize("uid", ["../../../etc/passwd", "..", "/abs", "a\\b", "1.2." + "9" * 80])
async def test_an_odd_uid_stays_below_the_data_folder(port: Callable[..., Port], tmp_path: Path, uid: str) -> None:
    here = port()
    odd = film(StudyInstanceUID=uid, SeriesInstanceUID=uid)
    assert (await here.send(odd)).status == SUCCESS
    everything = FakeArchive(tmp_path).files()
    assert everything == [f"data/{name}" for name in here.archive.files("studies")]
    (kept,) = here.store.memory.instances.values()
    assert "StudyInstanceUID is no valid UID" in kept.header.notes or uid.replace(".", "").isdigit()


def garbage() -> dict[str, bytes]:
    whole = film()
    chance = random.Random(7)  # noqa: S311 - noise
    return {
        "nothing": b"",
        "noise": chance.randbytes(2000),
        "noise after an element": data_set(whole)[:40] + chance.randbytes(2000),
        "cut in the first element": data_set(whole)[:5],
        "cut in the header": data_set(whole)[: len(data_set(whole)) // 2],
        "text": b"GET / HTTP/1.1\r\n\r\n",
    }


@pytest.mark.parametrize("name", list(garbage()))
async def test_what_cannot_be_read_is_refused(port: Callable[..., Port], name: str) -> None:
    here = port()
    answer = await here.send(garbage()[name], uid="1.2.3")
    assert answer.status in {UNREADABLE, MISSING_UID}
    assert here.store.memory.instances == {}
    assert here.archive.files("studies") == []
    assert len(here.store.memory.quarantine) == 1
    assert (await here.send(film())).status == SUCCESS, "the receiver goes on"


async def test_a_full_disk_refuses_and_loses_nothing(port: Callable[..., Port]) -> None:
    here = port()
    await here.send(film(1))
    here.archive.full = True
    assert (await here.send(film(2))).status == FULL
    assert len(here.store.memory.instances) == 1
    here.archive.full = False
    assert (await here.send(film(2))).status == SUCCESS


async def test_an_internal_error_is_told_and_nothing_is_recorded(port: Callable[..., Port]) -> None:
    here = port(BrokenStore())
    answer = await here.send(film())
    assert answer.status == INTERNAL
    assert here.store.memory.instances == {}


async def test_our_own_result_leaves_no_file(port: Callable[..., Port]) -> None:
    here = port()
    encoded = film()
    header = read_header(encoded, POLICY.zone)
    await here.send(encoded)
    made: ResultObject = records.result_object(header)
    async with here.store.transaction() as transaction:
        await transaction.add_object(made, "PACS", records.AT)
    returned = film(SOPInstanceUID=made.reference.sop_instance_uid, Modality="SR")
    assert (await here.send(returned)).status == SUCCESS
    assert len(here.archive.files()) == 1
    assert len(here.store.memory.instances) == 1


async def test_a_study_is_closed_once_it_is_quiet(port: Callable[..., Port]) -> None:
    here = port()
    await here.send(film())
    await asyncio.sleep(0.08)
    assert here.states == [StudyState.RECEIVING]
    here.reception.ended("a")
    await asyncio.sleep(0.1)
    assert here.states == [StudyState.COMPLETE]
    (step,) = here.store.take_steps()
    assert step.step == "route"
    assert step.arguments["revision"] == 1
    assert [event.kind for event in here.store.memory.events] == ["received", "complete"]


async def test_quiet_is_longer_for_volumes(port: Callable[..., Port]) -> None:
    here = port()
    for dataset in ct_series(1, slices=2, size=8):
        await here.send(encode(dataset))
    here.reception.ended("a")
    await asyncio.sleep(0.08)
    assert here.states == [StudyState.RECEIVING]
    await asyncio.sleep(0.15)
    assert here.states == [StudyState.COMPLETE]


async def test_a_restarted_receiver_closes_what_it_finds(port: Callable[..., Port]) -> None:
    here = port()
    await here.send(film())
    again = Reception(here.store, here.archive, SystemClock(), POLICY, asyncio.get_running_loop())
    await again.resume()
    await asyncio.sleep(0.15)
    assert here.states == [StudyState.COMPLETE]
    assert [step.step for step in here.store.take_steps()] == ["route"]


async def test_a_report_alone_completes_no_study(port: Callable[..., Port]) -> None:
    here = port()
    await here.send(film(Modality="SR"))
    here.reception.ended("a")
    await here.reception.resume()
    await asyncio.sleep(0.15)
    assert here.states == [StudyState.RECEIVING]
    assert here.store.take_steps() == []


@pytest.mark.shows("R31", "R32")
async def test_the_test_patient_of_an_acceptance_opens_no_study(port: Callable[..., Port]) -> None:
    here = port()
    made = build(name("run-1", datetime(2026, 3, 2, 8, 30, tzinfo=UTC), "Europe/Amsterdam", "en"))
    for piece in made.values():
        assert (await here.send(piece.content)).status == SUCCESS
    here.reception.ended("a")
    await asyncio.sleep(0.2)
    assert here.states == []
    assert here.store.take_steps() == []
    assert here.archive.files() == []
    assert [event.kind for event in here.store.memory.events] == ["test_returned"] * len(made)


@pytest.mark.shows("R31")
async def test_a_pacs_that_gives_the_test_study_another_uid_starts_no_app_either(port: Callable[..., Port]) -> None:
    here = port()
    made = build(name("run-2", datetime(2026, 3, 2, 8, 30, tzinfo=UTC), "Europe/Amsterdam", "en"))
    moved = dcmread(BytesIO(made["image"].content))
    moved.StudyInstanceUID = "1.2.3"
    assert (await here.send(encode(moved))).status == SUCCESS
    assert here.states == []


async def test_a_scarce_disk_refuses_new_studies_and_takes_the_rest_of_known_ones(port: Callable[..., Port]) -> None:
    here = port()
    assert (await here.send(film(1))).status == SUCCESS
    here.archive.passed = DiskMark.SCARCE
    study = read_header(film(1), POLICY.zone).study_instance_uid
    rest = film(1, SOPInstanceUID="1.2.3.4.5.6", InstanceNumber=2)
    assert read_header(rest, POLICY.zone).study_instance_uid == study
    assert (await here.send(rest)).status == SUCCESS
    refused = await here.send(film(2))
    assert (refused.status, refused.comment) == (FULL, "out of storage, try again later")
    await here.reception.close()
    assert len(here.archive.files("studies")) == 2
    for mark in (DiskMark.LOW, DiskMark.AMPLE):
        here.archive.passed = mark
        assert (await here.send(film(2 if mark is DiskMark.LOW else 3))).status == SUCCESS


async def test_a_file_that_retention_takes_before_its_record_is_written_again(port: Callable[..., Port]) -> None:
    """The file of an unknown object looks like one that nobody names; the receiver looks once more under the lock."""
    here = port()
    encoded = film(1)
    path = here.archive.path(file_path(read_object(encoded, POLICY.zone)))
    here.archive.after_keeping = path.unlink
    assert (await here.send(encoded)).status == SUCCESS
    assert data_set(path.read_bytes()) == data_set(encoded)
