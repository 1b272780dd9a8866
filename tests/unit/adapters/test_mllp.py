"""The port for messages, over real connections, with what peers do wrong on them."""

import asyncio
import contextlib
import statistics
from collections.abc import AsyncIterator, Mapping, Sequence
from zoneinfo import ZoneInfo

import pytest
import structlog

from collega.adapters.mllp.server import MllpRules, MllpServer
from collega.formats.hl7.dialect import Dialects
from collega.link.inbox import Inbox
from collega.model.caller import network
from collega.model.message import Message
from collega.testing.fakes import FakeClock, FakeStore
from collega.testing.hl7_messages import order, verdict
from collega.testing.ports import reserved_ports

pytestmark = pytest.mark.shows("R59")
ONE, TWO = order(id_="1", accession="A"), order(id_="2", accession="B")
BLOCK = b"\x0b" + ONE + b"\x1c\r"
QUICK = MllpRules(message_seconds=0.3, idle_seconds=0.6, most_bytes=1 << 16, most_connections=3)


@contextlib.asynccontextmanager
async def listening(store: FakeStore, rules: MllpRules = QUICK) -> AsyncIterator[int]:
    stop = asyncio.Event()
    inbox = Inbox(store, FakeClock(), ZoneInfo("Europe/Amsterdam"), Dialects())
    with reserved_ports(1) as (port,):
        task = asyncio.create_task(MllpServer(inbox.take, rules).serve("127.0.0.1", port, stop))
        await asyncio.sleep(0.05)
        try:
            yield port
        finally:
            stop.set()
            await task


