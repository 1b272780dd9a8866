"""Messages are kept by one statement: what is answered after it is committed."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from collega.model.message import Message, MessageState
from tests.contract.conftest import Bench, RealBench

pytestmark = pytest.mark.shows("R59")
AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
REFUSE_COMMIT = """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
    CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON hl7_message DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse()"""


def message(encoded: bytes, *, sent_at: datetime | None = None, sender: str = "RIS", reason: str = "") -> Message:
    return Message(
        key="",
        received_at=AT,
        source="192.0.2.1",
        sender=sender,
        control_id="1",
        kind="ORM^O01",
        sent_at=sent_at,
        digest=hashlib.sha256(encoded).digest(),
        encoded=encoded,
        state=MessageState.UNUSABLE if reason else MessageState.WAITING,
        reason=reason,
    )


async def test_messages_are_committed_when_they_are_said_to_be_kept(bench: Bench) -> None:
    odd = message(b"\x00\\{}\",' NULL\xff", sender='a "b" {c},\\ NULL é', reason='no {"}')
    kept = await bench.keep_messages([message(b"one"), odd, message(b"one"), message(b"two", sent_at=AT)])
    again = await bench.keep_messages([message(b"one")])
    async with bench.transaction() as transaction:
        found = [await transaction.message(item.key) for item in kept]
    assert [(item.encoded, item.sender, item.reason, item.sent_at) for item in found if item] == [
        (item.encoded, item.sender, item.reason, item.sent_at) for item in kept
    ]
    assert kept[0].key == kept[2].key == again[0].key
    assert kept[1].encoded == odd.encoded


@pytest.fixture
def refusing(database: str) -> Iterator[None]:
    """Let the server take rows of messages, and refuse to commit them."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(REFUSE_COMMIT)
        yield
        connection.execute("DROP FUNCTION refuse CASCADE")


@pytest.mark.usefixtures("refusing")
async def test_messages_whose_commit_fails_are_not_said_to_be_kept(real: RealBench) -> None:
    for number in range(8):  # after five times it is a prepared statement
        with pytest.raises(psycopg.errors.RaiseException):
            await real.keep_messages([message(b"%d" % number)])
    async with real.transaction() as transaction:
        assert await transaction.messages_waiting(10, AT) == []
