"""Rounds and sightings: what both stores keep, and how they count."""

from dataclasses import replace
from datetime import timedelta

import pytest

from collega.model.coverage import Certainty, Round, Sighting, SightingState
from collega.model.ids import storage_key
from collega.model.job import JobState
from collega.model.study import StudyState
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench

pytestmark = pytest.mark.shows("R31")
HEADER = records.header()
UID = HEADER.study_instance_uid


def sighting(uid: str = UID, state: SightingState = SightingState.MISSING) -> Sighting:
    return Sighting(
        study_instance_uid=uid,
        accession_number="ACC",
        modalities=("CR", "SR"),
        study_at=AT,
        first_seen_at=AT,
        state=state,
        apps={"finder": Certainty.YES, "seeker": Certainty.MAYBE},
        pacs_instances=3,
        missed_at=AT,
        tries=1,
        detail="why",
    )


async def receive(bench: Bench, *names: str) -> None:
    async with bench.transaction() as transaction:
        made = records.header(names[0])
        await transaction.add_study(made, storage_key(made.study_instance_uid), AT)
        for name in names:
            await transaction.add_instances([records.instance(records.header(name))])


async def test_rounds_are_kept_in_their_order(bench: Bench) -> None:
    first = Round(at=AT, answered=True, studies=3, eligible=2, received=1, missing=1, told=frozenset({"sex"}))
    second = Round(at=AT + timedelta(minutes=1), answered=False, reason="no connection")
    async with bench.transaction() as transaction:
        assert await transaction.last_round() is None
        await transaction.lock_coverage()
        await transaction.add_round(first)
        assert await transaction.last_round() == first
        await transaction.add_round(second)
        await transaction.note_fetched()
    async with bench.transaction() as transaction:
        assert await transaction.last_round() == replace(second, fetched=1)
        assert await transaction.told_attributes(AT) == {"sex"}
        assert await transaction.told_attributes(AT + timedelta(seconds=1)) == frozenset()


async def test_a_sighting_is_kept_whole_and_replaced(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        await transaction.save_sighting(sighting())
    async with bench.transaction() as transaction:
        assert await transaction.sightings([]) == {UID: sighting()}, "an open one is always given"
        closed = replace(
            sighting(state=SightingState.ARRIVED), closed_at=AT, first_seen_at=AT + timedelta(days=1), apps={}
        )
        await transaction.save_sighting(closed)
    async with bench.transaction() as transaction:
        assert await transaction.sightings([]) == {}
        assert await transaction.sightings([UID, "1.2.3"]) == {UID: replace(closed, first_seen_at=AT)}


@pytest.mark.parametrize("state", SightingState)
async def test_every_state_can_be_kept(bench: Bench, state: SightingState) -> None:
    async with bench.transaction() as transaction:
        await transaction.save_sighting(sighting(state=state))
        assert (await transaction.sightings([UID]))[UID].state is state


async def test_what_is_here_is_told_by_series_and_by_app(bench: Bench) -> None:
    await receive(bench, "1", "2")
    async with bench.transaction() as transaction:
        (found,) = (await transaction.here([UID, "1.2.3"])).values()
        assert (found.routed, found.apps, found.series) == (False, frozenset(), {})
        (found,) = (await transaction.here([UID], counted=[UID])).values()
        assert found.series == {HEADER.series_instance_uid: 2}
        assert await transaction.count_received("20260301", "20260302") == 1
        assert await transaction.count_received("20260303", "20260304") == 0
        key = storage_key(UID)
        await transaction.close_study(key, revision=1, before=StudyState.RECEIVING, after=StudyState.COMPLETE)
        study = await transaction.close_study(key, revision=1, before=StudyState.COMPLETE, after=StudyState.ROUTED)
        await transaction.add_job(study, records.manifest(), (), "digest", AT)
        other = await transaction.add_job(study, records.manifest("seeker"), (), "digest", AT)
        await transaction.supersede(other.key, AT)
        (found,) = (await transaction.here([UID])).values()
        assert (found.routed, found.apps) == (True, frozenset({"finder"}))
        assert JobState.SUPERSEDED not in {job.state for job in await transaction.jobs_of(key) if job.key != other.key}
