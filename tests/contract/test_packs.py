"""Feedback to makers, in the store: a case is in one pack, of two decisions at once one counts, answers are kept."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest

from collega.decide.pack import Act, Choice, moved, new_cases
from collega.errors import FencedError
from collega.model.discrepancy import Conclusion, Contrast, Discrepancy
from collega.model.feedback import Opinion, Seen
from collega.model.finding import Region, RegionKind
from collega.model.job import Attempt, AttemptOutcome, JobState
from collega.model.pack import Answer, AnswerStatus, Case, CaseSource, LeftOut, Pack, PackStanding, PackState
from collega.ports.store import Transaction
from collega.read.discrepancies import closed
from collega.read.feedback import About, Reader, give_opinion, mark_missed
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench

pytestmark = pytest.mark.shows("R13", "R14")
HEADER = records.header()
KEY = records.study(HEADER).key
READER = Reader(name="dr. O'Hara", role="radiologist", at=AT)
PLACE = Region(kind=RegionKind.POINT, image=HEADER.sop_instance_uid, frame=1, points=((12.5, 30.0),))
VENDOR, APPS = "nobody", ["finder"]

RAN = Attempt(outcome=AttemptOutcome.ANSWERED, detail="", isolation=(), wall_s=1.0, cpu_s=1.0, peak_mb=1.0)


async def spoken(transaction: Transaction) -> About:
    """Let the app say something of a study."""
    study = await transaction.add_study(HEADER, KEY, AT)
    job = await transaction.add_job(study, records.manifest(), [HEADER.sop_instance_uid], "digest", AT)
    job = await transaction.start_attempt(job.key, AT)
    await transaction.end_attempt(job, RAN, AT, JobState.RAN)
    await transaction.move_job(replace(job, state=JobState.RAN), after=JobState.NORMALISED, at=AT)
    return About(study_key=KEY, job_key=job.key, app_id="finder", finding_id="pneumonia")


def packed(cases: tuple[Case, ...], number: int = 1) -> Pack:
    standing = PackStanding(revision=1, state=PackState.PREPARED, at=AT, actor="collega")
    key = str(uuid.uuid4())
    return Pack(key=key, vendor=VENDOR, number=number, prepared_at=AT, cases=cases, standing=standing)


async def against(transaction: Transaction, about: About, **changes: object) -> None:
    values = {"opinion": Opinion.DISAGREE, "ai_seen": Seen.YES, "cause": "calcification", **changes}
    await give_opinion(transaction, about, READER, **values)  # type: ignore[arg-type]


async def test_what_readers_found_wrong_is_a_case_once_and_again_when_they_change_it(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        about = await spoken(transaction)
        assert await new_cases(transaction, VENDOR, APPS) == ()
        await against(transaction, about, remark="Mrs O'Hara, seen before")
        other = replace(READER, name="dr. B", at=AT + timedelta(minutes=1))
        await give_opinion(transaction, about, other, opinion=Opinion.DISAGREE, ai_seen=Seen.NO, cause="motion")
        agreeing = replace(READER, name="dr. C")
        await give_opinion(transaction, about, agreeing, opinion=Opinion.AGREE, ai_seen=Seen.NO)
        await mark_missed(transaction, KEY, "m1", READER, what="rib fracture", place=PLACE)
        found = Discrepancy(
            key=str(uuid.uuid4()),
            study_key=KEY,
            job_key=about.job_key,
            app_id="finder",
            finding_id="pneumonia",
            contrast=Contrast.AI_POSITIVE,
            report_version="v1",
            sentence="No infiltrate, Mr Jansen.",
            found_at=AT,
        )
        await transaction.add_discrepancy(found)
        done = closed(found, Conclusion.REPORT_RIGHT, by="dr. C", at=AT + timedelta(minutes=2))
        await transaction.change_discrepancy(done)
    async with bench.transaction() as transaction:
        cases = await new_cases(transaction, VENDOR, APPS)
        assert {one.source for one in cases} == {CaseSource.OPINION, CaseSource.MISSED, CaseSource.REPORT}
        assert sorted(one.number for one in cases) == [1, 2, 3]
        (opinion,) = (one for one in cases if one.source is CaseSource.OPINION)
        assert (opinion.causes, opinion.readers) == (("calcification", "motion"), 2)
        assert not [one for one in cases if "Hara" in f"{one.thing} {one.version}" or "Jansen" in repr(one)]
        assert await new_cases(transaction, "another", ["other"]) == ()
        pack = packed(cases)
        await transaction.add_pack(pack)
        assert await new_cases(transaction, VENDOR, APPS) == ()
    async with bench.transaction() as transaction:
        assert await transaction.pack(pack.key) == pack
    with pytest.raises(FencedError):
        async with bench.transaction() as transaction:
            await transaction.add_pack(packed(cases, number=2))
    async with bench.transaction() as transaction:
        await against(transaction, about, cause="artefact")
        (again,) = await new_cases(transaction, VENDOR, APPS)
        assert again.causes == ("artefact", "motion")
        kept = await transaction.pack(pack.key)
        assert kept is not None
        assert kept.cases == pack.cases, "what was packed is as it was"
        await transaction.add_pack(packed((again,), number=2))
        assert [one.number for one in await transaction.packs(VENDOR)].count(2) == 1
        assert await transaction.packs("another") == []
        agreed = {"opinion": Opinion.AGREE, "cause": ""}
        await against(transaction, about, **agreed)
        later = await new_cases(transaction, VENDOR, APPS)
        assert [(one.causes, one.readers) for one in later] == [(("motion",), 1)], "who agrees now is in it no more"


async def test_of_two_decisions_at_once_one_counts_and_each_answer_is_kept(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        about = await spoken(transaction)
        await against(transaction, about)
        pack = packed(await new_cases(transaction, VENDOR, APPS))
        await transaction.add_pack(pack)
        choice = Choice(with_text=frozenset({1}))
        approved = moved(pack, Act.APPROVE, actor="A. Lead", at=AT, choice=choice)
        refused = moved(pack, Act.REFUSE, actor="B. Lead", at=AT, reason="too soon")
        await transaction.stand_pack(pack.key, approved)
    with pytest.raises(FencedError):
        async with bench.transaction() as transaction:
            await transaction.stand_pack(pack.key, refused)
    async with bench.transaction() as transaction:
        kept = await transaction.pack(pack.key)
        assert kept is not None
        assert kept.standing == approved
        taken = replace(
            moved(kept, Act.TAKE, actor="A. Lead", at=AT),
            left_out={1: LeftOut.OBJECTION},
            gone=(1,),
            sha256="00" * 32,
            files=4,
            bytes=3_000_000_000,
        )
        await transaction.stand_pack(pack.key, taken)
        first = Answer(
            case=1,
            number=1,
            status=AnswerStatus.ACCEPTED,
            answered_on=date(2026, 3, 9),
            writer="M. Aker",
            actor="A. Lead",
            at=AT,
        )
        second = replace(first, number=2, status=AnswerStatus.FIXED, fixed_in="1.1.0")
        await transaction.add_maker_answer(pack.key, first)
        await transaction.add_maker_answer(pack.key, second)
    async with bench.transaction() as transaction:
        (last,) = await transaction.packs()
        assert last.standing == taken
        assert (last.answers, last.answer_to(1), last.answer_to(2)) == ((first, second), second, None)
        assert await transaction.pack("nothing") is None
    with pytest.raises(FencedError):
        async with bench.transaction() as transaction:
            await transaction.add_maker_answer(pack.key, second)
