"""Receivers of messages answer each one, and say when they cannot: the fake, and MLLP to a simulated RIS."""

import time
from collections.abc import Iterator

import pytest

from collega.adapters.mllp.client import MllpAddress, MllpSender
from collega.errors import PeerError
from collega.formats.hl7.answer import read_answer
from collega.ports.peers import MessageSink
from collega.testing.fake_ris import FakeMessageSink
from collega.testing.ports import LOOPBACK, reserved_ports
from collega.testing.ris import Reply, SimulatedRis

pytestmark = pytest.mark.shows("R59")
MESSAGE = "MSH|^~\\&|COLLEGA||||20261128113000+0100||ORU^R01^ORU_R01|{id}|P|2.5.1||||||UNICODE UTF-8\rPID|1||é\r"


class Rig:
    """A sink, and how to put its receiver in trouble."""

    def __init__(self, sink: MessageSink, ris: SimulatedRis | None) -> None:
        self.sink = sink
        self._ris = ris

    def hang_up(self) -> None:
        if self._ris is not None:
            self._ris.reply = lambda _: Reply.HANGS_UP
        else:
            assert isinstance(self.sink, FakeMessageSink)
            self.sink.replies = [lambda _: None]

    def came(self) -> list[bytes]:
        if self._ris is not None:
            return [item.encoded for item in self._ris.heard]
        assert isinstance(self.sink, FakeMessageSink)
        return [encoded for _, encoded in self.sink.came]


@pytest.fixture(params=["fake", "real"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    if request.param == "fake":
        fake = FakeMessageSink()
        fake.away = {"away"}
        yield Rig(fake, None)
        return
    with SimulatedRis() as ris, reserved_ports(1) as (nobody,):
        ports = {"ris": ris.port, "away": nobody}
        addresses = {name: MllpAddress(host=LOOPBACK, port=port, timeout_s=5.0) for name, port in ports.items()}
        yield Rig(MllpSender(addresses), ris)


def message(number: int) -> bytes:
    return MESSAGE.format(id=f"C{number}").encode()


async def test_messages_are_answered_one_after_the_other(rig: Rig) -> None:
    async with rig.sink.connected("ris") as exchange:
        for number in range(3):
            assert read_answer(await exchange(message(number)), f"C{number}").taken
    assert rig.came() == [message(number) for number in range(3)]


async def test_nobody_there_is_said(rig: Rig) -> None:
    with pytest.raises(PeerError):
        async with rig.sink.connected("away"):
            pytest.fail("nobody is there")


async def test_hanging_up_without_an_answer_is_said(rig: Rig) -> None:
    rig.hang_up()
    with pytest.raises(PeerError):
        async with rig.sink.connected("ris") as exchange:
            await exchange(message(1))
    assert rig.came() == [message(1)]


async def test_an_answer_is_not_waited_for_without_end() -> None:
    with SimulatedRis(reply=lambda _: Reply.SILENCE) as ris:
        sink = MllpSender({"ris": MllpAddress(host=LOOPBACK, port=ris.port, timeout_s=0.2)})
        began = time.monotonic()
        with pytest.raises(PeerError, match=r"no answer within 0\.2 s"):
            async with sink.connected("ris") as exchange:
                await exchange(message(1))
        assert time.monotonic() - began < 20
