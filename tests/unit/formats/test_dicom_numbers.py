import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydicom.valuerep import is_valid_ds

from collega.formats.dicom_numbers import measurement_text, score_text, threshold_percent
from collega.model.finding import Direction, Score

PERCENTS = st.floats(min_value=0, max_value=100, allow_nan=False, allow_infinity=False)


def _significant_digits(text: str) -> int:
    digits = re.sub(r"[eE].*", "", text).replace("-", "").replace(".", "")
    return len(digits.lstrip("0"))


@pytest.mark.shows("R25")
@given(percent=PERCENTS)
@example(percent=100.0)
@example(percent=99.99999999999999)
@example(percent=1e-300)
@example(percent=5e-324)
def test_score_keeps_at_least_four_significant_digits(percent: float) -> None:
    text = score_text(percent)
    assert is_valid_ds(text)
    assert len(text) <= 16
    if percent > 0:
        assert _significant_digits(text) >= 4
        assert float(text) > 0
        # Below the normal range a double itself holds fewer digits.
        assert percent < 1e-307 or math.isclose(float(text), percent, rel_tol=1e-5)


@pytest.mark.parametrize(
    ("percent", "text"),
    [(50, "50.0000"), (0.001234, "0.00123400"), (100, "100.000"), (0, "0.00000"), (1e-9, "1.00000e-09")],
)
def test_score_is_spelled_so(percent: float, text: str) -> None:
    assert score_text(percent) == text


@given(value=st.floats(-1e300, 1e300))
def test_measurements_fit_a_decimal_string(value: float) -> None:
    text = measurement_text(value)
    assert is_valid_ds(text)
    assert math.isclose(float(text), value, rel_tol=1e-7, abs_tol=1e-300)


@given(value=st.integers(0, 1000), threshold=st.integers(0, 1000), direction=st.sampled_from(Direction))
def test_threshold_lies_on_the_scale_of_the_score(value: int, threshold: int, direction: Direction) -> None:
    score = Score(value=value, low=0, high=1000, direction=direction, calibrated=False)
    above = score.presence_percent >= threshold_percent(score, threshold)
    assert above == (value >= threshold if direction is Direction.HIGHER_IS_PRESENT else value <= threshold)
