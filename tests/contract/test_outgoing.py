"""Messages to others wait in their order, are moved on once, and are there once for each control id."""

from dataclasses import replace

import pytest

from collega.adapters.postgres import views
from collega.bootstrap.links import outbox
from collega.bootstrap.reading import trusting
from collega.config import Settings
from collega.errors import FencedError, InputError
from collega.model.app import Stage
from collega.model.outgoing import OutgoingKind, OutgoingMessage, OutgoingState
from collega.model.study import Priority
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench, RealBench

HEADER = records.header()
pytestmark = pytest.mark.shows("R59")


async def queued(
    bench: Bench, *names: str, destination: str = "ris", kind: OutgoingKind = OutgoingKind.PRIORITY
) -> list[OutgoingMessage]:
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
                kind=kind,
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


@pytest.mark.shows("R32")
async def test_the_switch_withdraws_what_waits_and_lets_a_withdrawal_go(real: RealBench) -> None:
    await queued(real, "C1")
    await queued(real, "C2", kind=OutgoingKind.RESULTS)
    found = await queued(real, "C3", kind=OutgoingKind.WITHDRAWAL)
    app = records.manifest()
    async with real.transaction() as transaction:
        await transaction.set_stage(app.id, app.version, Stage.LIVE, "someone", "a test")
        await trusting.stop(transaction, app.id, app, "someone", "a test")
        states = [item.state for item in await transaction.outgoing_of(found[0].study_key)]
        waiting = await views.outgoing_messages(transaction, "waiting", 10)
    assert states == [OutgoingState.WITHDRAWN, OutgoingState.WITHDRAWN, OutgoingState.WAITING]
    assert [row["control_id"] for row in waiting] == ["C3"]
    assert (await real.told(found[0].study_key)).count("message_withdrawn") == 2


async def test_a_refused_message_is_sent_again_unless_a_later_one_has_taken_its_place(real: RealBench) -> None:
    first, second = await queued(real, "C1", "C2", kind=OutgoingKind.RESULTS)
    async with real.transaction() as transaction:
        for item in (first, second):
            await transaction.set_outgoing(item, state=OutgoingState.REFUSED, at=AT, detail="AE: why")
        await outbox.retry_message(transaction, second.key, "someone")
        with pytest.raises(InputError, match="a later message has taken its place"):
            await outbox.retry_message(transaction, first.key, "someone")
        with pytest.raises(InputError, match="only a message that was refused"):
            await outbox.retry_message(transaction, second.key, "someone")
        await outbox.discard_message(transaction, first.key, "someone")
        with pytest.raises(InputError, match="nothing to discard"):
            await outbox.discard_message(transaction, first.key, "someone")
        with pytest.raises(InputError, match="no such message"):
            await outbox.retry_message(transaction, "nothing", "someone")
    assert ("tell", {"destination": "ris"}) in await real.waiting()
    table = {"name": "ris", "kind": "ris", "host": "10.1.2.4", "port": 2576}
    settings = Settings.model_validate({"hl7": {"destinations": [table]}})
    async with real.transaction() as transaction:
        (row,) = await outbox.list_destinations(transaction, settings)
    assert (row["waiting"], row["discarded"], row["failures"]) == (1, 1, 0)
