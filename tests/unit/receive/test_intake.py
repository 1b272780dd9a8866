"""What an arriving object means for what is known already."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.errors import QuarantineError
from collega.model.study import InstanceHeader, Patient, Priority, Role, StudyState
from collega.receive.intake import Arrival, Verdict, admit, file_path, quarantine_path
from collega.testing import records
from collega.testing.fakes import FakeStore
from collega.testing.records import AT

FIRST = records.header("1")
KEY = records.study(FIRST).key


async def take(store: FakeStore, header: InstanceHeader, seconds: float = 0) -> Verdict:
    async with store.transaction() as transaction:
        return await admit(transaction, header, size=10, at=AT + timedelta(seconds=seconds), source="SCANNER")


async def refused(store: FakeStore, header: InstanceHeader) -> str:
    before = store.memory.copy()
    with pytest.raises(QuarantineError) as caught:
        await take(store, header)
    assert store.memory == before, "an object that is set apart leaves no trace in its study"
    return caught.value.code


async def close(store: FakeStore, *states: StudyState) -> None:
    async with store.transaction() as transaction:
        study = await transaction.study(KEY)
        assert study is not None
        before = study.state
        for after in states:
            await transaction.close_study(KEY, revision=study.revision, before=before, after=after)
            before = after


def kinds(store: FakeStore) -> list[str]:
    return [event.kind for event in store.memory.events]


async def test_a_first_object_opens_a_study() -> None:
    store = FakeStore()
    assert (await take(store, FIRST)).arrival is Arrival.NEW
    study = store.memory.studies[KEY]
    assert (study.revision, study.state) == (1, StudyState.RECEIVING)
    assert kinds(store) == ["received"]


async def test_an_identical_object_changes_nothing() -> None:
    store = FakeStore()
    await take(store, FIRST)
    await close(store, StudyState.COMPLETE, StudyState.ROUTED)
    before = store.memory.copy()
    assert (await take(store, FIRST, 60)).arrival is Arrival.IDENTICAL
    assert store.memory == before


async def test_a_corrected_header_updates_the_identity_and_flags_what_was_delivered() -> None:
    store = FakeStore()
    await take(store, FIRST)
    await close(store, StudyState.COMPLETE, StudyState.ROUTED)
    made = records.result_object(FIRST)
    async with store.transaction() as transaction:
        await transaction.add_object(made, "PACS", AT)
    corrected = replace(
        FIRST, header_digest=b"corrected", patient=replace(FIRST.patient, name="Smith^J"), accession_number="NEW"
    )
    assert (await take(store, corrected, 60)).arrival is Arrival.CORRECTED
    study = store.memory.studies[KEY]
    assert (study.patient.name, study.accession_number) == ("Smith^J", "NEW")
    assert (study.revision, study.state) == (1, StudyState.ROUTED), "equal pixels need no new analysis"
    kept = store.memory.instances[FIRST.sop_instance_uid]
    assert kept.path == file_path(corrected) != file_path(FIRST)
    event = store.memory.events[-1]
    assert event.kind == "identity_corrected"
    assert event.payload["delivered_under_old_identity"] == [made.reference.sop_instance_uid]


async def test_a_corrected_report_leaves_the_identity_of_the_study() -> None:
    store = FakeStore()
    await take(store, FIRST)
    report = records.header("report", role=Role.DERIVED, accession_number="WRONG")
    await take(store, report)
    await take(store, replace(report, header_digest=b"corrected"))
    assert store.memory.studies[KEY].accession_number == FIRST.accession_number


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({"pixel_digest": b"other"}, "conflict", id="other pixels"),
        pytest.param({"pixel_digest": b"x", "transfer_syntax_uid": "1.2"}, "conflict", id="other encoding"),
        pytest.param({"patient": Patient(issuer="", patient_id="P-2")}, "other-patient", id="other patient"),
        pytest.param({"patient": Patient(issuer="H2", patient_id="P-A")}, "other-patient", id="other issuer"),
    ],
)
async def test_a_contradiction_is_set_apart(changed: dict[str, object], code: str) -> None:
    store = FakeStore()
    await take(store, FIRST)
    assert await refused(store, replace(FIRST, **changed)) == code  # type: ignore[arg-type]


async def test_a_new_image_of_another_patient_does_not_enter_the_study() -> None:
    store = FakeStore()
    await take(store, FIRST)
    stranger = replace(records.header("2"), patient=Patient(issuer="", patient_id="P-2"))
    assert await refused(store, stranger) == "other-patient"


async def test_a_uid_of_another_study_is_a_conflict() -> None:
    store = FakeStore()
    await take(store, FIRST)
    moved = replace(records.header("1", study="B"), sop_instance_uid=FIRST.sop_instance_uid)
    assert await refused(store, moved) == "conflict"


@pytest.mark.parametrize("states", [(), (StudyState.COMPLETE,), (StudyState.COMPLETE, StudyState.ROUTED)])
async def test_a_derived_object_never_opens_a_revision(states: tuple[StudyState, ...]) -> None:
    store = FakeStore()
    await take(store, FIRST)
    await close(store, *states)
    before = store.memory.studies[KEY]
    verdict = await take(store, records.header("sr", role=Role.DERIVED), 60)
    assert (verdict.arrival, verdict.role) == (Arrival.NEW, Role.DERIVED)
    study = store.memory.studies[KEY]
    assert (study.revision, study.state) == (before.revision, before.state)


async def test_a_late_image_opens_a_revision_once_apps_have_been_chosen() -> None:
    store = FakeStore()
    await take(store, FIRST)
    await close(store, StudyState.COMPLETE, StudyState.ROUTED)
    await take(store, records.header("2"), 60)
    await take(store, records.header("3"), 61)
    study = store.memory.studies[KEY]
    assert (study.revision, study.state) == (2, StudyState.RECEIVING)
    assert kinds(store) == ["received", "reopened"]
    assert [item.revision for item in store.memory.instances.values()] == [1, 2, 2]


async def test_an_image_before_routing_joins_the_same_revision() -> None:
    store = FakeStore()
    await take(store, FIRST)
    await close(store, StudyState.COMPLETE)
    await take(store, records.header("2"), 60)
    study = store.memory.studies[KEY]
    assert (study.revision, study.state) == (1, StudyState.RECEIVING)


async def test_our_own_result_comes_back() -> None:
    store = FakeStore()
    await take(store, FIRST)
    await close(store, StudyState.COMPLETE, StudyState.ROUTED)
    made = records.result_object(FIRST)
    async with store.transaction() as transaction:
        await transaction.add_object(made, "PACS", AT)
    returned = records.header("x", sop_instance_uid=made.reference.sop_instance_uid, role=Role.DERIVED)
    verdict = await take(store, returned, 60)
    assert verdict.role is Role.OWN
    assert made.reference.sop_instance_uid not in store.memory.instances
    assert store.memory.studies[KEY].revision == 1
    assert kinds(store)[-1] == "returned"


@given(arrivals=st.lists(st.integers(0, 4), min_size=1, max_size=20))
async def test_any_order_and_repetition_gives_the_same_study(arrivals: list[int]) -> None:
    store = FakeStore()
    for number in arrivals:
        verdict = await take(store, records.header(str(number)), 0)
        assert verdict.study_key == KEY
    kept = {uid: item.header for uid, item in store.memory.instances.items()}
    assert kept == {made.sop_instance_uid: made for made in (records.header(str(number)) for number in set(arrivals))}
    assert store.memory.studies[KEY].revision == 1
    assert kinds(store) == ["received"]


@given(uid=st.text(max_size=80))
def test_no_uid_becomes_a_path(uid: str) -> None:
    made = replace(FIRST, sop_instance_uid=uid, study_instance_uid=uid, series_instance_uid=uid)
    for path in (file_path(made), quarantine_path(made)):
        assert path.isascii()
        assert ".." not in path
        assert all(part.replace("-", "").removesuffix(".dcm").isalnum() for part in path.split("/"))


def test_other_content_under_a_uid_is_another_file() -> None:
    corrected, conflicting = replace(FIRST, header_digest=b"c"), replace(FIRST, pixel_digest=b"p")
    assert len({file_path(FIRST), file_path(corrected), file_path(conflicting)}) == 3
    assert len({quarantine_path(FIRST), quarantine_path(corrected), quarantine_path(conflicting)}) == 3


@pytest.mark.shows("R65")
@given(st.lists(st.sampled_from(Priority), min_size=1, max_size=6))
async def test_the_most_urgent_request_counts_in_whatever_order_the_images_come(said: list[Priority]) -> None:
    store = FakeStore()
    for number, priority in enumerate(said):
        await take(store, records.header(str(number), priority=priority), number)
    assert store.memory.studies[KEY].priority is min(said, key=list(Priority).index)


async def test_a_corrected_header_may_bring_the_priority() -> None:
    store = FakeStore()
    await take(store, FIRST)
    await take(store, replace(FIRST, priority=Priority.STAT, header_digest=b"corrected"))
    assert store.memory.studies[KEY].priority is Priority.STAT
