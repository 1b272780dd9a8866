"""What readers say is kept, each version of it, and the last one counts."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest

from collega.errors import FencedError, InputError
from collega.model.discrepancy import Conclusion, Contrast, Correction, Discrepancy, DiscrepancyState
from collega.model.feedback import Opinion, Seen, latest, latest_looks, latest_missed
from collega.model.finding import Evaluation, Region, RegionKind
from collega.model.night import latest_words
from collega.model.pilot import Kpi, PilotGoal, standing_goals
from collega.ports.store import Transaction
from collega.read.discrepancies import closed, note_differences, reopened, taken
from collega.read.feedback import About, Reader, give_opinion, look_first, mark_missed
from collega.read.inbox import Closing, Place, Taking, close, reopen, take
from collega.read.night import note_report
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench

HEADER = records.header()
KEY = records.study(HEADER).key
READER = Reader(name="dr. O'Hara", role="radiologist", at=AT)
PLACE = Region(kind=RegionKind.POINT, image=HEADER.sop_instance_uid, frame=1, points=((12.5, 30.0),))


async def given(transaction: Transaction) -> About:
    study = await transaction.add_study(HEADER, KEY, AT)
    app = records.manifest()
    job = await transaction.add_job(study, app, [HEADER.sop_instance_uid], "digest", AT)
    return About(study_key=KEY, job_key=job.key, app_id=app.id, finding_id="pneumonia")


@pytest.mark.shows("R12")
async def test_an_opinion_is_changed_by_a_new_version(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        about = await given(transaction)
        first = await give_opinion(transaction, about, READER, opinion=Opinion.AGREE, ai_seen=Seen.NO)
        later = replace(READER, at=AT + timedelta(minutes=2))
        doubt = {"opinion": Opinion.DISAGREE, "ai_seen": Seen.YES, "cause": "calcification", "remark": "'rib'"}
        second = await give_opinion(transaction, about, later, **doubt)  # type: ignore[arg-type]
        other = await give_opinion(
            transaction, about, replace(READER, name="dr. B"), opinion=Opinion.UNSURE, ai_seen=Seen.UNKNOWN
        )
    async with bench.transaction() as transaction:
        kept = await transaction.feedback_of(KEY)
        assert set(kept) == {first, second, other}
        assert (first.number, second.number, other.number) == (1, 2, 1)
        assert set(latest(kept)) == {second, other}
        with pytest.raises(FencedError):
            await transaction.add_feedback(replace(second, opinion=Opinion.AGREE, cause=""))
    assert await bench.told(KEY) == ["opinion"] * 3


async def test_an_opinion_that_is_withdrawn_counts_no_more(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        about = await given(transaction)
        await give_opinion(transaction, about, READER, opinion=Opinion.AGREE, ai_seen=Seen.NO)
        await give_opinion(transaction, about, READER, opinion=Opinion.WITHDRAWN, ai_seen=Seen.NO)
        kept = await transaction.feedback_of(KEY)
    assert len(kept) == 2
    assert latest(kept) == ()


@pytest.mark.shows("R12")
async def test_a_missed_finding_is_marked_on_its_image_and_taken_back(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        await given(transaction)
        await mark_missed(transaction, KEY, "m1", READER, what="rib fracture", place=PLACE)
        await mark_missed(transaction, KEY, "m2", READER, what="nodule", place=None)
        first = await transaction.missed_of(KEY)
        assert {(one.what, one.place) for one in latest_missed(first)} == {("rib fracture", PLACE), ("nodule", None)}
        await mark_missed(transaction, KEY, "m1", READER, what="rib fracture", place=PLACE, is_withdrawn=True)
        assert [one.mark for one in latest_missed(await transaction.missed_of(KEY))] == ["m2"]


@pytest.mark.shows("R22")
async def test_a_first_look_is_kept_and_a_call_is_noted_once(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        await given(transaction)
        for found in (Evaluation.ABSENT, Evaluation.PRESENT):
            await look_first(transaction, KEY, "bleed", READER, found=found, ai_seen=Seen.NO, is_called=True)
        (last,) = latest_looks(await transaction.first_looks_of(KEY))
    assert (last.found, last.number) == (Evaluation.PRESENT, 2)
    assert await bench.told(KEY) == ["first_sight", "called", "first_sight"]


def discrepancy(about: About) -> Discrepancy:
    return Discrepancy(
        key=str(uuid.uuid4()),
        study_key=KEY,
        job_key=about.job_key,
        app_id=about.app_id,
        finding_id=about.finding_id,
        contrast=Contrast.AI_POSITIVE,
        report_version="r1",
        sentence="Geen infiltraat.",
        found_at=AT,
    )


async def found(transaction: Transaction) -> Discrepancy:
    one = discrepancy(await given(transaction))
    await note_differences(transaction, [one])
    return one


@pytest.mark.shows("R74")
async def test_a_discrepancy_stands_until_somebody_closes_it(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        about = await given(transaction)
        one = discrepancy(about)
        again = replace(one, key=str(uuid.uuid4()))
        assert await note_differences(transaction, [one, again]) == 1
        mine = taken(one, "dr. B", date(2026, 3, 9), "dr. A", AT)
        await transaction.change_discrepancy(mine)
        assert await transaction.discrepancy(one.key) == mine
        done = closed(mine, Conclusion.AI_RIGHT, "dr. B", AT, patient_recalled=True)
        await transaction.change_discrepancy(done)
        assert list(await transaction.discrepancies_of(KEY)) == [done]
        with pytest.raises(FencedError):
            await transaction.change_discrepancy(closed(mine, Conclusion.REPORT_RIGHT, "dr. C", AT))
        back = reopened(done, "dr. C", AT)
        assert (back.state, back.owner) == (DiscrepancyState.TAKEN, "dr. B")
        first = (await transaction.standings_of(one.key))[0]
        assert replace(first, changed_at=None) == one
        assert list(await transaction.standings_of(one.key)) == [first, mine, done]
        assert await transaction.discrepancy("no-key") is None
        assert list(await transaction.standings_of("no-key")) == []
    assert await bench.told(KEY) == ["discrepancy_found"]


@pytest.mark.shows("R74")
async def test_of_two_people_at_once_the_second_is_told_and_nothing_is_lost(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        one = await found(transaction)
    place = Place(key=one.key, revision=1)
    giving = Taking(owner="dr. B", deadline=None, today=AT.date())
    async with bench.transaction() as transaction:
        mine = await take(transaction, place, READER, giving)
    said = Closing(verdict=Conclusion.LABEL_WRONG, remark="no words on it", correction=Correction.SILENT)
    with pytest.raises(FencedError, match="O'Hara has changed this"):
        async with bench.transaction() as transaction:
            await close(transaction, place, READER, said)
    async with bench.transaction() as transaction:
        assert await transaction.discrepancy(one.key) == mine
        done = await close(transaction, replace(place, revision=2), READER, said)
        assert (done.correction, done.owner) == (Correction.SILENT, "dr. B")
        again = await reopen(transaction, replace(place, revision=3), READER)
        assert await transaction.discrepancy(one.key) == again
        assert [standing.revision for standing in await transaction.standings_of(one.key)] == [1, 2, 3, 4]
    kinds = ["discrepancy_found", "discrepancy_taken", "discrepancy_closed", "discrepancy_reopened"]
    assert await bench.told(KEY) == kinds


@pytest.mark.shows("R74")
async def test_what_is_no_change_of_a_discrepancy_is_refused_with_its_reason(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        one = await found(transaction)
        place = Place(key=one.key, revision=1)
        giving = Taking(owner="dr. B", deadline=None, today=AT.date())
        for change, reason in [
            (take(transaction, place, READER, replace(giving, owner="")), "owner"),
            (take(transaction, place, READER, replace(giving, owner="x" * 65)), "owner"),
            (take(transaction, place, READER, replace(giving, deadline=date(2020, 1, 1))), "gone by"),
            (take(transaction, replace(place, key="no-key"), READER, giving), "no such"),
            (close(transaction, place, READER, Closing(verdict=Conclusion.NONE)), "verdict"),
            (close(transaction, place, READER, Closing(verdict=Conclusion.AI_RIGHT, remark="x" * 2001)), "remark"),
            (
                close(transaction, place, READER, Closing(verdict=Conclusion.AI_RIGHT, correction=Correction.SILENT)),
                "label",
            ),
            (close(transaction, place, READER, Closing(verdict=Conclusion.AI_RIGHT, remark="a\0")), "remark"),
            (reopen(transaction, place, READER), "cannot be reopened"),
        ]:
            with pytest.raises(InputError, match=reason):
                await change
        assert [standing.revision for standing in await transaction.standings_of(one.key)] == [1]


@pytest.mark.shows("R22")
async def test_what_the_report_says_is_read_in_the_morning_and_read_again(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        await given(transaction)
        await note_report(transaction, KEY, READER, found=Evaluation.ABSENT, is_recalled=False)
        second = await note_report(transaction, KEY, READER, found=Evaluation.PRESENT, is_recalled=True)
        assert latest_words(await transaction.morning_words_of([KEY, "other"])) == {KEY: second}
        with pytest.raises(FencedError):
            await transaction.add_morning_word(replace(second, found=Evaluation.ABSENT))
    assert await bench.told(KEY) == ["report_read"] * 2


@pytest.mark.shows("R21")
async def test_a_goal_is_changed_by_a_new_version(bench: Bench) -> None:
    first = PilotGoal(
        app_id="a", kpi=Kpi.PPV, number=1, target=0.7, by=date(2027, 3, 1), guard="no missed bleed", actor="x", at=AT
    )
    second = replace(first, number=2, target=0.8)
    other = replace(first, kpi=Kpi.VIEWED)
    async with bench.transaction() as transaction:
        for goal in (first, second, other, replace(first, app_id="b")):
            await transaction.add_goal(goal)
        kept = await transaction.goals_of("a")
        assert set(kept) == {first, second, other}
        assert standing_goals(kept) == {Kpi.PPV: second, Kpi.VIEWED: other}
        with pytest.raises(FencedError):
            await transaction.add_goal(replace(second, target=0.1))
