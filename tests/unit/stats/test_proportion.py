import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.stats.proportion import wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_published_intervals(successes: int, trials: int, low: float, high: float) -> None:
    # Newcombe 1998, table I, method 3; the third is Wilson's upper bound for none of twenty.
    assert wilson(successes, trials) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(0, 400), st.integers(0, 400), st.floats(0.5, 0.999))
def test_the_interval_holds_what_was_seen(first: int, second: int, confidence: float) -> None:
    successes, trials = min(first, second), max(first, second)
    low, high = wilson(successes, trials, confidence)
    assert 0 <= low <= high <= 1
    if trials:
        assert low <= successes / trials <= high


def test_no_trials_say_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("successes", "trials", "confidence"), [(2, 1, 0.95), (-1, 1, 0.95), (0, 1, 1.0)])
def test_numbers_that_make_no_sense_are_refused(successes: int, trials: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="successes"):
        wilson(successes, trials, confidence)
