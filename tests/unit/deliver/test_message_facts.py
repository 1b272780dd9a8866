"""Messages that stand still are seen, and told once, in words that say what to do."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collega.deliver.message_facts import USUAL, message_facts
from collega.deliver.notice_words import ON_MESSAGES, TROUBLE, on_board
from collega.deliver.watch import look, send_due
from collega.formats.hl7.dialect import Dialects
from collega.link.inbox import Inbox
from collega.model.app import Stage
from collega.model.outage import Cause, DestinationSigns, MessageSigns, NoticeKind, Part, SenderSigns
from collega.model.policy import NoticePolicy
from collega.testing import records
from collega.testing.fakes import FakeClock, FakeNotifier, FakeStore
from collega.testing.hl7_messages import order
from collega.testing.records import AT

pytestmark = pytest.mark.shows("R26", "R59")
MINUTE = timedelta(minutes=1)
RULES = NoticePolicy(
    after=5 * MINUTE, steady=MINUTE, failed_jobs=3, channels=("mail",), sender_silent=timedelta(minutes=15)
)
Facts = Mapping[tuple[Part, str], Cause | None]


def facts(rules: NoticePolicy = RULES, *, worker: bool = True, links: bool = True, **values: object) -> Facts:
    known: dict[str, object] = {"errors_since": None, "senders": [], "destinations": [], "links": links}
    signs = MessageSigns(**known | values)  # type: ignore[arg-type]
    found = message_facts(signs, AT, rules, worker=worker)
    return {(fact.subject.part, fact.subject.name): fact.cause for fact in found}


def sender(minutes: float, usual: int = USUAL) -> SenderSigns:
    return SenderSigns(name="RIS", last_at=AT - minutes * MINUTE, usual=usual)


@pytest.mark.parametrize(
    ("known", "cause"),
    [
        (sender(20), Cause.SILENT),
        (sender(14), None),
        (sender(20, usual=USUAL - 1), None),
        (sender(24 * 60, usual=0), None),
    ],
    ids=["unusual", "short", "usual", "always so"],
)
def test_a_sender_is_out_when_its_silence_is_long_and_unusual(known: SenderSigns, cause: Cause | None) -> None:
    assert facts(senders=[known])[Part.SENDER, "RIS"] is cause


@pytest.mark.parametrize(
    ("fails", "refused", "cause"),
    [(True, None, Cause.UNREACHABLE), (True, AT, Cause.UNREACHABLE), (False, AT, Cause.FAILING), (False, None, None)],
)
def test_a_destination_is_out_when_it_does_not_answer_or_has_refused(
    fails: bool,
    refused: datetime | None,
    cause: Cause | None,
) -> None:
    known = DestinationSigns(name="ris", fails=fails, refused_since=refused)
    assert facts(destinations=[known])[Part.DESTINATION, "ris"] is cause
    assert (Part.DESTINATION, "ris") not in facts(destinations=[known], worker=False), "one cause, one notice"


def test_where_nobody_takes_messages_nothing_else_is_said_of_them() -> None:
    assert facts(links=False, errors_since=AT, senders=[sender(60)]) == {(Part.LINKS, ""): Cause.SILENT}


def test_a_site_that_takes_no_messages_any_more_misses_none() -> None:
    told = facts(replace(RULES, takes_messages=False), links=False, senders=[sender(60)])
    assert set(told.values()) == {None}, "what was out is over"


@pytest.mark.parametrize(("part", "cause"), [place for place in TROUBLE if place[0] in ON_MESSAGES])
def test_the_board_says_what_is_out_and_where_to_look(part: Part, cause: Cause) -> None:
    words = on_board(part, cause, "RIS {0} ZKH", "02:14")
    assert words is not None
    for text in (words.en, words.nl):
        assert "02:14" in text
        assert ("RIS {0} ZKH" in text) is (part in {Part.SENDER, Part.DESTINATION})
    assert on_board(Part.APP, Cause.WAITING, "finder", "02:14") is None


async def test_a_message_that_cannot_be_used_is_told_once_and_so_is_its_end() -> None:
    store, clock, mail = FakeStore(Stage.LIVE), FakeClock(), FakeNotifier()
    policy = records.policy(notices=RULES)
    inbox = Inbox(store, clock, ZoneInfo("Europe/Amsterdam"), Dialects())
    await inbox.take([(order(id_="1", accession="A", control="??"), "ris")])
    for _ in range(30):
        clock.pass_time(minutes=1)
        await asyncio.gather(*(look(store, clock, policy, {}) for _ in range(2)))
        await send_due(store, clock, mail)
    (notice,) = mail.sent
    assert "could not be used" in notice.body.en
    assert "kijk in het RIS" in notice.body.nl
    assert "AI unavailable" not in notice.body.en, "studies are analysed as ever"
    clock.pass_time(minutes=24 * 60)
    for _ in range(3):
        clock.pass_time(minutes=1)
        await look(store, clock, policy, {})
        await send_due(store, clock, mail)
    assert [item.kind for item in mail.sent] == [NoticeKind.UNAVAILABLE, NoticeKind.AVAILABLE]
