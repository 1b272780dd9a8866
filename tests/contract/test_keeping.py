"""Retention's questions and records, the same of either store."""

from datetime import timedelta

import pytest

from collega.keep.rule import reasons_to_stay
from collega.model.delivery import DeliveryState
from collega.model.job import Event, JobState, NextStep
from collega.model.keeping import Kept, StayReason
from collega.model.study import StudyState
from collega.ports.store import Transaction
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench

pytestmark = pytest.mark.shows("R31", "R59")
HEADER = records.header()
KEY = records.study(HEADER).key
YEAR = timedelta(days=365)
LATER = AT + timedelta(days=400)


async def add_routed(transaction: Transaction, name: str = "a", *, at_days: int = 0) -> str:
    """Record a study of two objects that has gone the whole way."""
    at = AT + timedelta(days=at_days)
    headers = [records.header(study=name, name=image) for image in ("one", "two")]
    study = await transaction.add_study(headers[0], records.study(headers[0]).key, at)
    for header in headers:
        await transaction.add_instances([records.instance(header, at=at)])
    await transaction.touch_study(study.key, revision=1, at=at, state=StudyState.ROUTED)
    return study.key


async def why(bench: Bench, key: str) -> tuple[StayReason, ...]:
    async with bench.transaction() as transaction:
        facts = await transaction.facts_of(Kept.IMAGES, key)
    assert facts is not None
    return reasons_to_stay(facts, YEAR, LATER)


