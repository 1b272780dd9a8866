"""What the receiver records is read back as it was, and in the order of arrival."""

from dataclasses import replace
from datetime import timedelta

import pytest

from collega.model.study import Patient, Role, StudyState
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench

HEADER = records.header(
    attributes={
        **records.FILM,
        "slice_thickness_mm": 1.25,
        "kernel": None,
        "series_description": 'Zwölf "Spitzen" \\ 胸部',
        "contrast": ("A", "B"),
    },
    notes=("PatientID is empty", "SOPInstanceUID is no valid UID"),
    pixel_digest=bytes(range(16)),
    header_digest=bytes(range(255, 239, -1)),
)
KEY = records.study(HEADER).key


async def add(bench: Bench, *names: str) -> None:
    async with bench.transaction() as transaction:
        await transaction.add_study(HEADER, KEY, AT)
        for number, name in enumerate(names):
            item = records.instance(records.header(name), at=AT + timedelta(seconds=number))
            await transaction.add_instances([item])


async def test_an_object_is_read_back_as_it_was(bench: Bench) -> None:
    kept = records.instance(HEADER)
    async with bench.transaction() as transaction:
        await transaction.add_study(HEADER, KEY, AT)
        await transaction.add_instances([kept])
    async with bench.transaction() as transaction:
        assert await transaction.instance(HEADER.sop_instance_uid) == kept
        assert list(await transaction.instances(KEY)) == [kept]


async def test_a_study_is_read_back_as_it_was(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        added = await transaction.add_study(HEADER, KEY, AT)
    expected = records.study(HEADER, state=StudyState.RECEIVING, complete_at=None)
    async with bench.transaction() as transaction:
        assert added == await transaction.study(KEY) == expected
        assert await transaction.study_by_uid(HEADER.study_instance_uid, lock=True) == expected
        assert await transaction.study_by_uid("1.2.3") is None


async def test_a_study_that_is_there_is_not_added_twice(bench: Bench) -> None:
    await add(bench, "1")
    async with bench.transaction() as transaction:
        await transaction.touch_study(KEY, revision=2, at=AT + timedelta(hours=1), state=StudyState.RECEIVING)
    async with bench.transaction() as transaction:
        again = await transaction.add_study(HEADER, KEY, AT + timedelta(hours=2))
    assert again.revision == 2


async def test_a_uid_counts_once(bench: Bench) -> None:
    await add(bench, "1")
    with pytest.raises(Exception, match="1"):
        await add(bench, "1")
    async with bench.transaction() as transaction:
        assert len(await transaction.instances(KEY)) == 1


async def test_objects_come_in_the_order_of_arrival(bench: Bench) -> None:
    await add(bench, "c", "a", "b")
    wanted = [records.header(name).sop_instance_uid for name in "cab"]
    async with bench.transaction() as transaction:
        assert [item.header.sop_instance_uid for item in await transaction.instances(KEY)] == wanted


async def test_a_correction_keeps_when_and_in_which_revision_it_came(bench: Bench) -> None:
    await add(bench, "1")
    corrected = replace(
        records.header("1"),
        header_digest=b"other",
        attributes={**records.FILM, "body_part": "HAND"},
        series_instance_uid="1.2.3",
        notes=("corrected",),
    )
    changed = replace(
        records.instance(corrected, revision=7, at=AT + timedelta(days=1)), path="studies/other.dcm", size=5
    )
    async with bench.transaction() as transaction:
        await transaction.correct_instance(changed)
    async with bench.transaction() as transaction:
        kept = await transaction.instance(corrected.sop_instance_uid)
    assert kept == replace(changed, revision=1, received_at=AT)


async def test_a_corrected_identity_is_that_of_the_study(bench: Bench) -> None:
    await add(bench, "1")
    corrected = replace(
        HEADER,
        patient=replace(HEADER.patient, name="Doe^Jane", birth_date="19610301", sex="M"),
        accession_number="NEW",
        study_description="X-thorax in two directions",
    )
    async with bench.transaction() as transaction:
        await transaction.update_identity(KEY, corrected, AT)
    async with bench.transaction() as transaction:
        study = await transaction.study(KEY)
    assert study is not None
    assert (study.patient, study.accession_number) == (corrected.patient, "NEW")
    assert study.description == "X-thorax in two directions"


@pytest.mark.parametrize("patient_id", ["", "P-1"])
async def test_two_studies_of_one_patient_keep_their_own_keys(bench: Bench, patient_id: str) -> None:
    first = records.header(study="A", patient=Patient(issuer="H", patient_id=patient_id, name="Doe"))
    second = records.header(study="B", patient=Patient(issuer="H", patient_id=patient_id, name="Doe"))
    async with bench.transaction() as transaction:
        await transaction.add_study(first, records.study(first).key, AT)
        await transaction.add_study(second, records.study(second).key, AT + timedelta(seconds=1))
    async with bench.transaction() as transaction:
        found = await transaction.studies_in(StudyState.RECEIVING)
    assert [study.study_instance_uid for study in found] == [first.study_instance_uid, second.study_instance_uid]


@pytest.mark.shows("R42")
async def test_patients_without_a_number_are_not_one_patient(bench: Bench) -> None:
    """Two unknown persons of one night: neither takes over the other's age, sex or name."""
    nobody = Patient(issuer="", patient_id="", name="Unknown^Man", birth_date="19500101", sex="M")
    other = Patient(issuer="", patient_id="", name="Unknown^Girl", birth_date="20200101", sex="F")
    first, second = records.header(study="A", patient=nobody), records.header(study="B", patient=other)
    async with bench.transaction() as transaction:
        await transaction.add_study(first, records.study(first).key, AT)
        await transaction.add_study(second, records.study(second).key, AT)
    named = replace(second, patient=replace(other, name="Found^Girl"))
    async with bench.transaction() as transaction:
        await transaction.update_identity(records.study(second).key, named, AT)
    async with bench.transaction() as transaction:
        kept = await transaction.study(records.study(first).key)
        changed = await transaction.study(records.study(second).key)
    assert kept is not None
    assert changed is not None
    assert kept.patient == nobody
    assert changed.patient == named.patient


@pytest.mark.parametrize("role", list(Role))
async def test_the_role_is_kept(bench: Bench, role: Role) -> None:
    made = records.header("x", role=role)
    async with bench.transaction() as transaction:
        await transaction.add_study(made, KEY, AT)
        await transaction.add_instances([records.instance(made)])
    async with bench.transaction() as transaction:
        kept = await transaction.instance(made.sop_instance_uid)
    assert kept is not None
    assert kept.header.role is role


async def test_what_is_set_apart_is_on_record(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        await transaction.quarantine(kind="object", code="conflict", text="other pixels", at=AT, path="x.dcm")
    assert await bench.apart() == [("object", "conflict")]
