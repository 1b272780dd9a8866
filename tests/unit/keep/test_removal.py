"""Removing: the record first, then the files; a crash at any moment leaves nothing wrong."""

import asyncio
import contextlib
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collega.keep.removal import Keeper
from collega.model.delivery import DeliveryState
from collega.model.ids import storage_key
from collega.model.job import JobState, NextStep
from collega.model.keeping import KeepPolicy
from collega.model.study import InstanceHeader, StudyState
from collega.receive.intake import Arrival, admit, file_path
from collega.testing import records
from collega.testing.fakes import FakeArchive, FakeClock, FakeStore

pytestmark = pytest.mark.shows("R31", "R59")
DAYS = 90
POLICY = KeepPolicy(images=timedelta(days=DAYS), runs=timedelta(days=30), quarantine=timedelta(days=365))


class PowerCutError(Exception):
    """The machine stops here."""


class FragileArchive(FakeArchive):
    """A folder that loses power after so many files are gone."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.strength = 1_000_000

    def remove(self, relatives: Collection[str]) -> tuple[int, int]:
        done = (0, 0)
        for relative in sorted(relatives):
            if self.strength == 0:
                raise PowerCutError
            self.strength -= 1
            done = tuple(map(sum, zip(done, super().remove([relative]), strict=True)))  # type: ignore[assignment]
        return done


class House:
    """A site in memory: studies come, are delivered, grow old."""

    def __init__(self, folder: Path) -> None:
        self.store, self.clock, self.archive = FakeStore(), FakeClock(), FragileArchive(folder)
        self.keeper = self.fresh_keeper()

    def fresh_keeper(self) -> Keeper:
        return Keeper(self.store, self.archive, self.clock, POLICY)

    async def receive(self, header: InstanceHeader) -> Arrival:
        """Do as the receiver does: the file, the record, and the file again where it has gone meanwhile."""
        self.archive.keep_result(file_path(header), b"pixels")
        async with self.store.transaction() as transaction:
            verdict = await admit(transaction, header, size=6, at=self.clock.now(), source="CT1")
            if not self.archive.path(file_path(header)).exists():
                self.archive.keep_result(file_path(header), b"pixels")
        return verdict.arrival

    async def settle(self, header: InstanceHeader, delivered: DeliveryState | None = DeliveryState.VISIBLE) -> None:
        key = storage_key(header.study_instance_uid)
        async with self.store.transaction() as transaction:
            study = await transaction.study(key)
            assert study is not None
            await transaction.touch_study(key, revision=study.revision, at=self.clock.now(), state=StudyState.ROUTED)
            if delivered is not None:
                await transaction.add_object(records.result_object(header), "PACS", self.clock.now())
                (waiting,) = await transaction.deliveries_of(key)
                await transaction.set_delivery(
                    waiting, state=delivered, at=self.clock.now(), detail="",
                    next_at=self.clock.now() if delivered is DeliveryState.PLANNED else None,
                )  # fmt: skip

    def stored(self) -> list[str]:
        return self.archive.files("studies")

    def told(self) -> list[str]:
        return [event.kind for event in self.store.memory.events]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def test_images_go_after_their_time_and_the_record_stays(house: House) -> None:
    header = records.header()
    await house.receive(header)
    await house.settle(header)
    house.clock.pass_time(days=DAYS - 1)
    assert (await house.keeper.round()).files == 0
    house.clock.pass_time(days=1)
    done = await house.keeper.round()
    assert (done.files, done.size, done.studies) == (1, 6, 1)
    assert house.stored() == []
    assert house.told().count("files_removed") == 1
    (kept,) = house.store.memory.instances.values()
    assert kept.removed_at == house.clock.now()
    assert house.store.memory.objects, "what was said of it stays"
    assert (await house.keeper.round()).files == 0
    assert house.told().count("files_removed") == 1


async def test_what_is_undelivered_stays_for_ever(house: House) -> None:
    header = records.header()
    await house.receive(header)
    await house.settle(header, DeliveryState.PLANNED)
    house.clock.pass_time(days=10_000)
    assert (await house.keeper.round()).files == 0
    assert len(house.stored()) == 1


async def test_a_step_that_waits_keeps_its_study(house: House) -> None:
    header = records.header()
    await house.receive(header)
    await house.settle(header, DeliveryState.REFUSED)
    uid = records.result_object(header).reference.sop_instance_uid
    house.store.memory.steps.append(NextStep(step="fall_back", arguments={"sop_instance_uid": uid}))
    house.clock.pass_time(days=1000)
    assert (await house.keeper.round()).files == 0
    house.store.take_steps()
    assert (await house.keeper.round()).files == 1


async def test_a_held_study_stays_until_it_is_released(house: House) -> None:
    header = records.header()
    key = storage_key(header.study_instance_uid)
    await house.receive(header)
    await house.settle(header)
    async with house.store.transaction() as transaction:
        await transaction.hold_study(key, "a complaint", "dr. X", house.clock.now())
    house.clock.pass_time(days=1000)
    assert (await house.keeper.round()).files == 0
    async with house.store.transaction() as transaction:
        assert await transaction.release_study(key, house.clock.now()) == 1
    assert (await house.keeper.round()).files == 1


async def test_a_study_that_must_stay_does_not_hold_up_the_others(house: House) -> None:
    headers = [records.header(study=f"s{number}") for number in range(6)]
    for number, header in enumerate(headers):
        await house.receive(header)
        await house.settle(header, DeliveryState.PLANNED if number < 3 else DeliveryState.VISIBLE)
    house.clock.pass_time(days=1000)
    house.keeper.batch = 1
    for _ in range(4):
        await house.keeper.round()
    assert len(house.stored()) == 3
    kept = {storage_key(header.study_instance_uid) for header in headers[:3]}
    assert {name.split("/")[2] for name in house.stored()} == kept


async def test_runs_and_quarantine_have_times_of_their_own(house: House) -> None:
    header = records.header()
    await house.receive(header)
    await house.settle(header)
    async with house.store.transaction() as transaction:
        study = await transaction.study(storage_key(header.study_instance_uid))
        assert study is not None
        job = await transaction.add_job(study, records.manifest(), [], "digest", house.clock.now())
        await transaction.move_job(job, after=JobState.DONE, at=house.clock.now())
        await transaction.quarantine(
            kind="object", code="conflict", text="", at=house.clock.now(), path="quarantine/a.dcm"
        )
    house.archive.keep(f"runs/{job.key}/1/log.txt", b"said")
    house.archive.keep("runs/unknown/1/log.txt", b"said")
    house.archive.keep("quarantine/a.dcm", b"apart")
    house.clock.pass_time(days=31)
    assert (await house.keeper.round()).files == 1
    assert house.archive.files("runs") == ["runs/unknown/1/log.txt"], "what belongs to no known job is left to a person"
    assert house.archive.files("quarantine") == ["quarantine/a.dcm"]
    house.clock.pass_time(days=400)
    await house.keeper.round()
    assert house.archive.files("quarantine") == []


# --------------------------------------------------------------------------- coming back


async def test_the_same_object_again_restores_the_file_and_nothing_else(house: House) -> None:
    header = records.header()
    await house.receive(header)
    await house.settle(header)
    house.clock.pass_time(days=1000)
    await house.keeper.round()
    assert await house.receive(header) is Arrival.RESTORED
    assert len(house.stored()) == 1
    (study,) = house.store.memory.studies.values()
    assert (study.state, study.revision) == (StudyState.ROUTED, 1), "nothing has changed: what was said still stands"
    assert "restored" in house.told()
    assert (await house.keeper.round()).files == 0, "it begins to age anew"
    house.clock.pass_time(days=DAYS + 1)
    assert (await house.keeper.round()).files == 1


async def test_a_late_image_after_removal_opens_a_revision_of_which_the_rest_is_known_to_be_gone(house: House) -> None:
    first, late = records.header(), records.header(name="late")
    await house.receive(first)
    await house.settle(first)
    house.clock.pass_time(days=1000)
    await house.keeper.round()
    assert await house.receive(late) is Arrival.NEW
    (study,) = house.store.memory.studies.values()
    assert (study.state, study.revision) == (StudyState.RECEIVING, 2)
    async with house.store.transaction() as transaction:
        found = await transaction.instances(study.key)
    assert [bool(item.removed_at) for item in found] == [True, False]


async def test_an_object_that_comes_between_the_decision_and_its_files_stays(house: House) -> None:
    """The worst moment: the record says removed, the file is still there, and the same object comes again."""
    header, other = records.header(), records.header(name="other")
    for item in (header, other):
        await house.receive(item)
    await house.settle(header)
    house.clock.pass_time(days=1000)
    house.archive.strength = 0
    with pytest.raises(PowerCutError):
        await house.keeper.round()
    assert len(house.stored()) == 2
    assert await house.receive(header) is Arrival.RESTORED
    house.archive.strength = 100
    await house.fresh_keeper().round()
    assert house.stored() == [file_path(header)], "the one that came back; the other is gone as decided"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_crash_at_any_file_leaves_nothing_wrong(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    """What is acknowledged and not removed has its file, after any number of power cuts and arrivals."""
    headers = [records.header(study=f"s{study}", name=f"i{image}") for study in range(2) for image in range(3)]

    async def live(house: House) -> None:
        for _ in range(data.draw(st.integers(1, 8))):
            what = data.draw(st.sampled_from(["receive", "settle", "undelivered", "age", "round"]))
            header = data.draw(st.sampled_from(headers))
            known = storage_key(header.study_instance_uid) in house.store.memory.studies
            if what == "receive":
                await house.receive(header)
            elif what == "settle" and known:
                await house.settle(header, None)
            elif what == "undelivered" and known:
                async with house.store.transaction() as transaction:
                    await transaction.add_object(records.result_object(header), "PACS", house.clock.now())
            elif what == "age":
                house.clock.pass_time(days=data.draw(st.integers(1, 200)))
            elif what == "round":
                await cut_off_somewhere(house)
            check(house)
        house.archive.strength = 1_000_000
        await house.fresh_keeper().round()
        await house.fresh_keeper().round()
        check(house, exactly=True)

    async def cut_off_somewhere(house: House) -> None:
        memory = house.store.memory
        undelivered = {item.object.study_key for item in memory.deliveries.values()}
        must_stay = [
            item.path for item in memory.instances.values() if item.study_key in undelivered and not item.removed_at
        ]
        house.archive.strength = data.draw(st.integers(0, 4))
        with contextlib.suppress(PowerCutError):
            await house.fresh_keeper().round()
        assert set(must_stay) <= set(house.stored())

    asyncio.run(live(House(tmp_path_factory.mktemp("house"))))


def check(house: House, *, exactly: bool = False) -> None:
    """Hold the files against the record."""
    named = {item.path for item in house.store.memory.instances.values() if not item.removed_at}
    stored = set(house.stored())
    assert named <= stored, "an object that counts as present has lost its file"
    if exactly:
        assert stored == named
