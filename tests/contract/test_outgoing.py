"""Messages to others wait in their order, are moved on once, and are there once for each control id."""

from dataclasses import replace

import pytest

from collega.errors import FencedError
from collega.model.outgoing import OutgoingKind, OutgoingMessage, OutgoingState
from collega.model.study import Priority
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench

HEADER = records.header()
pytestmark = pytest.mark.shows("R59")


async def queued(bench: Bench, *names: str, destination: str = "ris") -> list[OutgoingMessage]:
    """Queue messages about one study."""
    async with bench.transaction() as transaction:
        study = await transaction.study_by_uid(HEADER.study_instance_uid)
        study = study or await transaction.add_study(HEADER, records.study(HEADER).key, AT)
        jobs = await transaction.jobs_of(study.key)
        job = jobs[0] if jobs else await transaction.add_job(study, records.manifest(), ["1.2"], "digest", AT)
        for name in names:
            message = OutgoingMessage(
                key="",
                destination=destination,
                kind=OutgoingKind.PRIORITY,
                study_key=study.key,
                job_key=job.key,
                app_id=job.app_id,
                control_id=name,
                encoded=f"MSH {name}\r\u00e9".encode(),
                created_at=AT,
                urgency=Priority.HIGH,
            )
            assert await transaction.add_outgoing(message)
            assert not await transaction.add_outgoing(replace(message, encoded=b"another"))
        return list(await transaction.outgoing_of(study.key))


async def test_messages_are_read_back_in_their_order(bench: Bench) -> None:
    found = await queued(bench, "C1", "C2", "C3")
    assert [item.control_id for item in found] == ["C1", "C2", "C3"]
    assert found[0].encoded == "MSH C1\r\u00e9".encode()
    assert (found[0].state, found[0].attempt, found[0].urgency) == (OutgoingState.WAITING, 0, Priority.HIGH)
    async with bench.transaction() as transaction:
        assert await transaction.outgoing(found[1].key) == found[1]
        assert await transaction.outgoing("nothing") is None


async def test_the_oldest_that_waits_is_next_in_each_queue(bench: Bench) -> None:
    first, second = await queued(bench, "C1", "C2")
    other = (await queued(bench, "D1", destination="pacs"))[-1]
    async with bench.transaction() as transaction:
        assert await transaction.next_outgoing("ris") == first
        assert await transaction.next_outgoing("pacs") == other
        assert await transaction.next_outgoing("nobody") is None
        await transaction.set_outgoing(first, state=OutgoingState.REFUSED, at=AT, detail="AE: why")
        assert await transaction.next_outgoing("ris") == second
        await transaction.set_outgoing(second, state=OutgoingState.ACKNOWLEDGED, at=AT)
        assert set(await transaction.destinations_waited_for()) == {"pacs"}
    async with bench.transaction() as transaction:
        refused, taken, _ = await transaction.outgoing_of(first.study_key)
    assert (refused.state, refused.detail, refused.answered_at) == (OutgoingState.REFUSED, "AE: why", AT)
    assert (taken.state, taken.answered_at) == (OutgoingState.ACKNOWLEDGED, AT)


async def test_a_message_is_moved_on_by_one_alone(bench: Bench) -> None:
    (message,) = await queued(bench, "C1")
    async with bench.transaction() as transaction:
        await transaction.set_outgoing(message, state=message.state, at=AT, begun=True)
    with pytest.raises(FencedError):
        async with bench.transaction() as transaction:
            await transaction.set_outgoing(message, state=OutgoingState.ACKNOWLEDGED, at=AT)
    async with bench.transaction() as transaction:
        begun = await transaction.next_outgoing("ris")
        assert begun is not None
        assert begun.attempt == 1
        await transaction.set_outgoing(begun, state=OutgoingState.ACKNOWLEDGED, at=AT)