async def test_facts_of_a_study_that_has_gone_the_whole_way(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        key = await add_routed(transaction)
    async with bench.transaction() as transaction:
        facts = await transaction.facts_of(Kept.IMAGES, key)
        assert await transaction.facts_of(Kept.IMAGES, "nobody") is None
    assert facts is not None
    assert (facts.state, facts.jobs, facts.deliveries) == (StudyState.ROUTED, (), ())
    assert (facts.files, facts.size) == (2, 2000)
    assert facts.last_activity_at == facts.received_at == AT
    assert not facts.is_held
    assert not facts.has_open_step
    assert await why(bench, key) == ()


async def test_jobs_and_deliveries_keep_it_until_they_have_ended(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        key = await add_routed(transaction)
        study = await transaction.study(key)
        assert study is not None
        job = await transaction.add_job(study, records.manifest(), [], "digest", AT)
        await transaction.add_object(records.result_object(records.header(study="a")), "PACS", AT)
    assert await why(bench, key) == (StayReason.OPEN_JOB, StayReason.UNDELIVERED)
    async with bench.transaction() as transaction:
        await transaction.move_job(job, after=JobState.DONE, at=AT)
        (delivery,) = await transaction.deliveries_of(key)
        await transaction.set_delivery(delivery, state=DeliveryState.ACCEPTED, at=AT, next_at=AT, detail="")
    assert await why(bench, key) == (StayReason.UNDELIVERED,)
    async with bench.transaction() as transaction:
        (delivery,) = await transaction.deliveries_of(key)
        await transaction.set_delivery(delivery, state=DeliveryState.ACCEPTED, at=AT, next_at=None, detail="")
    assert await why(bench, key) == (), "the site trusts the answer to C-STORE: nothing more is asked"


@pytest.mark.parametrize("names", ["study_key", "job_key", "sop_instance_uid"])
async def test_a_waiting_step_keeps_its_study_however_it_names_it(bench: Bench, names: str) -> None:
    async with bench.transaction() as transaction:
        key, other = await add_routed(transaction), await add_routed(transaction, "b")
        study = await transaction.study(key)
        assert study is not None
        job = await transaction.add_job(study, records.manifest(), [], "digest", AT)
        await transaction.move_job(job, after=JobState.DONE, at=AT)
        built = records.result_object(records.header(study="a"))
        await transaction.add_object(built, "PACS", AT)
        (delivery,) = await transaction.deliveries_of(key)
        await transaction.set_delivery(delivery, state=DeliveryState.REFUSED, at=AT, next_at=None, detail="")
        named = {"study_key": key, "job_key": job.key, "sop_instance_uid": built.reference.sop_instance_uid}
        await transaction.add_step(NextStep(step="fall_back", arguments={names: named[names]}))
    assert await why(bench, key) == (StayReason.OPEN_STEP,)
    assert await why(bench, other) == ()


async def test_any_event_is_activity_but_the_removal_itself(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        key = await add_routed(transaction)
        await transaction.add_event(Event(kind="files_removed", at=LATER, study_key=key))
    assert await why(bench, key) == ()
    async with bench.transaction() as transaction:
        await transaction.add_event(Event(kind="opened", at=LATER - timedelta(days=300), study_key=key))
    assert await why(bench, key) == (StayReason.RECENT,)


async def test_a_hold_keeps_it_until_it_is_released(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        key = await add_routed(transaction)
        for reason in ("a complaint", "a case for the maker"):
            await transaction.hold_study(key, reason, "dr. X", AT)
    assert await why(bench, key) == (StayReason.HELD,)
    async with bench.transaction() as transaction:
        assert await transaction.release_study(key, LATER) == 2
        assert await transaction.release_study(key, LATER) == 0
    assert await why(bench, key) == ()


async def test_pages_come_in_the_order_of_the_last_object(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        keys = [await add_routed(transaction, name, at_days=days) for name, days in (("c", 3), ("a", 1), ("b", 2))]
    async with bench.transaction() as transaction:
        first = await transaction.facts_after(Kept.IMAGES, None, 2)
        rest = await transaction.facts_after(Kept.IMAGES, (first[-1].received_at, first[-1].study_key), 2)
    assert [facts.study_key for facts in (*first, *rest)] == [keys[1], keys[2], keys[0]]


async def test_a_decision_stands_before_its_files_go(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        key = await add_routed(transaction)
        facts = await transaction.facts_of(Kept.IMAGES, key)
        assert facts is not None
        removal = await transaction.mark_removed(Kept.IMAGES, facts, YEAR, LATER)
    async with bench.transaction() as transaction:
        assert await transaction.facts_after(Kept.IMAGES, None, 9) == []
        assert all(item.removed_at == LATER for item in await transaction.instances(key))
        assert [item.key for item in await transaction.open_removals(9)] == [removal.key]
        begun = await transaction.begin_removal(removal.key)
        assert begun is not None
        assert (begun.kind, begun.study_key) == (Kept.IMAGES, key)
        await transaction.end_removal(removal.key, LATER)
    async with bench.transaction() as transaction:
        assert await transaction.open_removals(9) == []
        assert await transaction.begin_removal(removal.key) is None


async def test_results_that_are_removed_are_named(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        key = await add_routed(transaction)
        await transaction.add_object(records.result_object(records.header(study="a")), "PACS", AT)
        facts = await transaction.facts_of(Kept.RESULTS, key)
        assert facts is not None
        assert facts.files == 1
        removal = await transaction.mark_removed(Kept.RESULTS, facts, YEAR, LATER)
    async with bench.transaction() as transaction:
        begun = await transaction.begin_removal(removal.key)
        assert begun is not None
        assert begun.paths == ("results/sr.dcm",)
        assert len(await transaction.facts_after(Kept.IMAGES, None, 9)) == 1, "its images are another matter"


async def test_what_comes_again_counts_as_there(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        key = await add_routed(transaction)
        facts = await transaction.facts_of(Kept.IMAGES, key)
        assert facts is not None
        await transaction.mark_removed(Kept.IMAGES, facts, YEAR, LATER)
        uid = records.header(study="a", name="one").sop_instance_uid
        await transaction.restore_instance(uid, key)
    async with bench.transaction() as transaction:
        assert {item.header.sop_instance_uid: item.removed_at for item in await transaction.instances(key)}[uid] is None
        (facts,) = await transaction.facts_after(Kept.IMAGES, None, 9)
        assert facts.files == 1


async def test_quarantine_goes_by_its_age_unless_its_study_is_held(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        key = await add_routed(transaction)
        study = await transaction.study(key)
        assert study is not None
        for path, uid in (("quarantine/a.dcm", ""), ("quarantine/b.dcm", study.study_instance_uid), ("runs/x/1", "")):
            await transaction.quarantine(
                kind="object", code="conflict", text="", at=AT, path=path, study_instance_uid=uid
            )
        await transaction.hold_study(key, "a complaint", "dr. X", AT)
    async with bench.transaction() as transaction:
        assert await transaction.old_quarantine(AT, 9) == []
        ((quarantine, path),) = await transaction.old_quarantine(LATER, 9)
        assert path == "quarantine/a.dcm"
        removal = await transaction.mark_quarantine_removed(quarantine, 10, YEAR, LATER)
    async with bench.transaction() as transaction:
        assert await transaction.old_quarantine(LATER, 9) == []
        begun = await transaction.begin_removal(removal.key)
        assert begun is not None
        assert begun.paths == ("quarantine/a.dcm",)


async def test_jobs_are_traced_to_their_studies(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        key = await add_routed(transaction)
        study = await transaction.study(key)
        assert study is not None
        job = await transaction.add_job(study, records.manifest(), [], "digest", AT)
    async with bench.transaction() as transaction:
        assert await transaction.studies_of_jobs([job.key, "no-job"]) == {job.key: key}
