"""The step ``coverage`` with a PACS that answers, is away, or sends what it was not asked for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from collega.model.app import Stage
from collega.model.coverage import PacsSeries, PacsStudy, Round, SightingState
from collega.model.ids import acceptance_uid, storage_key
from collega.model.policy import CoveragePolicy
from collega.receive.rounds import MOST_TRIES, cover
from collega.route.foresee import foresight
from collega.testing import records
from collega.testing.fakes import FakeClock, FakeQuery, FakeStore

pytestmark = pytest.mark.shows("R31")
EVERY = timedelta(minutes=10)
RULES = CoveragePolicy(
    every=EVERY, look_back=timedelta(hours=24), grace=timedelta(minutes=5), most_fetches=0, destination="COLLEGA"
)


class Desk:
    """A site with one app, and a PACS that it asks."""

    def __init__(self, stage: Stage = Stage.LIVE, **rules: object) -> None:
        self.store, self.clock, self.query = FakeStore(stage), FakeClock(), FakeQuery()
        coverage = replace(RULES, **rules)  # type: ignore[arg-type]
        self.policy = records.policy(coverage=coverage)
        self.clock.pass_time(hours=1)

    async def round(self, *, minutes: float = 10, forced: bool = False) -> None:
        self.clock.pass_time(minutes=minutes)
        look_ahead = partial(foresight, {"finder": records.manifest()}, self.policy)
        await cover(self.store, self.clock, self.policy, self.query, look_ahead, forced=forced)

    def has(self, name: str = "A", modality: str = "CR", instances: int = 1) -> str:
        """Put a study into the PACS; gives its UID."""
        made = records.header(study=name)
        study = PacsStudy(
            study_instance_uid=made.study_instance_uid,
            accession_number=made.accession_number,
            study_date=made.study_date,
            study_at=made.study_at,
            modalities=(modality,),
            attributes={"study_description": made.study_description},
            instances=instances,
        )
        series = PacsSeries(
            series_instance_uid=made.series_instance_uid, attributes={"modality": modality}, instances=instances
        )
        self.query.kept[made.study_instance_uid] = (study, [series])
        return made.study_instance_uid

    async def comes(self, name: str = "A") -> None:
        made = records.header(study=name)
        async with self.store.transaction() as transaction:
            await transaction.add_study(made, storage_key(made.study_instance_uid), self.clock.now())
            await transaction.add_instances([records.instance(made)])

    def kinds(self, uid: str) -> list[str]:
        return [event.kind for event in self.store.memory.events if event.study_key == storage_key(uid)]

    def state(self, uid: str) -> SightingState:
        return self.store.memory.sightings[uid].state

    def last(self) -> Round:
        return self.store.memory.rounds[-1]

    @property
    def orders(self) -> list[Mapping[str, object]]:
        return [{"step": step.step, "at": step.at, "lock": step.lock} for step in self.store.memory.steps]


async def test_a_missing_study_is_told_once_and_closed_when_it_comes() -> None:
    desk = Desk()
    uid = desk.has()
    for _ in range(3):
        await desk.round()
    assert desk.kinds(uid) == ["missing"]
    await desk.comes()
    await desk.round()
    await desk.round()
    assert desk.kinds(uid) == ["missing", "arrived"]
    assert [(done.eligible, done.received, done.missing) for done in desk.store.memory.rounds] == [
        *[(1, 0, 1)] * 3,
        *[(1, 1, 0)] * 2,
    ]


async def test_each_round_orders_one_next_round() -> None:
    desk = Desk()
    await desk.round()
    at = desk.clock.now()
    assert desk.orders == [{"step": "coverage", "at": at + EVERY, "lock": "coverage"}]
    await desk.round(minutes=2)
    assert len(desk.store.memory.rounds) == 1, "an order that comes too early goes back to its time"
    assert len(desk.orders) == 1
    await desk.round(minutes=0, forced=True)
    assert len(desk.store.memory.rounds) == 2, "a person may ask at any time"
    assert len(desk.orders) == 1


async def test_a_pacs_that_is_away_is_on_record_and_asked_again() -> None:
    desk = Desk()
    desk.query.away = True
    await desk.round()
    (done,) = desk.store.memory.rounds
    assert (done.answered, done.reason) == (False, "the PACS does not answer")
    assert [event.kind for event in desk.store.memory.events] == ["coverage_not_asked"]
    assert len(desk.orders) == 1
    desk.query.away = False
    await desk.round()
    assert desk.last().answered


async def test_a_pacs_that_names_nothing_at_all_is_not_believed() -> None:
    desk = Desk()
    await desk.round()
    assert desk.last().answered, "nothing there and nothing here: a quiet night"
    await desk.comes()
    await desk.round()
    assert not desk.last().answered
    assert "names not one study" in desk.last().reason


async def test_studies_that_no_running_app_accepts_are_not_asked_for() -> None:
    for desk, modality in ((Desk(), "MR"), (Desk(Stage.SUSPENDED), "CR"), (Desk(Stage.OFF), "CR")):
        desk.has(modality=modality)
        await desk.round()
        (done,) = desk.store.memory.rounds
        assert (done.studies, done.eligible, done.missing, done.maybe) == (1, 0, 0, 0)
        assert desk.store.memory.sightings == {}


async def test_what_is_fetched_is_closed_as_fetched_once_it_is_here() -> None:
    desk = Desk(most_fetches=1)
    uid = desk.has()
    await desk.round()
    assert desk.state(uid) is SightingState.MISSING
    assert "nothing came here" in desk.store.memory.sightings[uid].detail, "the PACS said success, and sent elsewhere"
    await desk.comes()
    studies, desk.store.memory.studies = desk.store.memory.studies, {}
    desk.query.sends = lambda: setattr(desk.store.memory, "studies", studies)
    await desk.round()
    assert desk.state(uid) is SightingState.FETCHED
    assert desk.kinds(uid) == ["missing", "fetch_failed", "fetched"]
    assert desk.last().fetched == 1


async def test_fetching_has_limits() -> None:
    desk = Desk(most_fetches=2)
    desk.query.problem = "the PACS did not send it all"
    uids = {desk.has(name) for name in "ABC"}
    await desk.round()
    assert len(desk.query.moved) == 2
    await desk.round()
    assert set(desk.query.moved[:3]) == uids, "what was tried least comes first"
    for _ in range(20):
        await desk.round()
    assert len(desk.query.moved) == 3 * MOST_TRIES
    assert {desk.state(uid) for uid in uids} == {SightingState.MISSING}, "given up, and listed all the same"


async def test_nothing_is_fetched_where_the_site_does_not_allow_it() -> None:
    desk = Desk()
    desk.has()
    await desk.round()
    assert desk.query.moved == []


async def test_the_test_patient_of_an_acceptance_is_never_missing() -> None:
    desk = Desk(most_fetches=10)
    real = desk.has()
    study, series = desk.query.kept[real]
    test_patient = acceptance_uid("run", "study")
    desk.query.kept[test_patient] = (replace(study, study_instance_uid=test_patient), series)
    await desk.round()
    await desk.round()
    assert set(desk.store.memory.sightings) == {real}
    assert test_patient not in desk.query.moved
