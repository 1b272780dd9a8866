"""What was acknowledged is recorded: past a database that fails, a kill, and an object that it cannot hold."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from collega.errors import QuarantineError
from collega.formats.dicom_object import read_object
from collega.formats.dicom_write import encode
from collega.model.ids import storage_key
from collega.model.study import InstanceHeader
from collega.receive import recording
from collega.receive.intake import Arrived, file_path
from collega.receive.recording import Entry, Outcome, Recorder
from collega.receive.recovery import take_up
from collega.testing import records
from collega.testing.fake_store import FakeTransaction
from collega.testing.fakes import BEGINNING, FakeArchive, FakeClock, FakeStore
from collega.testing.synthetic import ct_series

pytestmark = pytest.mark.shows("R31")
ZONE = records.policy().zone


class Unsteady(FakeStore):
    """A database that is away for some transactions, or cannot hold one object."""

    def __init__(self, *, failures: int = 0, poison: str = "") -> None:
        super().__init__()
        self.failures = failures
        self.poison = poison

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[FakeTransaction]:
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        async with super().transaction() as transaction:
            yield transaction
            if await transaction.known_among([self.poison]):
                raise ValueError


def entry(number: int, study: str = "1.2.3") -> Entry:
    header = replace(records.header(), study_instance_uid=study, sop_instance_uid=f"{study}.{number}")
    return entry_of(header)


def entry_of(header: InstanceHeader) -> Entry:
    arrived = Arrived(header=header, path=file_path(header), size=1, at=BEGINNING, source="CT1")
    return Entry(arrived=arrived, association="a")


class Desk:
    """A recorder whose outcomes are noted."""

    def __init__(self, store: FakeStore, archive: FakeArchive) -> None:
        self.outcomes: list[tuple[str, Outcome]] = []
        self.order: list[str] = []
        self.recorder = Recorder(store, self._done, self._ended, asyncio.get_running_loop())
        self.archive = archive

    async def _done(self, entry: Entry, outcome: Outcome) -> None:
        self.outcomes.append((entry.arrived.header.sop_instance_uid, outcome))
        self.order.append(entry.arrived.header.sop_instance_uid)

    def _ended(self, association: str) -> None:
        self.order.append(association)


@pytest.fixture(autouse=True)
def _soon() -> None:
    assert recording.AGAIN_SECONDS <= 1, "these tests wait for it"


async def test_an_association_ends_after_its_last_object(tmp_path: Path) -> None:
    desk = Desk(FakeStore(), FakeArchive(tmp_path))
    for item in (entry(1), entry(2, "1.2.4"), "a", entry(3)):
        desk.recorder.submit(item)
    await desk.recorder.drain()
    assert desk.order == ["1.2.3.1", "1.2.4.2", "a", "1.2.3.3"]


async def test_the_end_of_an_association_waits_for_no_other_object(tmp_path: Path) -> None:
    desk = Desk(FakeStore(), FakeArchive(tmp_path))
    desk.recorder.submit(entry(1))
    await desk.recorder.drain()
    desk.recorder.submit("a")
    for _ in range(5):  # turns of the loop, in which no time passes
        await asyncio.sleep(0)
    assert desk.order == ["1.2.3.1", "a"]


async def test_nobody_waits_for_ever_because_the_one_before_went_wrong() -> None:
    async def done(entry: Entry, _outcome: Outcome) -> None:
        if entry.waiting is None:
            raise FileNotFoundError

    recorder = Recorder(FakeStore(), done, lambda _association: None, asyncio.get_running_loop())
    waiting: Future[Outcome] = Future()
    recorder.submit(entry(1))
    recorder.submit(replace(entry(2), waiting=waiting))
    await recorder.drain()
    assert not isinstance(waiting.result(0), QuarantineError)


async def test_a_database_that_is_away_is_waited_for(tmp_path: Path) -> None:
    store = Unsteady(failures=3)
    desk = Desk(store, FakeArchive(tmp_path))
    for number in range(3):
        desk.recorder.submit(entry(number))
    await desk.recorder.drain()
    assert sorted(store.memory.instances) == ["1.2.3.0", "1.2.3.1", "1.2.3.2"]


async def test_an_object_that_the_database_cannot_hold_is_set_apart_and_the_others_are_recorded(tmp_path: Path) -> None:
    store = Unsteady(poison="1.2.3.1")
    desk = Desk(store, FakeArchive(tmp_path))
    for number in range(3):
        desk.recorder.submit(entry(number))
    await desk.recorder.drain()
    assert sorted(store.memory.instances) == ["1.2.3.0", "1.2.3.2"]
    (refused,) = [outcome for uid, outcome in desk.outcomes if uid == "1.2.3.1"]
    assert isinstance(refused, QuarantineError)
    assert refused.code == "not-recorded"


async def test_after_a_kill_what_is_on_disk_and_in_no_record_is_recorded(tmp_path: Path) -> None:
    archive, store = FakeArchive(tmp_path), FakeStore()
    files = [encode(item) for item in ct_series(1, slices=3)]
    headers = [read_object(file, ZONE) for file in files]
    for file, header in zip(files, headers, strict=True):
        archive.keep(file_path(header), file)
    archive.keep(f"{Path(file_path(headers[0])).parent}/torn.dcm", files[0][:300])
    study_key = storage_key(headers[0].study_instance_uid)
    archive.mark_receiving(study_key)
    desk = Desk(store, archive)
    desk.recorder.submit(entry_of(headers[0]))
    await desk.recorder.drain()
    await take_up(store, archive, FakeClock(), ZONE, desk.recorder)
    assert set(store.memory.instances) == {header.sop_instance_uid for header in headers}
    assert [uid for uid, _ in desk.outcomes].count(headers[0].sop_instance_uid) == 1
    assert archive.marked_receiving() == []
