"""Quiet times that are learned: shorter where a scanner never pauses, longer only where it was seen to."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.model.evidence import Scanner
from collega.model.policy import Learning, QuietTimes
from collega.receive.pauses import LATE, Pauses, learned_quiet, scanner_of
from collega.testing import records

RULES = Learning(studies=5, margin=3.0, floor=timedelta(seconds=5))
MINUTE = timedelta(seconds=60)


def seconds(*numbers: float) -> list[timedelta]:
    return [timedelta(seconds=number) for number in numbers]


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        (seconds(), 60),
        (seconds(1, 1, 1, 1), 60),
        (seconds(1, 1, 1, 1, 1), 5),
        (seconds(1, 4, 2, 1, 1), 12),
        (seconds(50, 1, 1, 1, 1, 1), 5),
        (seconds(1, 1, 50, 1, 1), 60),
        (seconds(1, 1, 70, 1, 1), 210),
        (seconds(1, 1, 100, 1, 1), 240),
    ],
)
def test_table(pauses: list[timedelta], expected: float) -> None:
    assert learned_quiet(pauses, MINUTE, RULES) == timedelta(seconds=expected)


def test_films_never_wait_for_the_floor() -> None:
    assert learned_quiet(seconds(0, 0, 0, 0, 0), timedelta(seconds=0.5), RULES) == timedelta(seconds=0.5)


@given(
    pauses=st.lists(st.floats(0, 240).map(lambda number: timedelta(seconds=number)), max_size=12),
    configured=st.floats(0, 120).map(lambda number: timedelta(seconds=number)),
)
def test_bounds(pauses: list[timedelta], configured: timedelta) -> None:
    quiet = learned_quiet(pauses, configured, RULES)
    longest = max(pauses[-RULES.studies :], default=timedelta(0))
    assert quiet >= min(RULES.floor, configured)
    assert quiet <= (configured if longest <= configured else LATE * configured)


def test_the_last_studies_of_each_scanner_count() -> None:
    pauses = Pauses(QuietTimes(projection_s=0.5, volume_s=60, other_s=10), RULES)
    one, other = Scanner(name="CT1", modality="CT"), Scanner(name="CT2", modality="CT")
    for _ in range(5):
        pauses.learn({one: timedelta(seconds=3)})
    assert pauses.quiet(one) == timedelta(seconds=9)
    assert pauses.quiet(other) == MINUTE
    for _ in range(5):
        pauses.learn({one: timedelta(seconds=2)})
    assert pauses.quiet(one) == timedelta(seconds=6)
    assert not pauses.is_pause(one, LATE * MINUTE + timedelta(seconds=1))


def test_a_scanner_is_known_by_its_station_else_by_its_sender() -> None:
    named = records.header(attributes={"modality": "CT", "station": "CT1"})
    nameless = records.header(attributes={"modality": "CT"})
    assert scanner_of(named, "PACS") == Scanner(name="CT1", modality="CT")
    assert scanner_of(nameless, "PACS") == Scanner(name="PACS", modality="CT")
