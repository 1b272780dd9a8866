"""When an app's result is to be expected."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

FEWEST = 5
SHARE = 0.9


def seconds_to_answer(finished: Sequence[float], limit_s: float) -> float:
    """Seconds from queued to done within which nine of ten results came.

    Parameters
    ----------
    finished : sequence of float
        Seconds that the last finished jobs of this app version took.
    limit_s : float
        Time limit of the manifest, in seconds: the estimate while too few have finished.
    """
    if len(finished) < FEWEST:
        return limit_s
    return sorted(finished)[math.ceil(SHARE * len(finished)) - 1]


def expected_at(queued_at: datetime, finished: Sequence[float], limit_s: float) -> datetime:
    """Moment by which the result is to be expected."""
    return queued_at + timedelta(seconds=seconds_to_answer(finished, limit_s))
