"""When a result is to be expected: from what the app has needed, else from what it may need at most."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.read.expected import FEWEST, expected_at, seconds_to_answer

durations = st.lists(st.floats(0, 1e6), min_size=FEWEST, max_size=60)


@given(durations)
def test_nine_of_ten_were_there_by_then(finished: list[float]) -> None:
    seconds = seconds_to_answer(finished, 60.0)
    in_time = sum(one <= seconds for one in finished)
    assert in_time >= 0.9 * len(finished)
    assert sum(one < seconds for one in finished) < 0.9 * len(finished)


@pytest.mark.shows("R26")
def test_an_example() -> None:
    assert seconds_to_answer([1, 2, 3, 4, 5, 6, 7, 8, 9, 100], 60.0) == 9


@pytest.mark.parametrize("finished", [[], [1.0] * (FEWEST - 1)])
def test_before_there_is_experience_the_time_limit_counts(finished: list[float]) -> None:
    assert seconds_to_answer(finished, 45.0) == 45.0


def test_the_moment() -> None:
    queued = datetime(2026, 11, 24, 23, 59, 30, tzinfo=UTC)
    assert expected_at(queued, [], 45.0) == queued + timedelta(seconds=45)
