"""The difficult hour: the PACS is away, and back on its own port."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pynetdicom import AE

from collega.bootstrap.demo.difficult import NEVER, DifficultHour, Span
from collega.testing.pacs import KeepingPacs
from collega.testing.pacs_protocol import VERIFICATION
from collega.testing.ports import LOOPBACK

BEGIN = datetime(2026, 3, 2, 17, tzinfo=UTC)


def answers(port: int) -> bool:
    """Whether an association can be had."""
    entity = AE()
    entity.add_requested_context(VERIFICATION)
    association = entity.associate(LOOPBACK, port)
    established = association.is_established
    if established:
        association.release()
    return bool(established)


@pytest.mark.shows("R31")
def test_the_pacs_really_goes_and_comes_back_on_its_port(tmp_path: Path) -> None:
    with KeepingPacs(tmp_path) as pacs:
        port = pacs.port
        hour = DifficultHour(pacs, (10, 20))
        hour.keep(9.9)
        assert (answers(port), hour.is_now, hour.is_over) == (True, False, False)
        hour.keep(10)
        assert (answers(port), hour.is_now, hour.is_over) == (False, True, False)
        hour.keep(19.9)
        assert hour.is_now
        hour.keep(20)
        assert (answers(port), pacs.port, hour.is_now, hour.is_over) == (True, port, False, True)
        assert hour.span.begin is not None
        span = hour.span
        hour.keep(12)
        assert hour.span == span


def test_a_taken_port_delays_the_return_and_no_more(tmp_path: Path) -> None:
    with KeepingPacs(tmp_path) as pacs:
        hour = DifficultHour(pacs, (0, 1))
        hour.keep(0)
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind((LOOPBACK, pacs.port))
            other.listen()
            hour.keep(1)
            assert hour.is_now
        hour.keep(1.5)
        assert hour.is_over
        assert answers(pacs.port)


def test_without_a_difficult_hour_the_pacs_stays(tmp_path: Path) -> None:
    with KeepingPacs(tmp_path) as pacs:
        hour = DifficultHour(pacs, None)
        hour.keep(1e9)
        assert hour.is_over
        assert hour.span == NEVER
        assert answers(pacs.port)


@pytest.mark.parametrize(
    ("first", "last", "touches"), [(-20, -1, False), (-5, 5, True), (3, 4, True), (9, 30, True), (11, 30, False)]
)
def test_what_it_touches(first: int, last: int, touches: bool) -> None:
    span = Span(begin=BEGIN, end=BEGIN + timedelta(seconds=10))
    moments = [BEGIN + timedelta(seconds=seconds) for seconds in (first, last)]
    assert span.touches(moments[0], moments[1]) is touches
    assert not NEVER.touches(moments[0], moments[1])


def test_while_it_lasts_everything_after_its_begin_is_touched() -> None:
    assert Span(begin=BEGIN).touches(BEGIN + timedelta(hours=1), BEGIN + timedelta(hours=2))
    assert not Span(begin=BEGIN).touches(BEGIN - timedelta(hours=2), BEGIN - timedelta(hours=1))
