"""What the audit record has of deliveries: begun before anything is sent, ended by outcome, failed with its reason."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from collega.model.audit import AuditEntry, AuditOutcome
from collega.model.delivery import SendOutcome
from tests.unit.deliver.conftest import House, film

Make = Callable[..., House]
SR_CLASS = "1.2.840.10008.5.1.4.1.1.88.34"

pytestmark = pytest.mark.shows("R31", "R59")


def transfers(house: House) -> list[AuditEntry]:
    return [entry for entry in house.store.memory.audited if entry.event in {"transfer begun", "transferred"}]


async def deliver(house: House) -> None:
    await house.receive(film(1))
    await house.answer()
    await house.work()


async def test_a_transfer_is_begun_and_ended_with_its_study_and_its_pacs(house: Make) -> None:
    here = house()
    await deliver(here)
    told = transfers(here)
    assert [entry.event for entry in told] == ["transfer begun", "transferred"] * (len(told) // 2)
    studies = tuple({item.object.study_key for item in here.deliveries})
    assert {entry.studies for entry in told} == {studies}
    assert {entry.payload["peer"] for entry in told} == {"PACS"}
    assert {entry.outcome for entry in told} == {AuditOutcome.SUCCESS}
    sent = sum(int(str(entry.payload["objects"])) for entry in told if entry.event == "transferred")
    assert sent == len(here.deliveries)


async def test_what_is_refused_and_what_is_taken_are_told_apart(house: Make) -> None:
    here = house()
    here.sink.answers[SR_CLASS] = SendOutcome.LATER
    await deliver(here)
    ended = {entry.outcome for entry in transfers(here) if entry.event == "transferred"}
    assert ended == {AuditOutcome.SUCCESS, AuditOutcome.MINOR_FAILURE}


async def test_a_pacs_that_is_not_reached_is_a_failed_transfer(house: Make) -> None:
    here = house()
    here.sink.away = True
    await deliver(here)
    begun, failed = transfers(here)[:2]
    assert (begun.event, failed.event, failed.outcome) == (
        "transfer begun",
        "transferred",
        AuditOutcome.SERIOUS_FAILURE,
    )
    assert failed.payload["why"]


async def test_a_question_after_results_is_no_transfer(house: Make) -> None:
    here = house()
    await deliver(here)
    before = len(transfers(here))
    await here.work(timedelta(hours=1))
    assert len(transfers(here)) == before
