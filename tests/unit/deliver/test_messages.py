"""What RIS, PACS and EHR are told, by whom, in which order, and what happens when they do not answer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from collega.deliver.messages import filler_number
from collega.formats.hl7.dialect import Dialects
from collega.formats.hl7.message import Hl7Message
from collega.link.apply import Applier
from collega.link.inbox import Inbox
from collega.model.app import Stage
from collega.model.finding import Evaluation, Status
from collega.model.message import OrderNumbers
from collega.model.order import Order, Standing
from collega.model.outgoing import (
    Destination,
    DestinationKind,
    OutgoingKind,
    OutgoingMessage,
    OutgoingState,
    PriorityForm,
    PriorityMessage,
    tell_again_of,
)
from collega.model.study import Patient, Priority
from collega.model.trust import Allowance
from collega.testing import records
from collega.testing.fake_ris import acknowledged
from collega.testing.hl7_messages import report
from tests.unit.deliver.conftest import House, film

pytestmark = pytest.mark.shows("R24", "R59", "R65")

RIS = Destination(
    name="ris", kind=DestinationKind.RIS, priority=PriorityForm(message=PriorityMessage.ORM_SC), language="nl"
)
FLAG, RESULT = "ORM^O01", "ORU^R01"
Make = Callable[..., House]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def told(house: Make) -> Make:
    def make(*destinations: Destination, **values: object) -> House:
        made = house(**values)
        made.policy = replace(made.policy, destinations=destinations or (RIS,))
        return made

    return make


def kinds(one: House, destination: str = "ris") -> list[str]:
    return [message.kind for message in one.ris.read(destination)]


def queue(one: House) -> list[OutgoingMessage]:
    return list(one.store.memory.outgoing.values())


def states(one: House, kind: OutgoingKind = OutgoingKind.RESULTS) -> list[OutgoingState]:
    return [item.state for item in queue(one) if item.kind is kind]


def order(one: House, **values: object) -> None:
    """Put the order of the study on record."""
    (study,) = one.store.memory.studies.values()
    numbers = OrderNumbers(placer="P1", filler="F1", accession=study.accession_number)
    made = Order(
        numbers=numbers,
        tokens=numbers.tokens,
        patient=study.patient,
        standing=Standing.ORDERED,
        status="",
        procedure_code="XTHORAX",
        procedure="Thorax",
        modality="CR",
        priority=Priority.ROUTINE,
        location="",
        requester="",
        study_instance_uid="",
        ordered_at=None,
        scheduled_at=None,
        changed_at=records.AT,
    )
    one.store.memory.orders = [replace(made, **values)]  # type: ignore[arg-type]


async def test_what_an_app_found_is_told_once_and_its_order_raised(told: Make) -> None:
    one = told()
    header = await one.receive(film(AccessionNumber="A1"))
    order(one)
    await one.answer()
    await one.work(MINUTE)
    assert kinds(one) == [FLAG, RESULT]
    flag, result = one.ris.read()
    assert result.first("OBR").value(3) == filler_number(header.study_instance_uid, "finder")
    assert "F1" not in {result.first("OBR").value(number) for number in range(1, 30)}
    assert (flag.first("ORC").value(1), flag.first("ORC").value(3), flag.first("OBR").value(27, 6)) == ("SC", "F1", "A")
    assert states(one) == [OutgoingState.ACKNOWLEDGED]
    assert {"message_planned", "message_acknowledged"} <= {event.kind for event in one.store.memory.events}


async def test_a_result_names_the_report_that_stands_in_the_pacs(told: Make) -> None:
    one = told()
    await one.receive(film())
    await one.answer()
    await one.work(MINUTE)
    (*_, message) = one.ris.read()
    reports = [item.reference.sop_instance_uid for item in one.objects() if item.kind == "findings_sr"]
    pointers = [line.value(5) for line in message.segments if line.name == "OBX" and line.value(3) == "result-object"]
    assert pointers == reports


@pytest.mark.shows("R32")
@pytest.mark.parametrize("stage", [Stage.SHADOW, Stage.PILOT])
async def test_who_is_not_live_tells_nobody(told: Make, stage: Stage) -> None:
    one = told(stage=stage)
    await one.receive(film(AccessionNumber="A1"))
    await one.answer()
    await one.work(MINUTE)
    assert queue(one) == []


@pytest.mark.shows("R25")
@pytest.mark.parametrize("status", [Status.NOT_SUITABLE, Status.FAILED])
async def test_no_answer_is_told_as_such_and_raises_nothing(told: Make, status: Status) -> None:
    one = told()
    await one.receive(film(AccessionNumber="A1"))
    await one.answer(evaluation=None, status=status)
    await one.work(MINUTE)
    (message,) = one.ris.read()
    words = [line.value(5) for line in message.segments if line.name == "OBX"]
    assert words[0] == str(status)
    assert not {"52101004", "272519000", "373068000"} & set(words)


async def test_an_app_that_may_not_prioritise_raises_nothing(told: Make) -> None:
    one = told()
    await one.receive(film(AccessionNumber="A1"))
    async with one.store.transaction() as transaction:
        await transaction.set_allowance("finder", "1.0.0", Allowance(may_prioritise=False), "someone", "a test")
    await one.answer()
    await one.work(MINUTE)
    assert kinds(one) == [RESULT]


@pytest.mark.parametrize(
    ("priority", "flagged"), [(Priority.STAT, False), (Priority.HIGH, False), (Priority.LOW, True)]
)
async def test_ai_only_ever_raises(told: Make, priority: Priority, flagged: bool) -> None:
    """The app calls its finding high: a study that stands there already is left where it is."""
    one = told()
    await one.receive(film(AccessionNumber="A1"))
    (study,) = one.store.memory.studies.values()
    async with one.store.transaction() as transaction:
        await transaction.set_priority(study.key, priority, "order")
    await one.answer()
    await one.work(MINUTE)
    assert (FLAG in kinds(one)) is flagged


async def test_two_apps_raise_an_order_once_and_a_more_urgent_one_raises_it_further(told: Make) -> None:
    one = told(RIS)
    stat = records.finding_spec(urgency=Priority.STAT)
    one.catalogue = {
        "finder": records.manifest(),
        "second": records.manifest("second"),
        "third": records.manifest("third", findings=(stat,)),
    }
    await one.receive(film(AccessionNumber="A1"))
    for name in ("finder", "second", "third"):
        await one.answer(name)
    await one.work(MINUTE)
    flags = [message.first("OBR").value(27, 6) for message in one.ris.read() if message.kind == FLAG]
    assert flags == ["A", "S"]
    assert kinds(one).count(RESULT) == 3


@pytest.mark.parametrize(
    ("language", "words"), [("nl", "NIET DOOR EEN RADIOLOOG"), ("en", "NOT CHECKED BY A RADIOLOGIST")]
)
async def test_a_destination_is_told_in_its_language(told: Make, language: str, words: str) -> None:
    one = told(replace(RIS, language=language))
    await one.receive(film(AccessionNumber="A1"))
    await one.answer()
    await one.work(MINUTE)
    flag, result = one.ris.read()
    (in_words,) = [line.value(5) for line in result.segments if line.name == "OBX" and line.value(2) == "TX"]
    assert words in in_words
    assert words in flag.first("NTE").value(3)


async def test_an_app_that_may_not_rule_out_says_nothing_of_absence(told: Make) -> None:
    one = told()
    await one.receive(film(AccessionNumber="A1"))
    async with one.store.transaction() as transaction:
        await transaction.set_allowance("finder", "1.0.0", Allowance(may_rule_out=False), "someone", "a test")
    await one.answer(evaluation=Evaluation.ABSENT)
    await one.work(MINUTE)
    (message,) = one.ris.read()
    values = [line.value(5) for line in message.segments if line.name == "OBX"]
    assert values[0] == "no_rule_out"
    assert "272519000" not in values


async def test_a_flag_that_waits_is_held_back_when_the_requester_has_raised_the_study(told: Make) -> None:
    one = told()
    one.ris.away = {"ris"}
    await one.receive(film(AccessionNumber="A1"))
    await one.answer()
    await one.work(MINUTE)
    (study,) = one.store.memory.studies.values()
    async with one.store.transaction() as transaction:
        await transaction.set_priority(study.key, Priority.STAT, "order")
    one.ris.away = set()
    await one.work(timedelta(hours=1))
    assert kinds(one) == [RESULT]
    assert states(one, OutgoingKind.PRIORITY) == [OutgoingState.WITHDRAWN]


@pytest.mark.parametrize("case", ["another patient", "no number"])
async def test_no_order_is_raised_that_cannot_be_named_for_sure(told: Make, case: str) -> None:
    one = told()
    await one.receive(film(AccessionNumber="A1" if case == "another patient" else ""))
    if case == "another patient":
        order(one, patient=Patient(issuer="", patient_id="somebody else"))
    await one.answer()
    await one.work(MINUTE)
    assert kinds(one) == [RESULT]
    assert "not_told" in [event.kind for event in one.store.memory.events]


async def test_a_study_of_nobody_is_told_to_nobody(told: Make) -> None:
    one = told()
    await one.receive(film(AccessionNumber="A1", PatientID=""))
    await one.answer()
    await one.work(MINUTE)
    assert queue(one) == []
    assert "not_told" in [event.kind for event in one.store.memory.events]


async def test_a_later_revision_takes_back_what_was_said(told: Make) -> None:
    one = told()
    await one.receive(film(AccessionNumber="A1"))
    await one.answer()
    await one.work(MINUTE)
    await one.receive(film(seed=1, AccessionNumber="A1", SOPInstanceUID="2.25.99"))
    await one.answer(evaluation=Evaluation.ABSENT)
    await one.work(MINUTE)
    first, second = [message for message in one.ris.read() if message.kind == RESULT]
    assert first.first("OBR").value(3) == second.first("OBR").value(3)
    assert observations(second, "D") == observations(first, "P")
    assert set(observations(second, "P")).isdisjoint(observations(first, "P"))


def observations(message: Hl7Message, status: str) -> list[tuple[str, str]]:
    """Name the observations of one status, each by its group and its identifier."""
    lines = [line for line in message.segments if line.name == "OBX" and line.value(11) == status]
    return [(line.value(4), line.value(3)) for line in lines]


async def test_what_was_not_sent_yet_gives_way_to_the_later_word(told: Make) -> None:
    one = told()
    one.ris.away = {"ris"}
    await one.receive(film(AccessionNumber="A1"))
    await one.answer(evaluation=Evaluation.ABSENT)
    await one.work()
    # The head of the queue was begun: it may have come, so the later word takes it back.
    await one.receive(film(seed=1, AccessionNumber="A1", SOPInstanceUID="2.25.99"))
    await one.answer(evaluation=Evaluation.ABSENT)
    await one.work()
    await one.receive(film(seed=1, AccessionNumber="A1", SOPInstanceUID="2.25.98"))
    await one.answer(evaluation=Evaluation.ABSENT)
    one.ris.away = set()
    await one.work(timedelta(hours=1))
    assert states(one) == [OutgoingState.WITHDRAWN, OutgoingState.WITHDRAWN, OutgoingState.ACKNOWLEDGED]
    (message,) = one.ris.read()
    assert {group.split(".")[0] for group, _ in observations(message, "D")} == {"1"}


async def test_a_word_that_may_not_be_said_any_more_is_withdrawn(told: Make) -> None:
    """A new revision of a study whose app was stopped meanwhile: what stands in the RIS is taken back."""
    one = told()
    await one.receive(film(AccessionNumber="A1"))
    await one.answer()
    await one.work(MINUTE)
    await one.receive(film(seed=1, AccessionNumber="A1", SOPInstanceUID="2.25.99"))
    await one.set_stage(Stage.SHADOW)
    await one.answer()
    await one.work(MINUTE)
    last = one.ris.read()[-1]
    assert last.first("OBR").value(25) == "X"
    assert observations(last, "X")
    assert not observations(last, "P")


def flags_back(one: House) -> list[Hl7Message]:
    return [message for message in one.ris.read() if message.kind == FLAG and message.first("NTE").value(4)]


async def sign(one: House) -> None:
    """Let the RIS send the signed report of the study."""
    (study,) = one.store.memory.studies.values()
    zone, patient = ZoneInfo("Europe/Amsterdam"), f"{study.patient.patient_id}^^^{study.patient.issuer}^PI"
    said = report("Geen afwijkingen.", accession="A1", id_="1", patient=patient, at="20260302100000+0100")
    await Inbox(one.store, one.clock, zone, Dialects()).take([(said, "ris")])
    applier = Applier(one.store, one.clock, zone, Dialects())
    while await applier.apply_waiting():
        pass


async def grown(one: House, evaluation: Evaluation, uid: str, status: Status = Status.ANALYSED) -> None:
    """Let the study grow by an image, and the app answer anew."""
    await one.receive(film(seed=1, AccessionNumber="A1", SOPInstanceUID=uid))
    await one.answer(evaluation=evaluation, status=status)
    await one.work(MINUTE)


@pytest.mark.parametrize("form", [PriorityMessage.ORM_SC, PriorityMessage.OMI_XO])
async def test_a_flag_whose_finding_is_gone_is_taken_back_once_and_lowers_nothing(
    told: Make, form: PriorityMessage
) -> None:
    one = told(replace(RIS, priority=PriorityForm(message=form)))
    await one.receive(film(AccessionNumber="A1"))
    order(one)
    await one.answer()
    await one.work(MINUTE)
    await grown(one, Evaluation.ABSENT, "2.25.99")
    await grown(one, Evaluation.ABSENT, "2.25.98")
    flag, back = [message for message in one.ris.read() if message.kind != RESULT]
    assert (back.kind, back.first("ORC").value(3)) == (flag.kind, "F1")
    assert [back.first("OBR").value(number) for number in (2, 3)] == ["P1", "F1"]
    assert (flag.first("OBR").value(27, 6), back.first("OBR").value(27, 6)) == ("A", ""), "no priority is in it"
    assert back.first("NTE").value(4) == "flag-withdrawn"
    assert "geldt niet meer" in back.first("NTE").value(3)
    assert back.first("PID").value(3) == flag.first("PID").value(3)
    events = [event.payload.get("message") for event in one.store.memory.events if event.kind == "message_planned"]
    assert events.count("flag_withdrawal") == 1
    await grown(one, Evaluation.PRESENT, "2.25.97")
    assert [message.kind for message in one.ris.read()].count(flag.kind) == 3, "what is found again is flagged again"


@pytest.mark.parametrize("case", ["failed", "undetermined", "signed", "still there"])
async def test_a_flag_stands_where_nobody_says_otherwise_or_it_raises_nothing_more(told: Make, case: str) -> None:
    one = told()
    await one.receive(film(AccessionNumber="A1"))
    order(one)
    await one.answer()
    await one.work(MINUTE)
    if case == "signed":
        await sign(one)
    evaluation = {"undetermined": Evaluation.UNDETERMINED, "still there": Evaluation.PRESENT}
    status = Status.FAILED if case == "failed" else Status.ANALYSED
    await grown(one, evaluation.get(case, Evaluation.ABSENT), "2.25.99", status)
    assert flags_back(one) == []


async def test_another_app_says_what_it_had_left_to_the_flag_that_is_taken_back(told: Make) -> None:
    one = told()
    one.catalogue = {name: records.manifest(name) for name in ("finder", "second")}
    await one.receive(film(AccessionNumber="A1"))
    order(one)
    for name in ("finder", "second"):
        await one.answer(name)
        await one.work(MINUTE)
    assert kinds(one).count(FLAG) == 1
    await one.set_stage(Stage.SUSPENDED)
    (study,) = one.store.memory.studies
    for _ in range(2):
        async with one.store.transaction() as transaction:
            await transaction.add_step(tell_again_of(study))
        await one.work(MINUTE)
    assert len(flags_back(one)) == 1
    assert [message.first("OBR").value(27, 6) for message in one.ris.read() if message.kind == FLAG] == ["A", "", "A"]
    assert [item.app_id for item in queue(one) if item.kind is OutgoingKind.PRIORITY] == ["finder", "second"]


@pytest.mark.parametrize("stage", [Stage.SUSPENDED, Stage.SHADOW, Stage.OFF])
async def test_what_waits_of_a_silenced_app_is_not_sent(told: Make, stage: Stage) -> None:
    one = told()
    one.ris.away = {"ris"}
    await one.receive(film(AccessionNumber="A1"))
    await one.answer()
    await one.work(MINUTE)
    await one.set_stage(stage)
    one.ris.away = set()
    await one.work(timedelta(hours=1))
    assert one.ris.read() == []
    assert {item.state for item in queue(one)} == {OutgoingState.WITHDRAWN}


@pytest.mark.parametrize("trouble", ["away", "silent", "garbage", "other id"])
async def test_without_an_answer_the_same_bytes_are_sent_again_in_order(told: Make, trouble: str) -> None:
    one = told()
    await one.receive(film(AccessionNumber="A1"))
    await one.answer()
    other = acknowledged(b"MSH|^~\\&|||||||ACK|another|P|2.5.1\r")
    answers: dict[str, bytes | None] = {"silent": None, "garbage": b"no message", "other id": other}
    if trouble == "away":
        one.ris.away = {"ris"}
        await one.work(MINUTE)
        one.ris.away = set()
    else:
        one.ris.replies = [lambda _: answers[trouble]] * 3
    await one.work(timedelta(hours=1))
    sent = [encoded for _, encoded in one.ris.came]
    assert sent[0] == sent[-2]
    assert len(set(sent)) == 2
    assert kinds(one)[-2:] == [FLAG, RESULT]
    assert {item.state for item in queue(one)} == {OutgoingState.ACKNOWLEDGED}


async def test_pauses_grow_while_nobody_answers(told: Make) -> None:
    one = told()
    one.ris.away = {"ris"}
    await one.receive(film())
    await one.answer()
    await one.work(timedelta(minutes=5))
    at = [event.at for event in one.store.memory.events if event.kind == "destination_unreachable"]
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(at)]
    assert pauses == [5, 10, 20, 40, 80]


@pytest.mark.parametrize("code", ["AE", "AR", "CE", "CR"])
async def test_a_refusal_is_listed_with_its_reason_and_holds_up_nobody(told: Make, code: str) -> None:
    one = told()
    one.ris.replies = [lambda message: acknowledged(message, code, "unknown patient")]
    await one.receive(film(AccessionNumber="A1"))
    await one.answer()
    await one.work(timedelta(hours=1))
    assert [(item.state, item.detail) for item in queue(one)] == [
        (OutgoingState.REFUSED, f"{code}: unknown patient"),
        (OutgoingState.ACKNOWLEDGED, ""),
    ]
    assert len(one.ris.came) == 2


async def test_one_destination_that_is_away_holds_up_no_other(told: Make) -> None:
    one = told(RIS, replace(RIS, name="pacs", kind=DestinationKind.PACS, priority=PriorityForm()))
    one.ris.away = {"ris"}
    await one.receive(film(AccessionNumber="A1"))
    await one.answer()
    await one.work(MINUTE)
    assert (kinds(one), kinds(one, "pacs")) == ([], [RESULT])


async def test_an_ehr_that_gets_no_results_gets_nothing(told: Make) -> None:
    one = told(replace(RIS, name="ehr", kind=DestinationKind.EHR, results=False, priority=PriorityForm()))
    await one.receive(film(AccessionNumber="A1"))
    await one.answer()
    await one.work(MINUTE)
    assert queue(one) == []


async def test_what_waits_is_found_again_when_its_order_was_lost(told: Make) -> None:
    from collega.pipeline import find_forgotten  # noqa: PLC0415 - the house builds the world anew

    one = told()
    await one.receive(film())
    await one.answer()
    await one.work()
    one.store.memory.outgoing = {
        key: replace(item, state=OutgoingState.WAITING) for key, item in one.store.memory.outgoing.items()
    }
    one.store.memory.steps = []
    await find_forgotten(one.world())
    await one.work(MINUTE)
    assert {item.state for item in queue(one)} == {OutgoingState.ACKNOWLEDGED}
