"""Points of the ROC curve: the area under them is the area, and their intervals are those of a proportion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collega.stats.proportion import wilson
from collega.stats.roc import auc
from collega.stats.roc_curve import roc_points

pytestmark = pytest.mark.shows("R15", "R63")
CASES = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=60).filter(
    lambda cases: len({truth for truth, _ in cases}) == 2
)


@given(cases=CASES)
def test_the_area_under_the_points_is_that_of_all_pairs_ties_counted_half(cases: list[tuple[bool, int]]) -> None:
    truth, scores = np.array([one for one, _ in cases]), np.array([float(score) for _, score in cases])
    points = roc_points(truth, scores)
    area = np.trapezoid([one.sensitivity for one in points], [one.false_positive_fraction for one in points])
    assert area == pytest.approx(auc(truth, scores).auc, abs=1e-12)
    assert (points[0].sensitivity, points[-1].sensitivity, points[-1].false_positive_fraction) == (0, 1, 1)
    for one in points[1:]:
        hits = int((truth & (scores >= one.threshold)).sum())
        assert (one.low, one.high) == wilson(hits, int(truth.sum()))


def test_many_cases_give_few_points_from_end_to_end() -> None:
    rng = np.random.default_rng(5)
    truth = rng.random(20_000) < 0.3
    points = roc_points(truth, rng.normal(size=20_000) + truth, most=50)
    assert len(points) == 51
    assert (points[0].threshold, points[-1].sensitivity) == (None, 1)


@pytest.mark.parametrize(("truth", "scores"), [([1, 1], [1, 2]), ([0, 0], [1, 2]), ([0, 1], [1, float("nan")])])
def test_a_curve_needs_both_classes_and_numbers(truth: list[int], scores: list[float]) -> None:
    with pytest.raises(ValueError, match="a curve needs"):
        roc_points(np.array(truth, dtype=bool), np.array(scores, dtype=float))
