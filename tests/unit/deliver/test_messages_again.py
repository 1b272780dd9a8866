"""What was told of a study is told again when it turns out to be another patient's, or under another number: once."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from collega.formats.hl7.dialect import Dialects
from collega.formats.hl7.message import Hl7Message
from collega.link.apply import Applier
from collega.link.inbox import Inbox
from collega.model.app import Stage
from collega.model.finding import Evaluation
from collega.model.outgoing import Destination, DestinationKind, OutgoingState, PriorityForm, PriorityMessage
from collega.testing import records
from collega.testing.fake_ris import acknowledged
from collega.testing.hl7_messages import merge
from tests.unit.deliver.conftest import House, film
from tests.unit.deliver.test_messages import (
    FLAG,
    MINUTE,
    RESULT,
    RIS,
    Make,
    flags_back,
    kinds,
    observations,
    queue,
    told,
)

__all__ = ["told"]  # a fixture
pytestmark = pytest.mark.shows("R24", "R59", "R65")
NO_FLAGS = replace(RIS, priority=PriorityForm(message=PriorityMessage.NONE))


async def says(one: House, survivor: str, prior: str, at: str) -> None:
    """Let the RIS merge two numbers, and whatever follows follow."""
    zone = ZoneInfo("Europe/Amsterdam")
    inbox = Inbox(one.store, one.clock, zone, Dialects())
    await inbox.take([(merge((survivor, prior), id_=at, at=at), "ris")])
    applier = Applier(one.store, one.clock, zone, Dialects())
    while await applier.apply_waiting():
        pass
    await one.work(MINUTE)


async def answered(one: House) -> None:
    await one.receive(film(AccessionNumber="A1", PatientID="1"))
    await one.answer()
    await one.work(MINUTE)


def patients(messages: list[Hl7Message]) -> list[str]:
    return [message.first("PID").value(3) for message in messages]


def results(one: House) -> list[Hl7Message]:
    return [message for message in one.ris.read() if message.kind == RESULT]


async def test_after_a_merge_it_stands_under_the_survivor_and_the_old_one_is_taken_back_with_it(told: Make) -> None:
    one = told()
    await answered(one)
    for at in ("20260302120000", "20260302130000"):  # said twice, told once
        await says(one, "2", "1", at)
    first, second = results(one)
    assert patients([first, second]) == ["1", "2"]
    assert observations(second, "D") == observations(first, "P")
    assert [name for _, name in observations(second, "P")] == [name for _, name in observations(first, "P")]
    assert kinds(one).count(FLAG) == 1, "its order has moved with the patient"


async def test_where_the_merge_was_of_another_it_is_taken_back_from_that_one(told: Make) -> None:
    one = told(NO_FLAGS)
    await answered(one)
    await says(one, "2", "1", "20260302120000")
    await says(one, "3", "1", "20260302130000")
    _, second, taken_back, third = results(one)
    assert patients([second, taken_back, third]) == ["2", "2", "3"]
    assert observations(taken_back, "X") == observations(second, "P")
    assert (taken_back.first("OBR").value(25), observations(taken_back, "P")) == ("X", [])
    assert (observations(third, "D"), len(observations(third, "P"))) == ([], len(observations(second, "P")))


async def test_what_waits_under_the_old_number_never_goes(told: Make) -> None:
    one = told(NO_FLAGS)
    one.catalogue = {"finder": records.manifest(), "second": records.manifest("second")}
    one.ris.away = {"ris"}
    await one.receive(film(AccessionNumber="A1", PatientID="1"))
    for app in ("finder", "second"):
        await one.answer(app)
    await one.work()
    await says(one, "2", "1", "20260302120000")
    one.ris.away = set()
    await one.work(timedelta(hours=1))
    # Sending the first had begun: it may have come, so that it goes again, and is taken back.
    assert patients(results(one)) == ["1", "2", "2"]
    states = [item.state for item in queue(one)]
    assert states == [OutgoingState.ACKNOWLEDGED, OutgoingState.WITHDRAWN, *[OutgoingState.ACKNOWLEDGED] * 2]


async def test_what_a_ris_refused_of_the_old_number_is_told_under_the_new_one(told: Make) -> None:
    one = told(NO_FLAGS)
    one.ris.replies = [lambda message: acknowledged(message, "AE", "unknown patient")]
    await answered(one)
    await says(one, "2", "1", "20260302120000")
    assert [item.state for item in queue(one)] == [OutgoingState.REFUSED, OutgoingState.ACKNOWLEDGED]
    assert observations(results(one)[-1], "D") == []


async def test_a_corrected_accession_number_moves_the_result_and_raises_the_right_order(told: Make) -> None:
    one = told()
    await answered(one)
    await one.take(film(AccessionNumber="A2", PatientID="1"))
    await one.work(MINUTE)
    named = [
        [line.value(5) for line in message.segments if line.value(3) == "accession-number"] for message in results(one)
    ]
    assert named == [["A1"], ["", "A2"]], "the first one is deleted, and has no value any more"
    flags = [message.first("OBR").value(18) for message in one.ris.read() if message.kind == FLAG]
    assert flags == ["A1", "A2", "A1"]
    (back,) = flags_back(one)
    assert (back.first("OBR").value(18), "accessienummer" in back.first("NTE").value(3)) == ("A1", True)
    await one.take(film(AccessionNumber="A2", PatientID="1", PatientName="Spelt^Otherwise"))
    await one.work(MINUTE)
    assert kinds(one).count(FLAG) == 3, "once"


async def test_a_flag_that_waits_for_the_old_order_never_goes(told: Make) -> None:
    one = told()
    one.ris.away = {"ris"}
    await one.receive(film(AccessionNumber="A0", PatientID="1"))
    await one.answer()
    await one.take(film(AccessionNumber="A1", PatientID="1"))
    await one.work()
    one.ris.away = set()
    await one.work(timedelta(hours=1))
    assert [message.first("OBR").value(18) for message in one.ris.read() if message.kind == FLAG] == ["A1"]


async def test_a_flag_of_another_study_on_the_same_order_leaves_it_flagged(told: Make) -> None:
    one = told()
    await answered(one)
    await one.receive(film(2, AccessionNumber="A1", PatientID="1"))
    await one.answer()
    await one.work(MINUTE)
    await one.take(film(AccessionNumber="A2", PatientID="1"))
    await one.work(MINUTE)
    flags = [message.first("OBR").value(18) for message in one.ris.read() if message.kind == FLAG]
    assert flags == ["A1", "A1", "A2"]
    assert flags_back(one) == []


async def test_of_an_app_that_is_silent_now_nothing_is_told_again_but_another_patient_loses_it(told: Make) -> None:
    one = told(NO_FLAGS)
    await answered(one)
    await says(one, "2", "1", "20260302120000")
    await one.set_stage(Stage.SHADOW)
    await says(one, "3", "1", "20260302130000")
    assert patients(results(one)) == ["1", "2", "2"]
    assert not observations(results(one)[-1], "P")


async def test_a_name_that_is_spelt_otherwise_is_no_reason_to_tell_it_again(told: Make) -> None:
    one = told(NO_FLAGS)
    await answered(one)
    await one.take(film(AccessionNumber="A1", PatientID="1", PatientName="Spelt^Otherwise"))
    await one.work(MINUTE)
    assert len(results(one)) == 1


async def test_each_destination_is_told_again_what_it_was_told(told: Make) -> None:
    ehr = replace(NO_FLAGS, name="ehr", kind=DestinationKind.EHR, results=False)
    pacs: Destination = replace(NO_FLAGS, name="pacs", kind=DestinationKind.PACS)
    one = told(NO_FLAGS, ehr, pacs)
    await one.receive(film(AccessionNumber="A1", PatientID="1"))
    await one.answer(evaluation=Evaluation.ABSENT)
    await one.work(MINUTE)
    await says(one, "2", "1", "20260302120000")
    assert [kinds(one, name) for name in ("ris", "ehr", "pacs")] == [[RESULT] * 2, [], [RESULT] * 2]
