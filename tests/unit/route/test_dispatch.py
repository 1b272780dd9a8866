"""The step ``route``: a complete study becomes jobs, once, and a new revision only where it must."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from collega.errors import FencedError
from collega.model.app import Manifest, Stage
from collega.model.job import JobState
from collega.model.study import InstanceHeader, StudyState
from collega.receive.intake import admit
from collega.route.dispatch import route
from collega.testing import records
from collega.testing.fakes import FakeClock, FakeStore

FILM = records.header("1")
LATERAL = records.header("2", attributes={**records.FILM, "view_position": "LL"})
KEY = records.study(FILM).key
FRONTAL = {"modality": ["CR"], "view": ["PA"]}


class House:
    def __init__(self, *manifests: Manifest, at: datetime = records.AT) -> None:
        self.store = FakeStore(Stage.LIVE)
        self.clock = FakeClock(at)
        self.catalogue: Mapping[str, Manifest] = {item.id: item for item in manifests}

    async def receive(self, *headers: InstanceHeader) -> None:
        for header in headers:
            async with self.store.transaction() as transaction:
                await admit(transaction, header, size=1, at=self.clock.now(), source="SCANNER")
            self.clock.pass_time(seconds=1)
        for key, study in self.store.memory.studies.items():
            if study.state is StudyState.RECEIVING:
                async with self.store.transaction() as transaction:
                    await transaction.close_study(
                        key, revision=study.revision, before=StudyState.RECEIVING, after=StudyState.COMPLETE
                    )

    async def route(self, key: str = KEY, revision: int = 1) -> None:
        await route(self.store, self.clock, records.policy(), self.catalogue, study_key=key, revision=revision)

    def jobs(self) -> list[tuple[str, int, JobState]]:
        return [(job.app_id, job.revision, job.state) for job in self.store.memory.jobs.values()]

    def ordered(self, step: str) -> int:
        return sum(item.step == step for item in self.store.memory.steps)


@pytest.mark.shows("R66")
async def test_each_app_that_accepts_gets_a_job() -> None:
    other = records.manifest("ct-only", accepts={"modality": ["CT"]})
    house = House(records.manifest("finder"), records.manifest("counter"), other)
    await house.receive(FILM, LATERAL)
    await house.route()
    assert house.jobs() == [("finder", 1, JobState.QUEUED), ("counter", 1, JobState.QUEUED)]
    assert house.ordered("run") == 2
    event = house.store.memory.events[-1]
    assert event.kind == "routed"
    decisions = event.payload["decisions"]
    assert isinstance(decisions, dict)
    assert decisions["ct-only"].startswith("no: modality")


async def test_a_step_that_runs_twice_counts_once() -> None:
    house = House(records.manifest())
    await house.receive(FILM)
    await house.route()
    with pytest.raises(FencedError):
        await house.route()
    assert len(house.jobs()) == house.ordered("run") == 1


async def test_a_late_image_reruns_an_app_that_takes_it() -> None:
    house = House(records.manifest())
    await house.receive(FILM)
    await house.route()
    await house.receive(LATERAL)
    await house.route(revision=2)
    assert house.jobs() == [("finder", 1, JobState.SUPERSEDED), ("finder", 2, JobState.QUEUED)]


async def test_a_late_image_leaves_an_app_that_does_not_take_it() -> None:
    house = House(records.manifest(accepts=FRONTAL))
    await house.receive(FILM)
    await house.route()
    await house.receive(LATERAL)
    await house.route(revision=2)
    assert house.jobs() == [("finder", 1, JobState.QUEUED)]
    assert house.ordered("run") == 1


async def test_an_app_that_once_had_more_gets_its_new_input() -> None:
    """The input of revision 3 is that of no job that still stands."""
    house = House(records.manifest())
    await house.receive(FILM)
    await house.route()
    await house.receive(LATERAL)
    await house.route(revision=2)
    await house.receive(records.header("3"))
    await house.route(revision=3)
    states = [state for _, _, state in house.jobs()]
    assert states == [JobState.SUPERSEDED, JobState.SUPERSEDED, JobState.QUEUED]


@pytest.mark.shows("R25")
async def test_a_page_that_a_new_revision_overtook_is_ordered_again() -> None:
    """The page of revision 1 sees revision 2 and leaves it the word: revision 2 must order one, job or no job."""
    house = House(records.manifest(accepts=FRONTAL))
    await house.receive(FILM)
    await house.route()
    (job,) = house.store.memory.jobs.values()
    async with house.store.transaction() as transaction:
        await transaction.move_job(job, after=JobState.DONE, at=house.clock.now())
    house.store.take_steps()
    await house.receive(LATERAL)
    await house.route(revision=2)
    (step,) = house.store.take_steps()
    assert (step.step, step.arguments) == ("page", {"study_key": KEY, "revision": 2})


async def test_a_study_of_no_app_orders_nothing() -> None:
    house = House(records.manifest(accepts={"modality": ["CT"]}))
    await house.receive(FILM)
    await house.route()
    assert house.store.take_steps() == []


async def test_the_daily_cap_is_counted_by_local_day() -> None:
    """Two studies before midnight in Amsterdam, none left; one more after it."""
    house = House(records.manifest(daily_cap=1), at=datetime(2026, 7, 1, 21, 0, tzinfo=UTC))
    headers = [records.header("1", study=name, study_at=datetime(2026, 7, 1, tzinfo=UTC)) for name in "ABC"]
    keys = [records.study(header).key for header in headers]
    for header, key in zip(headers[:2], keys, strict=False):
        await house.receive(header)
        await house.route(key)
    assert len(house.jobs()) == 1
    house.clock.go_to(datetime(2026, 7, 1, 22, 0, 1, tzinfo=UTC))
    await house.receive(headers[2])
    await house.route(keys[2])
    assert len(house.jobs()) == 2


@pytest.mark.parametrize("stage", list(Stage))
async def test_a_suspended_app_gets_nothing(stage: Stage) -> None:
    house = House(records.manifest())
    async with house.store.transaction() as transaction:
        await transaction.set_stage("finder", "1.0.0", stage, "someone", "a test")
    await house.receive(FILM)
    await house.route()
    assert bool(house.jobs()) is (stage in {Stage.SHADOW, Stage.PILOT, Stage.LIVE})


async def test_an_old_study_is_routed_to_no_app() -> None:
    house = House(records.manifest())
    house.clock.pass_time(days=400)
    await house.receive(FILM)
    await house.route()
    assert house.jobs() == []
    assert house.store.memory.studies[KEY].state is StudyState.ROUTED
    assert house.clock.now() - records.AT > timedelta(days=365)
