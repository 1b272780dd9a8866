"""What RIS and EHR say, in any order and repeated: on both stores, the same end."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collega.formats.hl7.dialect import Dialects
from collega.link.apply import TRIES, Applier
from collega.link.inbox import Inbox
from collega.model.linked import Linked
from collega.model.merge import Identity, identity
from collega.model.message import MessageState
from collega.model.standing import standing
from collega.model.study import Patient, Priority, Study
from collega.ports.linked import links_of
from collega.testing import records
from collega.testing.fakes import FakeClock
from collega.testing.hl7_messages import adt, merge, order, reason, report, verdict
from tests.contract.conftest import Bench

pytestmark = pytest.mark.shows("R59")
ZONE = ZoneInfo("Europe/Amsterdam")
AT = datetime(2026, 11, 28, 9, tzinfo=UTC)


class Links:
    """The inbox and what acts upon it, over one store."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.clock = FakeClock(AT)
        self.inbox = Inbox(bench, self.clock, ZONE, Dialects())
        self.applier = Applier(bench, self.clock, ZONE, Dialects())

    async def say(self, *messages: bytes) -> Sequence[bytes]:
        answers = await self.inbox.take([(message, "127.0.0.1") for message in messages])
        await self.apply()
        return answers

    async def apply(self) -> None:
        while await self.applier.apply_waiting():
            pass

    async def receive(self, study: str, **values: Any) -> str:
        values.setdefault("patient", Patient(issuer="ZKH", patient_id="4711", name="Vries^Jan^^de"))
        header = records.header(study=study, **values)
        key = records.study(header).key
        async with self.bench.transaction() as transaction:
            await transaction.add_study(header, key, AT)
            if header.priority is not Priority.UNKNOWN:
                await transaction.set_priority(key, header.priority, "dicom")
        await self.apply()
        return key

    async def study(self, key: str) -> Study:
        async with self.bench.transaction() as transaction:
            found = await transaction.study(key)
        assert found is not None
        return found

    async def found(self, key: str) -> Linked:
        study = await self.study(key)
        async with self.bench.transaction() as transaction:
            return await links_of(transaction, study)

    async def states(self) -> dict[str, int]:
        async with self.bench.transaction() as transaction:
            found = await transaction.messages(list(MessageState), 1000)
        return {state: sum(item.state is state for item in found) for state in MessageState}


@pytest.fixture
def links(bench: Bench) -> Links:
    return Links(bench)


async def test_an_order_gives_a_study_its_priority_whichever_came_first(links: Links) -> None:
    await links.say(order(id_="1", placer="P1", accession="ACC-A", priority="S"))
    first = await links.receive("A")
    second = await links.receive("B")
    await links.say(order(id_="2", placer="P2", accession="ACC-B", priority="S"))
    for key in (first, second):
        study = await links.study(key)
        assert (study.priority, study.priority_source) == (Priority.STAT, "order")


async def test_the_latest_word_of_the_order_counts_and_that_of_the_images_is_kept(links: Links) -> None:
    key = await links.receive("A", priority=Priority.STAT)
    await links.say(order(id_="2", placer="P", control="XO", priority="R", at="20261128110000+0100"))
    await links.say(order(id_="1", placer="P", accession="ACC-A", priority="A"))
    study = await links.study(key)
    assert (study.priority, study.dicom_priority) == (Priority.ROUTINE, Priority.STAT)
    await links.say(order(id_="3", placer="P", control="CA", priority="", at="20261128120000+0100"))
    assert (await links.study(key)).priority is Priority.ROUTINE, "a cancelled order lowers nothing"


async def test_a_study_without_order_has_the_priority_of_its_images(links: Links) -> None:
    key = await links.receive("A", priority=Priority.HIGH)
    await links.say(order(id_="1", accession="ACC-A", priority=""))
    study = await links.study(key)
    assert (study.priority, study.priority_source) == (Priority.HIGH, "dicom")


async def test_the_same_accession_number_of_another_patient_is_never_linked(links: Links) -> None:
    key = await links.receive("A")
    await links.say(order(id_="1", accession="ACC-A", priority="S", patient="9999^^^ZKH^PI"))
    await links.say(order(id_="2", accession="ACC-A", priority="S", patient="4711^^^OTHER^PI"))
    await links.say(report("x", id_="3", accession="ACC-A", patient="9999^^^ZKH^PI"))
    study = await links.study(key)
    assert study.priority is Priority.UNKNOWN
    assert "signed" not in await links.bench.told(key)
    found = await links.found(key)
    assert (len(found.orders), len(found.reports), len(found.apart)) == (0, 0, 3)


async def test_an_accession_number_that_comes_later_links(links: Links) -> None:
    key = await links.receive("A", accession_number="")
    await links.say(order(id_="1", placer="P", accession="NEW", priority="S"))
    await links.say(report("x", id_="2", placer="P"))
    assert (await links.study(key)).priority is Priority.UNKNOWN
    async with links.bench.transaction() as transaction:
        corrected = records.header(study="A", accession_number="NEW")
        await transaction.update_identity(key, corrected, AT)
    await links.apply()
    assert (await links.study(key)).priority is Priority.STAT
    assert "signed" in await links.bench.told(key)


async def test_the_study_uid_of_the_order_links_without_an_accession_number(links: Links) -> None:
    header = records.header(study="A")
    await links.say(order(id_="1", placer="P", priority="S", study_uid=header.study_instance_uid))
    key = await links.receive("A", accession_number="")
    assert (await links.study(key)).priority is Priority.STAT


