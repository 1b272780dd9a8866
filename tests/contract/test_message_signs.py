"""How messages go, as the watch over availability sees it: on both stores alike."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collega.deliver.tell import link_name
from collega.model.message import Message, MessageState
from collega.model.outage import DestinationSigns, MessageSigns
from collega.model.outgoing import OutgoingState
from tests.contract.conftest import Bench
from tests.contract.test_outgoing import queued

pytestmark = pytest.mark.shows("R26", "R59")
ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)  # clocks went back eight days ago
MINUTE, HOUR, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(weeks=1)


def message(at: datetime, sender: str = "RIS", state: MessageState = MessageState.APPLIED) -> Message:
    name = f"{at.isoformat()} {sender} {state}"
    return Message(
        key="",
        received_at=at,
        source="x",
        sender=sender,
        control_id="1",
        kind="ORM^O01",
        sent_at=None,
        digest=name.encode(),
        encoded=name.encode(),
        state=state,
    )


async def signs(bench: Bench, at: datetime = NOW, *, silent: timedelta | None = MINUTE) -> MessageSigns:
    async with bench.transaction() as transaction:
        return await transaction.message_signs(["ris", "pacs"], ZONE, at, silent=silent)


async def keep(bench: Bench, *messages: Message) -> None:
    async with bench.transaction() as transaction:
        await transaction.add_messages(messages)


async def test_usual_is_the_fewest_of_the_same_span_of_four_weeks(bench: Bench) -> None:
    local = NOW.astimezone(ZONE).replace(tzinfo=None)
    ends = [(local - week * WEEK).replace(tzinfo=ZONE).astimezone(UTC) for week in range(1, 5)]
    for end, count in zip(ends, (12, 4, 15, 11), strict=True):
        await keep(bench, *(message(end - (number + 1) * MINUTE) for number in range(count)))
    await keep(bench, message(NOW - HOUR), message(NOW - HOUR, sender="EHR"))
    found = {item.name: (item.last_at, item.usual) for item in (await signs(bench)).senders}
    assert found == {"RIS": (NOW - HOUR, 4), "EHR": (NOW - HOUR, 0)}
    # A silence that goes on for weeks is still held against the weeks before it began.
    later = {item.name: item.usual for item in (await signs(bench, NOW + 3 * WEEK)).senders}
    assert later["RIS"] == 4
    assert (await signs(bench, NOW + 6 * WEEK)).senders == []
    assert (await signs(bench, silent=None)).senders == []


async def test_at_most_ten_are_counted(bench: Bench) -> None:
    for week in range(1, 5):
        await keep(bench, *(message(NOW - week * WEEK - number * MINUTE - HOUR) for number in range(30)))
    await keep(bench, message(NOW - 5 * HOUR))
    (sender,) = (await signs(bench)).senders
    assert sender.usual == 10


async def test_only_what_came_in_the_last_day_and_was_of_no_use_is_an_error(bench: Bench) -> None:
    assert await signs(bench) == MessageSigns(
        links=True,
        errors_since=None,
        senders=[],
        destinations=[DestinationSigns(name=name, fails=False, refused_since=None) for name in ("ris", "pacs")],
    )
    states = (MessageState.APPLIED, MessageState.REFUSED, MessageState.WAITING)
    await keep(bench, *(message(NOW - HOUR, state=state) for state in states))
    await keep(bench, message(NOW - 25 * HOUR, state=MessageState.FAILED))
    assert (await signs(bench)).errors_since is None
    await keep(bench, message(NOW - 2 * HOUR, state=MessageState.FAILED))
    await keep(bench, message(NOW - 3 * HOUR, state=MessageState.UNUSABLE))
    assert (await signs(bench)).errors_since == NOW - 3 * HOUR


async def test_a_destination_fails_while_something_waits_for_it(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        await transaction.set_link(link_name("ris"), 3, NOW)
    assert not (await signs(bench)).destinations[0].fails, "nothing waits"
    await queued(bench, "C1", destination="ris")
    await queued(bench, "C2", destination="pacs")
    async with bench.transaction() as transaction:
        kept = await transaction.next_outgoing("pacs")
        assert kept is not None
        await transaction.set_outgoing(kept, state=OutgoingState.REFUSED, at=NOW - HOUR)
    ris, pacs = (await signs(bench)).destinations
    assert (ris.fails, ris.refused_since, pacs.fails, pacs.refused_since) == (True, None, False, NOW - HOUR)
