"""Areas and their variances: published numbers, pair by pair, and what has no variance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.stats.published_data import asah

from collega.stats.roc import Scale, auc, compare_aucs, components, covariance

pytestmark = pytest.mark.shows("R8", "R15", "R63")


def test_the_areas_and_variances_of_three_markers_as_published() -> None:
    poor, scores = asah()
    found = {name: auc(poor, values) for name, values in scores.items()}
    assert [round(one.auc, 6) for one in found.values()] == [0.823679, 0.731369, 0.611958]
    published = [0.00146991470882363, 0.00266868245717244, 0.0031908105493913]
    assert [one.variance for one in found.values()] == pytest.approx(published, rel=1e-13)


def test_paired_differences_of_markers_as_published() -> None:
    poor, scores = asah()
    first = compare_aucs(poor, scores["wfns"], scores["s100b"])
    second = compare_aucs(poor, scores["wfns"], scores["ndka"])
    assert (first.z, first.p) == pytest.approx((2.20898359144091, 0.0271757822291882), rel=1e-12)
    assert (second.z, second.p) == pytest.approx((2.79777591868904, 0.00514557970691098), rel=1e-12)
    assert (first.low, first.high) == pytest.approx((0.0104061769564846, 0.174214419249478), rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 4)), min_size=4, max_size=30))
def test_ranks_give_what_counting_every_pair_gives(cases: list[tuple[bool, int, int]]) -> None:
    truth = np.array([case[0] for case in cases])
    if truth.sum() < 2 or (~truth).sum() < 2:
        return
    scores = [np.array([float(case[which]) for case in cases]) for which in (1, 2)]
    kernels = [np.sign(one[truth][:, None] - one[~truth]) / 2 + 0.5 for one in scores]
    expected = np.cov([kernel.mean(axis=1) for kernel in kernels]) / truth.sum()
    expected = expected + np.cov([kernel.mean(axis=0) for kernel in kernels]) / (~truth).sum()
    parts = [components(truth, one) for one in scores]
    assert [part.auc for part in parts] == pytest.approx([kernel.mean() for kernel in kernels])
    assert np.allclose(covariance(parts), expected)
    assert auc(truth, scores[0]).variance == pytest.approx(expected[0, 0], abs=1e-12)


def test_the_logit_interval_stays_inside_and_is_that_of_the_formula() -> None:
    poor, scores = asah()
    found = auc(poor, scores["wfns"], scale=Scale.LOGIT)
    # log(.82368 / .17632) = 1.54152, spread 1.96 * .038339 / .145232 = .51740; both by hand.
    assert (found.low, found.high) == pytest.approx((0.7357, 0.8868), abs=2e-4)


def test_classes_that_do_not_overlap_get_the_interval_of_pairs_and_are_told() -> None:
    found = auc(np.arange(30) < 10, np.where(np.arange(30) < 10, 2.0, 1.0))
    assert (found.auc, found.variance, found.high) == (1.0, 0.0, 1.0)
    # None of ten pairs the wrong way round: Clopper-Pearson, .025 ** .1.
    assert found.low == pytest.approx(0.025**0.1)
    assert "overlap" in found.limit


def test_equal_scores_and_single_cases_have_no_interval_and_say_why() -> None:
    same = auc(np.arange(30) < 10, np.ones(30))
    assert (same.auc, same.low, same.high) == (0.5, None, None)
    assert "same" in same.limit
    single = auc(np.arange(30) < 1, np.arange(30.0))
    assert (single.variance, single.low) == (None, None)
    assert "fewer than two" in single.limit


def test_versions_that_order_cases_alike_have_no_p_value() -> None:
    poor, scores = asah()
    found = compare_aucs(poor, scores["wfns"], 2 * scores["wfns"] + 1)
    assert (found.difference, found.se, found.z, found.p) == (0.0, 0.0, None, None)


@pytest.mark.parametrize(
    ("truth", "scores", "words"),
    [
        ([True, True], [1.0, 2.0], "diseased and non-diseased"),
        ([False, False], [1.0, 2.0], "diseased and non-diseased"),
        ([True, False], [1.0, float("nan")], "score 1 is not a finite number"),
        ([True, False], [1.0], "shapes"),
    ],
)
def test_what_makes_no_sense_is_refused(truth: list[bool], scores: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        auc(np.array(truth), np.array(scores))