async def test_two_orders_under_one_accession_number_stay_two(links: Links) -> None:
    key = await links.receive("A")
    await links.say(order(id_="1", placer="P1", accession="ACC-A", priority="R"))
    await links.say(order(id_="2", placer="P2", accession="ACC-A", priority="S"))
    await links.say(order(id_="3", placer="P1", control="CA", priority="", at="20261128120000+0100"))
    found = await links.found(key)
    assert sorted(one.standing for one in found.orders) == ["cancelled", "ordered"]
    assert found.standing == "ordered"
    assert found.priority is Priority.STAT


async def test_a_merge_moves_what_is_here_and_what_comes_later(links: Links) -> None:
    here = await links.receive("A", patient=Patient(issuer="ZKH", patient_id="1"))
    await links.say(merge(("2^^^ZKH^PI", "1^^^ZKH^PI"), ("3^^^ZKH^PI", "2^^^ZKH^PI"), id_="1"))
    later = await links.receive("B", patient=Patient(issuer="ZKH", patient_id="1"))
    for key in (here, later):
        study = await links.study(key)
        assert identity(study.patient) == Identity("ZKH", "3")
        assert study.came_as is not None
        assert study.came_as.patient_id == "1"
        assert study.patient.name == "Vries^Jan^^de"
        assert "identity_corrected" in await links.bench.told(key)
    await links.say(report("x", id_="2", accession="ACC-A", patient="2^^^ZKH^PI"))
    assert "signed" in await links.bench.told(here), "a report under a number between"


async def test_a_circle_of_merges_ends_where_the_last_one_says(links: Links) -> None:
    await links.say(merge(("1^^^ZKH", "2^^^ZKH"), id_="2", at="20261128120000+0100"))
    key = await links.receive("A", patient=Patient(issuer="ZKH", patient_id="1"))
    await links.say(merge(("2^^^ZKH", "1^^^ZKH"), id_="1", at="20261128110000+0100"))
    assert (await links.study(key)).patient.patient_id == "1"
    await links.say(merge(("2^^^ZKH", "1^^^ZKH"), id_="3", at="20261128130000+0100"))
    assert (await links.study(key)).patient.patient_id == "2"


async def test_a_description_goes_by_the_clock_of_the_sender(links: Links) -> None:
    key = await links.receive("A")
    await links.say(adt("4711^^^ZKH^PI", id_="2", name="Bakker^A", at="20261128120000+0100"))
    await links.say(adt("4711^^^ZKH^PI", id_="1", name="Smit^B", at="20261128110000+0100"))
    assert (await links.study(key)).patient.name == "Bakker^A"


async def test_a_version_signs_once_and_a_preliminary_one_never_unsigns(links: Links) -> None:
    key = await links.receive("A")
    final = report("final", id_="1", accession="ACC-A", at="20261128110000+0100")
    await links.say(final, final)
    await links.say(report("draft", id_="2", accession="ACC-A", status="P", at="20261128130000+0100"))
    assert (await links.bench.told(key)).count("signed") == 1
    await links.say(report("more", id_="3", accession="ACC-A", part="ADT", at="20261128140000+0100"))
    await links.say(report("better", id_="4", accession="ACC-A", status="C", at="20261128120000+0100"))
    found = await links.found(key)
    stands = standing(found.reports)
    assert stands is not None
    assert (stands.text, stands.status, stands.versions) == ("better\n\nmore", "addendum", 4)
    assert (await links.bench.told(key)).count("signed") == 3


async def test_the_same_bytes_are_the_same_message(links: Links) -> None:
    one = order(id_="1", accession="ACC-A")
    answers = await links.say(one, order(id_="2", accession="ACC-B"), one)
    await links.say(one)
    assert [verdict(answer) for answer in answers] == ["AA"] * 3
    async with links.bench.transaction() as transaction:
        found = await transaction.messages(list(MessageState), 10)
        assert await transaction.message(found[0].key[:36]) == found[0]
    assert len(found) == 2
    assert sum(item.repeats for item in found) >= 1


async def test_what_cannot_be_used_is_kept_with_its_reason(links: Links) -> None:
    odd = [
        b"GET / HTTP/1.1",
        adt("4711", id_="1").replace(b"ADT^A08", b"SIU^S12"),
        order(id_="2"),
        order(id_="3", placer="P", patient=""),
        order(id_="4", placer="P", control="ZZ"),
    ]
    answers = await links.say(*odd)
    assert [verdict(answer) for answer in answers] == ["AR", "AR", "AE", "AE", "AE"]
    assert all(reason(answer) for answer in answers)
    assert await links.states() == {"waiting": 0, "applied": 0, "failed": 0, "unusable": 3, "refused": 2}


async def test_a_message_that_fails_is_tried_again_and_then_listed(links: Links) -> None:
    await links.inbox.take([(order(id_="1", accession="ACC-A"), "x"), (order(id_="2", accession="ACC-B"), "x")])
    failing = Applier(Failing(links.bench), links.clock, ZONE, Dialects())
    for _ in range(TRIES):
        await failing.apply_waiting()
        assert await failing.apply_waiting() == 0, "it waits before it is tried again"
        links.clock.pass_time(minutes=30)
    assert (await links.states())["failed"] == 2
    async with links.bench.transaction() as transaction:
        found = await transaction.messages([MessageState.FAILED], 10)
    assert [item.reason for item in found] == ["RuntimeError while it was applied"] * 2
    assert {item.tries for item in found} == {TRIES}


class Failing:
    """A store in which no word can be kept."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with self._bench.transaction() as transaction:
            yield Refusing(transaction)


class Refusing:
    """A transaction in which no word can be kept."""

    def __init__(self, transaction: Any) -> None:
        self._transaction = transaction

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transaction, name)

    async def add_words(self, words: object) -> None:
        message = f"no words: {type(words).__name__}"
        raise RuntimeError(message)