async def talk(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send parts, and read until the port hangs up or says no more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got = b""
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        async with asyncio.timeout(0.8):
            while more := await reader.read(65536):
                got += more
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return got


async def test_several_messages_in_one_packet_are_answered_in_their_order() -> None:
    store = FakeStore()
    async with listening(store) as port:
        got = await talk(port, BLOCK + b"\r\n\x0b" + TWO + b"\x1c\r")
    answers = [part.strip(b"\x0b\r") for part in got.split(b"\x1c") if part.strip(b"\x0b\r")]
    assert [verdict(answer) for answer in answers] == ["AA", "AA"]
    assert [b"MSA|AA|1" in answers[0], b"MSA|AA|2" in answers[1]] == [True, True]
    assert len(store.memory.messages) == 2


async def test_a_message_may_come_byte_by_byte_and_hold_the_end_byte() -> None:
    store = FakeStore()
    message = ONE.replace(b"Thorax", b"Tho\x1crax")
    async with listening(store) as port:
        got = await talk(port, *(bytes([byte]) for byte in b"\x0b" + message + b"\x1c\r"))
    assert b"MSA|AA|1" in got
    assert [item.encoded for item in store.memory.messages.values()] == [message]


WRONG: Mapping[str, tuple[bytes, str]] = {
    "no start byte": (ONE + b"\x1c\r", "without the start byte"),
    "no end": (b"\x0b" + ONE, "did not come within"),
    "HTTP": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00", "TLS"),
    "DICOM": (b"\x01\x00\x00\x00\x00\xcd" + bytes(64), "DICOM"),
    "anything": (b"hello", "no MLLP block"),
    "too long": (b"\x0b" + bytes(1 << 18), "longer than"),
    "nothing": (b"", "no message for"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_what_is_no_message_ends_in_one_clear_line_and_harms_nobody(what: str) -> None:
    sent, why = WRONG[what]
    store = FakeStore()
    with structlog.testing.capture_logs() as logs:
        async with listening(store) as port:
            got = await talk(port, sent)
            assert b"MSA|AA|1" in await talk(port, BLOCK), "the next sender is served"
    told = [line["why"] for line in logs if line["event"] == "a connection for messages has ended"]
    assert got == b""
    assert any(why in line for line in told), told
    assert len(store.memory.messages) == 1


async def test_a_peer_that_trickles_is_cut_off() -> None:
    with structlog.testing.capture_logs() as logs:
        async with listening(FakeStore()) as port:
            assert await talk(port, b"\x0bMSH", *([b"|"] * 8), pause=0.06) == b""
    assert any("did not come within" in line.get("why", "") for line in logs)


async def test_hanging_up_in_a_message_is_told_and_between_two_is_not() -> None:
    with structlog.testing.capture_logs() as logs:
        async with listening(FakeStore()) as port:
            for sent in (b"\x0bMSH|", BLOCK):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(sent)
                await writer.drain()
                writer.close()
                await asyncio.sleep(0.1)
    assert [line["why"] for line in logs] == ["it hung up in the middle of a message"]


async def test_only_listed_addresses_are_served_and_no_more_than_so_many() -> None:
    rules = MllpRules(networks=(network("10.0.0.0/8"),))
    with structlog.testing.capture_logs() as logs:
        async with listening(FakeStore(), rules) as port:
            assert await talk(port, BLOCK) == b""
        async with listening(FakeStore()) as port:
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(QUICK.most_connections)]
            await asyncio.sleep(0.05)
            assert await talk(port, BLOCK) == b""
            for _, writer in held:
                writer.close()
            await asyncio.sleep(0.05)
            assert b"MSA|AA|1" in await talk(port, BLOCK)
    refused = [line["why"] for line in logs if line["event"] == "a connection for messages is refused"]
    assert [("hl7.peers" in refused[0]), ("hl7.max_connections" in refused[1])] == [True, True]


async def test_nothing_is_answered_that_was_not_kept() -> None:
    class Away(FakeStore):
        async def keep_messages(self, messages: Sequence[Message]) -> Sequence[Message]:
            raise OSError(len(messages), "were not kept")

    with structlog.testing.capture_logs() as logs:
        async with listening(Away()) as port:
            assert await talk(port, BLOCK) == b""
    assert [line["event"] for line in logs] == ["messages were not kept", "a connection for messages has ended"]


async def test_senders_that_were_answered_together_are_kept_together_and_one_alone_waits_for_nobody() -> None:
    together: list[int] = []

    async def take(messages: Sequence[tuple[bytes, str]]) -> Sequence[bytes]:
        together.append(len(messages))
        await asyncio.sleep(0.002)
        return [b"MSA|AA"] * len(messages)

    async def send(port: int, count: int, seconds: float = 0.0) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(count):
            await asyncio.sleep(seconds)
            writer.write(BLOCK)
            await reader.readuntil(b"\x1c\r")
        writer.close()

    stop = asyncio.Event()
    with reserved_ports(1) as (port,):
        serving = asyncio.create_task(MllpServer(take, MllpRules()).serve("127.0.0.1", port, stop))
        await asyncio.sleep(0.05)
        await asyncio.gather(*(send(port, 30, number / 10_000) for number in range(10)))
        assert sum(together) == 300
        assert (
            statistics.mean(together) >= 3
        )  # one by one it would be 1; ten at rest, fewer where others have the cores
        together.clear()
        await asyncio.wait_for(send(port, 5), 20)
        assert together == [1] * 5
        stop.set()
        await serving


async def test_it_stops_with_open_connections_and_answers_what_is_being_kept(caplog: pytest.LogCaptureFixture) -> None:
    keeping, may_keep, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
    inbox = Inbox(FakeStore(), FakeClock(), ZoneInfo("Europe/Amsterdam"), Dialects())

    async def take(messages: Sequence[tuple[bytes, str]]) -> Sequence[bytes]:
        keeping.set()
        await may_keep.wait()
        return await inbox.take(messages)

    with reserved_ports(1) as (port,), structlog.testing.capture_logs() as logs:
        serving = asyncio.create_task(MllpServer(take, QUICK).serve("127.0.0.1", port, stop))
        await asyncio.sleep(0.05)
        idle, writer = await asyncio.open_connection("127.0.0.1", port)
        half, torn = await asyncio.open_connection("127.0.0.1", port)
        torn.write(BLOCK[:40])
        answered = asyncio.create_task(talk(port, BLOCK))
        await keeping.wait()
        stop.set()
        assert [await idle.read(), await half.read()] == [b"", b""]
        may_keep.set()
        await asyncio.wait_for(serving, 20)
        assert b"MSA|AA|1" in await answered
        for line in (writer, torn):
            line.close()
        await asyncio.sleep(0)
    assert logs == []
    assert caplog.records == []
