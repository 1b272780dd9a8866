"""The PACS is asked twice, is left in peace where it does not answer, and never holds anything up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from collega.model.coverage import PacsCount, PacsSeries, PacsStudy
from collega.model.evidence import Evidence, EvidenceKind
from collega.model.ids import storage_key
from collega.model.policy import CountPolicy
from collega.model.study import StudyState
from collega.receive.counting import MOST_READINGS, PAUSE, Counting
from collega.testing import records
from collega.testing.fakes import FakeClock, FakeQuery, FakeStore

pytestmark = pytest.mark.shows("R25", "R31")
RULES = CountPolicy(after=timedelta(seconds=5), interval=timedelta(seconds=5))
HEADER = records.header()
UID, KEY = HEADER.study_instance_uid, storage_key(HEADER.study_instance_uid)


class Query(FakeQuery):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []

    def counts(self, study_instance_uids: Sequence[str]) -> Mapping[str, PacsCount]:
        self.asked.append(list(study_instance_uids))
        return super().counts(study_instance_uids)

    def hold(self, *numbers: int | None, study: str = UID, total: int | None = None) -> None:
        """Let the PACS have series of so many objects."""
        series = [
            PacsSeries(series_instance_uid=f"1.3.{place}", attributes={"modality": "CT"}, instances=number)
            for place, number in enumerate(numbers)
        ]
        known = PacsStudy(
            study_instance_uid=study, accession_number="", study_date="", study_at=None,
            modalities=("CT",), attributes={}, instances=total,
        )  # fmt: skip
        self.kept[study] = (known, series)


@dataclass(kw_only=True)
class House:
    store: FakeStore = field(default_factory=FakeStore)
    clock: FakeClock = field(default_factory=FakeClock)
    query: Query = field(default_factory=Query)
    heard: list[Evidence] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.counting = Counting(self.store, self.clock, self.query, rules=RULES, tell=self.heard.append, source="PACS")

    async def receive(self, state: StudyState = StudyState.RECEIVING, uid: str = UID) -> None:
        header = replace(HEADER, study_instance_uid=uid)
        async with self.store.transaction() as transaction:
            if await transaction.study_by_uid(uid) is None:
                await transaction.add_study(header, storage_key(uid), self.clock.now())
            await transaction.touch_study(storage_key(uid), revision=1, at=self.clock.now(), state=state)

    async def after(self, seconds: float) -> int:
        """Let time pass, look round; returns how often the PACS was asked in all."""
        self.clock.pass_time(seconds=seconds)
        await self.counting.look()
        return len(self.query.asked)

    def counts(self) -> list[list[int | None]]:
        assert {one.kind for one in self.heard} <= {EvidenceKind.PACS_COUNT}
        return [[series.count for series in one.series] for one in self.heard]


@pytest.fixture
async def house() -> House:
    made = House()
    await made.receive()
    return made


async def test_two_equal_readings_and_no_more(house: House) -> None:
    house.query.hold(3, 20)
    assert [await house.after(seconds) for seconds in (4.9, 0.1, 4.9, 0.1, 5, 60)] == [0, 1, 1, 2, 2, 2]
    assert house.counts() == [[3, 20], [3, 20]]
    assert (house.heard[0].study_instance_uid, house.heard[0].source) == (UID, "PACS")
    assert house.heard[1].at - house.heard[0].at == timedelta(seconds=5)
    assert [event.payload["objects"] for event in house.store.memory.events] == [23, 23]


async def test_an_arrival_begins_anew(house: House) -> None:
    house.query.hold(3)
    assert await house.after(5) == 1
    await house.receive()
    assert [await house.after(seconds) for seconds in (4.9, 0.1, 5, 60)] == [1, 2, 3, 3]


async def test_a_number_that_grows_is_asked_again_up_to_a_limit(house: House) -> None:
    for number in range(MOST_READINGS + 3):
        house.query.hold(number)
        await house.after(5)
    assert len(house.query.asked) == MOST_READINGS


async def test_a_study_that_is_no_longer_received_is_not_asked_for(house: House) -> None:
    await house.receive(StudyState.COMPLETE)
    assert await house.after(60) == 0


async def test_levels_that_contradict_each_other_say_nothing(house: House) -> None:
    house.query.hold(3, 20, total=24)
    assert await house.after(5) == 1
    house.query.hold(4, 20, total=24)
    assert await house.after(5) == 2
    assert house.counts() == [[4, 20]]


async def test_a_study_that_the_pacs_does_not_know_yet(house: House) -> None:
    assert await house.after(5) == 1
    house.query.hold(3)
    assert [await house.after(5), await house.after(5)] == [2, 3]
    assert house.counts() == [[3], [3]]


async def test_a_pacs_that_is_away_is_left_in_peace(house: House) -> None:
    house.query.hold(3)
    house.query.away = True
    assert [await house.after(5), await house.after(5)] == [1, 1]
    house.query.away = False
    assert await house.after(PAUSE.total_seconds()) == 2
    assert house.counts() == [[3]]


async def test_a_pacs_that_does_not_count_is_left_in_peace(house: House) -> None:
    house.query.hold(None, None)
    assert [await house.after(5), await house.after(5)] == [1, 1]
    assert house.heard == []


async def test_who_names_the_objects_is_better_than_who_counts_them(house: House) -> None:
    house.query.hold(3)
    for kind, asked in ((EvidenceKind.MPPS_IN_PROGRESS, 1), (EvidenceKind.MPPS_COMPLETED, 1)):
        house.counting.heard(
            Evidence(kind=kind, study_instance_uid=UID, at=house.clock.now(), source="CT1", reference="1.9")
        )
        assert await house.after(5) == asked


async def test_several_studies_are_asked_for_together(house: House) -> None:
    await house.receive(uid="1.2.77")
    assert await house.after(5) == 1
    assert house.query.asked == [[UID, "1.2.77"]]


def test_a_count_is_whole_where_each_series_is_counted_and_the_sums_fit() -> None:
    whole = PacsCount(images={"1.3": 5}, all_series=2, said_series=2, said_instances=6, all_instances=6)
    assert whole.is_whole, "a report beside the images is in the sums alone"
    assert replace(whole, said_series=None, said_instances=None, all_instances=None).is_whole
    for wrong in (
        replace(whole, images={}),
        replace(whole, images={"1.3": None}),
        replace(whole, said_series=3),
        replace(whole, said_instances=7),
    ):
        assert not wrong.is_whole
