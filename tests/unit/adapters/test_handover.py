"""Handing objects to the receiver over its socket: the same bytes, its own answers, and a clear end."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from collega.adapters.handover.client import handed_over
from collega.adapters.handover.framing import MOST_BYTES, NAME
from collega.adapters.handover.server import CLASS_NOT_SUPPORTED, SYNTAX_NOT_SUPPORTED, HandoverServer
from collega.errors import TransientError
from collega.model.transfer import Answer, Transfer

CLASS, SYNTAX = "1.2.3", "1.2.840.10008.1.2.1"


@dataclass
class Incoming:
    """Keeps what comes."""

    taker: "Taker"
    content: bytearray = field(default_factory=bytearray)

    def write(self, *fragments: memoryview) -> None:
        for fragment in fragments:
            self.content += fragment

    def end(self) -> Answer:
        self.taker.kept.append(bytes(self.content))
        return Answer(status=0, study_instance_uid="1.9")

    def close(self) -> None:
        self.taker.closed += 1


@dataclass
class Taker:
    """A receiver that keeps what it is given."""

    kept: list[bytes] = field(default_factory=list)
    ends: list[tuple[str, bool]] = field(default_factory=list)
    closed: int = 0
    has_ended: threading.Event = field(default_factory=threading.Event)

    def begin(self, transfer: Transfer) -> Incoming:
        assert transfer.source == "SENDER"
        return Incoming(self)

    def ended(self, association: str, *, released: bool = True) -> None:
        self.ends.append((association, released))
        self.has_ended.set()


@pytest.fixture
def taker() -> Taker:
    return Taker()


@pytest.fixture
def data(tmp_path: Path, taker: Taker) -> Iterator[Path]:
    folder = tmp_path / ("a folder whose name is longer than the path of a socket may be" * 3)
    folder.mkdir()
    (folder / NAME).touch()  # as a killed receiver leaves it
    server = HandoverServer(taker, folder, classes={CLASS}, syntaxes={SYNTAX})
    server.start()
    yield folder
    server.stop()
    assert not (folder / NAME).exists()


def transfer(**values: str) -> Transfer:
    given = {"sop_class_uid": CLASS, "sop_instance_uid": "1.5", "transfer_syntax_uid": SYNTAX}
    return Transfer(**{**given, "source": "SENDER", "association": "one", **values})


async def ended(taker: Taker) -> list[tuple[str, bool]]:
    assert await asyncio.to_thread(taker.has_ended.wait, 10)
    return taker.ends


async def test_objects_come_over_byte_for_byte_and_are_answered_one_by_one(data: Path, taker: Taker) -> None:
    contents = [b"x" * (MOST_BYTES + 7), b"", bytes(range(256)) * 100]
    async with handed_over(data) as line:
        for content in contents:
            await line.begin(transfer())
            for start in range(0, len(content), 1_000_000):
                await line.write(memoryview(content)[start : start + 1_000_000])
            assert await line.end() == Answer(status=0, study_instance_uid="1.9")
        await line.release()
    assert await ended(taker) == [("one", True)]
    assert taker.kept == contents
    assert taker.closed == len(contents)


async def test_what_the_dicom_port_would_not_take_is_refused_before_it_comes(data: Path, taker: Taker) -> None:
    async with handed_over(data) as line:
        for values, status in (
            ({"sop_class_uid": "9.9"}, CLASS_NOT_SUPPORTED),
            ({"transfer_syntax_uid": "9.9"}, SYNTAX_NOT_SUPPORTED),
        ):
            await line.begin(transfer(**values))
            await line.write(b"content")
            assert (await line.end()).status == status
    assert taker.kept == []


async def test_a_line_that_breaks_leaves_no_object_and_is_no_end_in_good_order(data: Path, taker: Taker) -> None:
    async with handed_over(data) as line:
        await line.begin(transfer())
        await line.write(b"half of it")
        await line.drop()
        await line.begin(transfer())
        await line.write(b"half of another")
    assert await ended(taker) == [("one", False)]
    assert (taker.kept, taker.closed) == ([], 2)


async def test_without_a_receiver_the_sender_is_told_to_come_again(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="send them again"):
        async with handed_over(tmp_path):
            pass
