"""Who reads what: by the board's own order, one reader a study, somebody at every hour."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.bootstrap.demo.day import HOURS
from collega.bootstrap.demo.rota import (
    LONGEST_WAIT_FOR_AI_S,
    READING,
    READING_ELSE,
    ROTA,
    Reader,
    Waiting,
    choose,
    reading_time,
    waiting,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RADIOLOGIST = ROTA[0]
PHYSICIAN = next(reader for reader in ROTA if not reader.signs)
MINUTE_S = 0.01


def study(uid: str, **changes: object) -> Waiting:
    values: dict[str, object] = {
        "uid": uid,
        "accession": uid,
        "modality": "CR",
        "since": NOW - timedelta(seconds=60),
        "answered": True,
        "opened": False,
        "signed": False,
    }
    return Waiting(**(values | changes))  # type: ignore[arg-type]  # the fields of Waiting, some changed


def chosen(reader: Reader, board: list[Waiting], taken: frozenset[str] = frozenset()) -> str | None:
    found = choose(reader, board, taken, NOW, NOW, MINUTE_S)
    return found.uid if found else None


@pytest.mark.shows("R65")
def test_the_first_of_the_boards_own_order_is_read_first() -> None:
    assert chosen(RADIOLOGIST, [study("b"), study("a")]) == "b"
    assert chosen(RADIOLOGIST, [study("b"), study("a")], frozenset("b")) == "a"
    assert chosen(RADIOLOGIST, [study("b", signed=True), study("a", opened=True)]) == "a"
    assert chosen(RADIOLOGIST, []) is None


@pytest.mark.shows("R22")
def test_the_emergency_physician_looks_at_head_cts_that_nobody_has_opened() -> None:
    board = [study("film"), study("seen", modality="CT", opened=True), study("new", modality="CT")]
    assert chosen(PHYSICIAN, board) == "new"
    assert not PHYSICIAN.signs


@pytest.mark.shows("R26")
def test_nobody_waits_for_a_result_for_ever() -> None:
    for waited, expected in ((0.5, None), (LONGEST_WAIT_FOR_AI_S + 0.5, "slow")):
        board = [study("slow", answered=False, since=NOW - timedelta(seconds=waited))]
        assert chosen(RADIOLOGIST, board) == expected


def test_a_reader_needs_a_moment_to_turn_to_a_study() -> None:
    assert chosen(RADIOLOGIST, [study("new", since=NOW)]) is None


@given(st.integers(0, HOURS - 1))
def test_at_every_hour_somebody_may_sign(hour: int) -> None:
    on_duty = [reader for reader in ROTA if reader.on_duty(NOW.replace(hour=hour))]
    assert any(reader.signs for reader in on_duty)
    assert all(reader.name.startswith("Simulated ") for reader in on_duty)


@given(st.text(min_size=1), st.sampled_from(["CT", "CR"]))
def test_a_reading_takes_as_long_each_time(uid: str, modality: str) -> None:
    one = study(uid, modality=modality)
    seconds = reading_time(RADIOLOGIST, one, 1.0).total_seconds()
    low, high = READING.get(modality, READING_ELSE)
    assert low <= seconds <= high
    assert seconds == reading_time(RADIOLOGIST, one, 1.0).total_seconds()


def test_a_row_of_the_board_is_understood() -> None:
    row = {
        "study_instance_uid": "1.2",
        "accession_number": "A1",
        "modality": "CT",
        "received_at": "2026-03-02T12:00:00Z",
        "state": "routed",
        "apps": [{"app": "one", "outcome": "failed"}, {"app": "two", "outcome": None}],
        "opened_at": "2026-03-02T12:00:01Z",
        "signed_at": None,
    }
    read = waiting(row)
    assert (read.uid, read.modality, read.since) == ("1.2", "CT", NOW)
    assert (read.answered, read.opened, read.signed) == (False, True, False)
