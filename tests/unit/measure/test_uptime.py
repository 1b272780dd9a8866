from datetime import timedelta

import pytest

from collega.measure.uptime import uptime
from collega.testing.records import AT

HOUR = timedelta(hours=1)


@pytest.mark.shows("R26")
def test_uptime_is_cut_to_the_stretch_that_is_looked_at() -> None:
    (finder, worker) = uptime(
        [
            ("app", "finder", AT + HOUR, AT + 2 * HOUR),
            ("app", "finder", AT - HOUR, AT + HOUR),
            ("app", "finder", AT - 3 * HOUR, AT - 2 * HOUR),
            ("worker", "", AT + 9 * HOUR, None),
        ],
        AT,
        AT + 10 * HOUR,
    )
    assert (finder.outages, finder.seconds_out, worker.outages) == (2, 7200.0, 1)
    assert [finder.uptime, worker.uptime] == pytest.approx([0.8, 0.9])


def test_a_part_that_was_never_out_has_no_row() -> None:
    assert uptime([], AT, AT + HOUR) == []
