"""What was said of completeness, and the pauses of scanners, are read back as they were."""

from dataclasses import replace
from datetime import timedelta

import pytest

from collega.errors import FencedError
from collega.model.evidence import Evidence, EvidenceKind, Scanner, SeriesSaid
from collega.model.study import StudyState
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench

HEADER = records.header()
KEY = records.study(HEADER).key
NAMED = Evidence(
    kind=EvidenceKind.MPPS_COMPLETED,
    study_instance_uid=HEADER.study_instance_uid,
    at=AT,
    source='CT "Zürich" \\ 1',
    series=(
        SeriesSaid(series_instance_uid="1.2", sop_instance_uids=("1.2.1", "1.2.2")),
        SeriesSaid(series_instance_uid="", sop_instance_uids=()),
        SeriesSaid(series_instance_uid="1.3", count=7),
    ),
    reference="1.9",
)


async def add(bench: Bench, *evidence: Evidence) -> None:
    async with bench.transaction() as transaction:
        for item in evidence:
            await transaction.add_evidence(item)


@pytest.mark.parametrize("kind", list(EvidenceKind))
async def test_a_word_is_read_back_as_it_was_before_its_study_is_known(bench: Bench, kind: EvidenceKind) -> None:
    said = replace(NAMED, kind=kind)
    await add(bench, said, replace(said, study_instance_uid="other"))
    async with bench.transaction() as transaction:
        assert list(await transaction.evidence_of(HEADER.study_instance_uid)) == [said]
        assert list(await transaction.evidence_of("unknown")) == []


async def test_words_come_in_the_order_of_their_recording(bench: Bench) -> None:
    words = [replace(NAMED, at=AT - timedelta(seconds=number), reference=str(number)) for number in range(5)]
    await add(bench, *words)
    async with bench.transaction() as transaction:
        assert list(await transaction.evidence_of(HEADER.study_instance_uid)) == words


async def test_the_latest_words_without_a_study_are_found_and_given_one(bench: Bench) -> None:
    words = [
        replace(NAMED, study_instance_uid="", at=AT + timedelta(hours=number), reference=f"r{number}")
        for number in range(4)
    ]
    await add(bench, *words, NAMED)
    async with bench.transaction() as transaction:
        assert list(await transaction.evidence_without_study(AT + timedelta(hours=1), 2)) == words[2:]
        assert list(await transaction.evidence_without_study(AT + timedelta(hours=1), 9)) == words[1:]
        await transaction.settle_evidence(words[3], "found")
    async with bench.transaction() as transaction:
        assert list(await transaction.evidence_without_study(AT, 9)) == words[:3]
        assert list(await transaction.evidence_of("found")) == [replace(words[3], study_instance_uid="found")]


async def test_a_step_leads_to_its_study(bench: Bench) -> None:
    await add(bench, replace(NAMED, study_instance_uid="", reference=""), replace(NAMED, study_instance_uid=""), NAMED)
    async with bench.transaction() as transaction:
        assert await transaction.study_of_step("1.9") == HEADER.study_instance_uid
        assert await transaction.study_of_step("unknown") == ""
        assert await transaction.study_of_step("") == ""


async def test_objects_lead_to_their_studies(bench: Bench) -> None:
    other = records.header("2", study="B")
    async with bench.transaction() as transaction:
        for header in (HEADER, other):
            await transaction.add_study(header, records.study(header).key, AT)
            await transaction.add_instances([records.instance(header)])
    async with bench.transaction() as transaction:
        uids = [HEADER.sop_instance_uid, other.sop_instance_uid, "unknown"]
        assert await transaction.studies_of_objects(uids) == {
            HEADER.sop_instance_uid: HEADER.study_instance_uid,
            other.sop_instance_uid: other.study_instance_uid,
        }


async def test_the_last_pauses_of_each_scanner_are_kept(bench: Bench) -> None:
    one, other = Scanner(name="CT1", modality="CT"), Scanner(name="CT1", modality="PT")
    for number in range(5):
        async with bench.transaction() as transaction:
            await transaction.add_pauses({one: timedelta(seconds=number)}, AT, 3)
    async with bench.transaction() as transaction:
        await transaction.add_pauses({other: timedelta(seconds=0.25), one: timedelta(seconds=9)}, AT, 3)
    async with bench.transaction() as transaction:
        found = await transaction.pauses()
    assert [pause for scanner, pause in found if scanner == one] == [timedelta(seconds=number) for number in (3, 4, 9)]
    assert [pause for scanner, pause in found if scanner == other] == [timedelta(seconds=0.25)]


async def test_a_revision_is_raised_once(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        study = await transaction.add_study(HEADER, KEY, AT)
    async with bench.transaction() as transaction:
        raised = await transaction.raise_revision(study)
    assert (raised.revision, raised.state) == (2, StudyState.RECEIVING)
    for stale in (study, replace(raised, state=StudyState.ROUTED)):
        with pytest.raises(FencedError):
            async with bench.transaction() as transaction:
                await transaction.raise_revision(stale)
    async with bench.transaction() as transaction:
        assert await transaction.study(KEY) == raised
