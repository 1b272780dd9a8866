"""Figures of surveys against published counts and against second routes."""

import numpy as np
import pytest
from scipy import stats

from collega.stats.contingency import change_z, chi_squared, ratio
from collega.stats.raking import effective, rake
from collega.stats.ranks import mann_whitney
from collega.stats.reliability import cronbach

pytestmark = pytest.mark.shows("R82", "R83")


def test_a_trend_as_published() -> None:
    found = change_z((138, 675), (274, 572))
    assert found
    assert found[0] == pytest.approx(10.27, abs=0.005)
    assert found[0] ** 2 == pytest.approx(105.5, abs=0.05)
    table = chi_squared([[138, 675 - 138], [274, 572 - 274]])
    assert table
    assert table.value == pytest.approx(found[0] ** 2)
    assert change_z((0, 5), (0, 5)) is None
    assert change_z((0, 0), (1, 5)) is None


def test_a_ratio_as_published() -> None:
    """Agresti, Categorical Data Analysis: aspirin and infarction, relative risk 1.82, 1.43 to 2.30."""
    found = ratio((189, 11034), (104, 11037))
    assert (found.value, found.low, found.high) == pytest.approx((1.82, 1.43, 2.31), abs=0.005)
    assert ratio((0, 10), (1, 10)).value is None


def test_tables_and_ranks_as_another_program_has_them() -> None:
    table = [[12, 30, 8], [25, 10, 15]]
    other = stats.chi2_contingency(table, correction=False)
    found = chi_squared(table)
    assert found
    assert (found.value, found.df, found.p) == pytest.approx((other.statistic, other.dof, other.pvalue))
    assert found.smallest == pytest.approx(other.expected_freq.min())
    first, second = [1, 2, 2, 3, 4, 5, 5], [2, 3, 3, 4, 5, 5, 5, 5, 5]
    same = stats.mannwhitneyu(first, second, use_continuity=False, method="asymptotic")
    ranks = mann_whitney(first, second)
    assert (ranks.u, ranks.p) == pytest.approx((same.statistic, same.pvalue))
    assert ranks.superiority == pytest.approx(same.statistic / (len(first) * len(second)))
    assert mann_whitney([3, 3], [3, 3]).p is None


def test_alpha_by_the_mean_covariance_too() -> None:
    rng = np.random.default_rng(7)
    answers = np.round(rng.normal(size=(60, 1)) + rng.normal(size=(60, 4)) + 3)
    found = cronbach(answers)
    assert found
    covariance = np.cov(answers.T)
    k = 4
    between = (covariance.sum() - np.trace(covariance)) / (k * (k - 1))
    within = np.trace(covariance) / k
    assert found.value == pytest.approx(k * between / (within + (k - 1) * between))
    assert found.low < found.value < found.high
    assert cronbach(np.ones((10, 3))) is None


def test_raking_meets_every_margin_and_keeps_odds_ratios() -> None:
    cells = {("s", "m"): 40, ("s", "w"): 20, ("t", "m"): 10, ("t", "w"): 30}
    people = [{"level": level, "sex": sex} for (level, sex), count in cells.items() for _ in range(count)]
    weights = rake(people, {"level": {"s": 0.5, "t": 0.5}, "sex": {"m": 0.4, "w": 0.6}})
    assert sum(weights) == pytest.approx(100)
    sums = dict.fromkeys(cells, 0.0)
    for one, weight in zip(people, weights, strict=True):
        sums[one["level"], one["sex"]] += weight
    assert sums["s", "m"] + sums["s", "w"] == pytest.approx(50)
    assert sums["s", "m"] + sums["t", "m"] == pytest.approx(40)
    odds = sums["s", "m"] * sums["t", "w"] / sums["s", "w"] / sums["t", "m"]
    assert odds == pytest.approx(40 * 30 / 20 / 10)
    assert effective(weights) < 100
    assert effective([2.0] * 7) == pytest.approx(7)
    with pytest.raises(ValueError, match="add to 1"):
        rake(people, {"level": {"s": 0.5, "t": 0.6}})
    with pytest.raises(ValueError, match="people are of"):
        rake(people, {"level": {"s": 1.0}})
