"""The gate: whose objection counts for whom, under whatever number it was noted."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.outside.conftest import PERMISSION

from collega.model.leaving import Objection
from collega.model.message import MergeSaid, Word
from collega.model.study import Patient, Study
from collega.outside.gate import Cleared, Held, NotPermitted, clear, objection_to
from collega.testing import records
from collega.testing.fakes import FakeStore

pytestmark = pytest.mark.shows("R85")


async def add(store: FakeStore, name: str, *, number: str = "", issuer: str = "") -> Study:
    patient = Patient(issuer=issuer, patient_id=number)
    header = records.header(study=name, patient=patient)
    async with store.transaction() as transaction:
        return await transaction.add_study(header, records.instance(header).study_key, records.AT)


async def is_held(store: FakeStore, study: Study) -> bool:
    async with store.transaction() as transaction:
        return await objection_to(transaction, study) is not None


async def note(store: FakeStore, **who: Any) -> None:
    async with store.transaction() as transaction:
        await transaction.add_objection(Objection(at=records.AT, actor="privacy officer", reason="form", **who))


def merged(prior: str, survivor: str) -> Word[MergeSaid]:
    said = MergeSaid(survivor=Patient(issuer="H", patient_id=survivor), prior=Patient(issuer="H", patient_id=prior))
    return Word(message_key=f"{prior}-{survivor}", item=0, sent_at=records.AT, control_id="1", said=said)


@pytest.mark.parametrize(
    ("stated", "of_study", "counts"), [("H", "H", True), ("", "H", True), ("H", "", True), ("G", "H", False)]
)
async def test_an_issuer_that_is_not_stated_contradicts_none(stated: str, of_study: str, *, counts: bool) -> None:
    store = FakeStore()
    study = await add(store, "A", number="123", issuer=of_study)
    await note(store, patient_id="123", issuer=stated)
    assert await is_held(store, study) == counts
    assert not await is_held(store, await add(store, "B", number="124", issuer=of_study))


async def test_an_objection_by_a_study_is_of_its_patient_even_before_it_comes() -> None:
    store = FakeStore()
    early = await add(store, "A", number="123", issuer="H")
    await note(store, study_instance_uid=records.header(study="B").study_instance_uid)
    assert not await is_held(store, early), "nobody knows yet whose study that will be"
    late = await add(store, "B", number="123", issuer="H")
    assert await is_held(store, late)
    assert await is_held(store, early)


async def test_an_objection_goes_along_with_merged_numbers() -> None:
    store = FakeStore()
    studies = {number: await add(store, number, number=number, issuer="H") for number in ("1", "2", "3", "4")}
    await note(store, patient_id="2", issuer="H")
    async with store.transaction() as transaction:
        await transaction.add_words([merged("1", "2"), merged("2", "3")])
    held = {number: await is_held(store, study) for number, study in studies.items()}
    assert held == {"1": True, "2": True, "3": True, "4": False}


async def test_nobody_is_taken_for_all_who_have_no_number() -> None:
    store = FakeStore()
    await note(store, study_instance_uid=(await add(store, "A")).study_instance_uid)
    assert not await is_held(store, await add(store, "B"))


async def test_the_gate_asks_for_permission_and_objection() -> None:
    store = FakeStore()
    study = await add(store, "A", number="123")
    async with store.transaction() as transaction:
        assert isinstance(await clear(transaction, study, "finder", "j"), NotPermitted)
        await transaction.set_cloud_permission(PERMISSION)
        cleared = await clear(transaction, study, "finder", "j")
        assert isinstance(cleared, Cleared)
        assert (cleared.permit.folder, cleared.permit.job) == ("sent", "j")
        assert isinstance(await clear(transaction, study, "another", "j"), NotPermitted)
        await transaction.set_cloud_permission(replace(PERMISSION, is_permitted=False))
        assert isinstance(await clear(transaction, study, "finder", "j"), NotPermitted)
    await note(store, patient_id="123")
    async with store.transaction() as transaction:
        await transaction.set_cloud_permission(PERMISSION)
        held = await clear(transaction, study, "finder", "j")
    assert isinstance(held, Held)
    assert held.code == "objection"
    assert "bezwaar" in held.text.nl


def test_an_objection_of_nobody_or_of_two_is_none() -> None:
    wrong: list[dict[str, Any]] = [{}, {"patient_id": "1", "study_instance_uid": "1.2"}]
    for who in wrong:
        with pytest.raises(ValueError, match="a patient or a study"):
            Objection(at=records.AT, actor="x", reason="y", **who)
