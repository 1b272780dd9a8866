"""Changes of thresholds are kept in their order, once each, and a job knows under which set it ran."""

from dataclasses import replace

import pytest

from collega.errors import FencedError
from collega.model.threshold import ThresholdChange
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench

HEADER = records.header()
APP = records.manifest()
FIRST = ThresholdChange(
    app_id=APP.id,
    app_version=APP.version,
    number=1,
    finding_id="pneumonia",
    old=0.5,
    new=0.6,
    at=AT,
    actor="AI lead",
    reason="fewer 'alarms'",
)
SECOND = replace(FIRST, number=2, old=0.6, new=0.55)


@pytest.mark.shows("R49")
async def test_changes_are_read_back_in_their_order(bench: Bench) -> None:
    others = [replace(FIRST, app_id="other"), replace(FIRST, app_version="2.0.0")]
    async with bench.transaction() as transaction:
        for item in (FIRST, *others, SECOND):
            await transaction.add_threshold(item)
    async with bench.transaction() as transaction:
        assert list(await transaction.threshold_changes(APP.id, APP.version)) == [FIRST, SECOND]
        assert list(await transaction.threshold_changes(APP.id, "2.0.0")) == [others[1]]
        assert list(await transaction.threshold_changes("nobody", "1.0.0")) == []


async def test_two_changes_at_the_same_time_do_not_both_count(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        await transaction.add_threshold(FIRST)
    with pytest.raises(FencedError):
        async with bench.transaction() as transaction:
            await transaction.add_threshold(replace(FIRST, new=0.8))
    async with bench.transaction() as transaction:
        assert list(await transaction.threshold_changes(APP.id, APP.version)) == [FIRST]


@pytest.mark.shows("R49")
async def test_each_attempt_is_given_the_set_that_holds_at_its_start(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        study = await transaction.add_study(HEADER, records.study(HEADER).key, AT)
        job = await transaction.add_job(study, APP, [HEADER.sop_instance_uid], "digest", AT)
        assert job.thresholds == 0
        await transaction.add_threshold(replace(FIRST, app_version="9.9.9"))
        started = await transaction.start_attempt(job.key, AT)
        assert started.thresholds == 0
        for item in (FIRST, SECOND):
            await transaction.add_threshold(item)
        kept = await transaction.job(job.key)
        assert kept is not None
        assert kept.thresholds == 0
        again = await transaction.start_attempt(job.key, AT)
        assert (again.attempt, again.thresholds) == (2, 2)
