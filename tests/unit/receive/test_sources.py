"""Each word is told before it is answered, survives a restart, and is lost in no failure."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from collega.errors import MessageError
from collega.model.evidence import Evidence, EvidenceKind, SeriesSaid
from collega.model.ids import storage_key
from collega.model.procedure_step import StepSaid, StepState
from collega.ports.store import Store, Transaction
from collega.receive.sources import Sources
from collega.testing.fakes import FakeClock, FakeStore

pytestmark = pytest.mark.shows("R25")
SERIES = (SeriesSaid(series_instance_uid="1.3", sop_instance_uids=("1.4.1", "1.4.2")),)
NEW = StepSaid(state=StepState.IN_PROGRESS, study_instance_uids=("1.2",), series=())
DONE = StepSaid(state=StepState.COMPLETED, series=SERIES)


@dataclass(kw_only=True)
class Door:
    """Sources, called from another thread as associations do; ``deaf`` makes telling fail."""

    store: FakeStore = field(default_factory=FakeStore)
    heard: list[Evidence] = field(default_factory=list)
    deaf: bool = False
    broken: bool = False

    def tell(self, evidence: Evidence) -> None:
        if self.deaf:
            raise ConnectionError
        self.heard.append(evidence)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self.store.transaction() as transaction:
            yield transaction
            if self.broken:
                raise ConnectionError

    async def call(self, do: Callable[[Sources], None]) -> str:
        """Do it in a thread, with sources that remember nothing; returns the code of a refusal."""
        store: Store = self
        sources = Sources(store, FakeClock(), asyncio.get_running_loop(), self.tell)
        try:
            await asyncio.to_thread(do, sources)
        except MessageError as error:
            return error.code
        return ""

    @property
    def kinds(self) -> list[EvidenceKind]:
        return [one.kind for one in self.heard]


def create(sources: Sources) -> None:
    sources.step_created("1.9", NEW, "CT1")


def complete(sources: Sources) -> None:
    sources.step_set("1.9", DONE, "CT1")


async def test_a_step_from_its_beginning_to_its_end() -> None:
    door = Door()
    assert [await door.call(do) for do in (create, create, complete, complete)] == ["", "duplicate", "", "ended-step"]
    assert door.kinds == [EvidenceKind.MPPS_IN_PROGRESS, EvidenceKind.MPPS_COMPLETED]
    assert door.heard[1].series == SERIES
    kept = door.store.memory.procedure_steps["1.9"]
    assert (kept.state, kept.series) == (StepState.COMPLETED, ()), "what it named stands in the evidence"
    assert [(event.kind, event.study_key, event.payload["said"]) for event in door.store.memory.events] == [
        ("evidence", storage_key("1.2"), "mpps in progress"),
        ("evidence", storage_key("1.2"), "mpps completed"),
    ]
    assert door.store.memory.events[1].payload["objects"] == 2


async def test_a_change_without_a_new_state_is_kept_and_not_told() -> None:
    door = Door()
    await door.call(create)
    assert await door.call(lambda one: one.step_set("1.9", StepSaid(series=SERIES), "CT1")) == ""
    assert door.kinds == [EvidenceKind.MPPS_IN_PROGRESS]
    await door.call(lambda one: one.step_set("1.9", StepSaid(state=StepState.COMPLETED), "CT1"))
    assert door.heard[-1].series == SERIES, "what was said before holds where the end does not speak of it"


async def test_an_unknown_step_is_refused_and_its_list_heard() -> None:
    door = Door()
    assert await door.call(complete) == "unknown-instance"
    assert [(one.kind, one.study_instance_uid) for one in door.heard] == [(EvidenceKind.MPPS_COMPLETED, "")]
    assert door.store.memory.procedure_steps == {}
    assert [event.study_key for event in door.store.memory.events] == [None]


@pytest.mark.parametrize("failing", ["deaf", "broken"])
async def test_what_could_not_be_kept_can_be_said_again(failing: str) -> None:
    door = Door()
    for do, state in ((create, StepState.IN_PROGRESS), (complete, StepState.COMPLETED)):
        setattr(door, failing, True)
        before = dict(door.store.memory.procedure_steps)
        with pytest.raises(ConnectionError):
            await door.call(do)
        assert door.store.memory.procedure_steps == before, "no state without its evidence"
        setattr(door, failing, False)
        assert await door.call(do) == ""
        assert door.store.memory.procedure_steps["1.9"].state is state
    assert {EvidenceKind.MPPS_IN_PROGRESS, EvidenceKind.MPPS_COMPLETED} == set(door.kinds)


async def test_two_ends_at_the_same_time_are_one() -> None:
    door = Door()
    await door.call(create)
    sources = Sources(door, FakeClock(), asyncio.get_running_loop(), door.tell)
    ends = [asyncio.to_thread(complete, sources) for _ in range(5)]
    refused = await asyncio.gather(*ends, return_exceptions=True)
    assert sorted(str(type(one).__name__) for one in refused) == [*["MessageError"] * 4, "NoneType"]
    assert door.kinds.count(EvidenceKind.MPPS_COMPLETED) == 1


async def test_lists_of_archives_and_of_those_who_ask_for_commitment() -> None:
    door = Door()
    await door.call(lambda one: one.available("1.2", SERIES, reference="1.8", source="PACS"))
    await door.call(lambda one: one.available("1.2", (), reference="1.8", source="PACS"))
    await door.call(lambda one: one.commitment_asked(("1.4.1",), reference="1.7", source="CT1"))
    assert [(one.kind, one.study_instance_uid, one.reference, one.source) for one in door.heard] == [
        (EvidenceKind.INSTANCES_AVAILABLE, "1.2", "1.8", "PACS"),
        (EvidenceKind.COMMITMENT_ASKED, "", "1.7", "CT1"),
    ]
    assert door.heard[1].series == (SeriesSaid(series_instance_uid="", sop_instance_uids=("1.4.1",)),)
