"""How far a comparison is: percent, rate and time left, as lines that a log can hold."""

import pytest

from collega.cli.compare_progress import Lines, Pace
from collega.model.comparison import HowFar

pytestmark = pytest.mark.shows("R15")


def lines(*seen: tuple[float, int, bool], total: int = 100) -> list[str]:
    written: list[str] = []
    told = Lines("night", Pace(), written.append)
    for at, done, waits in seen:
        told.tell(HowFar(done=done, total=total, waits=waits), at)
    return written


def test_a_line_at_each_tenth_and_no_more() -> None:
    written = lines(*((float(second), 2 * second, False) for second in range(51)))
    assert len(written) == 11
    assert written[0] == "night: 0 of 100 runs (0 %)"
    assert written[1] == "night: 10 of 100 runs (10 %), 2.0 per second, 0:00:45 left"
    assert written[-1] == "night: 100 of 100 runs (100 %)"


def test_a_line_each_half_minute_where_it_is_slow() -> None:
    written = lines(*((10.0 * look, look // 12, False) for look in range(61)), total=1000)
    assert len(written) == 21
    assert written[-1] == "night: 5 of 1000 runs (0 %), 0.5 per minute, 1 day, 9:10:00 left"


def test_what_was_done_before_is_no_part_of_the_rate() -> None:
    written = lines((0.0, 50, False), (10.0, 60, False))
    assert written[-1] == "night: 60 of 100 runs (60 %), 1.0 per second, 0:00:40 left"


def test_it_says_that_it_waits_and_that_it_goes_on() -> None:
    written = lines((0.0, 1, False), (1.0, 2, True), (2.0, 2, True), (3.0, 2, False))
    assert written[1:] == [
        "night: 2 of 100 runs (2 %), waits for the studies of the line",
        "night: 2 of 100 runs (2 %), 20.0 per minute, 0:04:54 left",
    ]


def test_the_rate_is_that_of_the_last_minute() -> None:
    written = lines(
        *((float(at), at, False) for at in range(101)),
        *((100.0 + at, 100 + 5 * at, False) for at in range(81)),
        total=500,
    )
    assert "5.0 per second" in written[-2]
