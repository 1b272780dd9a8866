"""Agreement of raters: published numbers, second routes, and what is not defined."""

import numpy as np
import pytest

from collega.stats.icc import Form, icc
from collega.stats.kappa import Weight, cohen, fleiss
from collega.stats.krippendorff import Level, alpha

pytestmark = pytest.mark.shows("R69")
NONE = float("nan")
# J. L. Fleiss 1971, as in the textbooks: fourteen raters, ten units, five categories.
FOURTEEN = np.array(
    [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]
)  # fmt: skip
# K. Krippendorff, Computing Krippendorff's alpha-reliability (2011), part C: four observers, twelve units.
FOUR = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
        [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
    ]
)
# Shrout and Fleiss 1979, table 2: six targets, four judges.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)


def test_cohens_kappa_and_its_standard_error_as_published() -> None:
    found = cohen(np.array([[20, 5], [10, 15]]))
    assert found.se is not None
    assert (round(found.value, 4), round(found.se, 4)) == (0.4, 0.1270)


def test_weights_count_disagreements_by_distance() -> None:
    table = np.array([[11, 3, 1], [1, 9, 4], [0, 2, 10]])
    # By hand: sum of w p, and sum of w times the product of the margins, of 41 cases.
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    for weight, power in ((Weight.LINEAR, 1), (Weight.QUADRATIC, 2)):
        cost = np.array([[(abs(i - j) / 2) ** power for j in range(3)] for i in range(3)])
        expected = 1 - (cost * table).sum() * 41 / (cost * np.outer(rows, columns)).sum()
        assert cohen(table, weight).value == pytest.approx(expected)


def test_the_quadratic_kappa_of_two_raters_is_near_the_intraclass_correlation() -> None:
    # J. L. Fleiss and J. Cohen, Educ. Psychol. Meas. 33 (1973) 613-619: equal up to 1/n.
    rng = np.random.default_rng(5)
    first = rng.integers(0, 5, 4000)
    second = np.clip(first + rng.integers(-1, 2, 4000), 0, 4)
    table = np.zeros((5, 5), dtype=np.int64)
    np.add.at(table, (first, second), 1)
    ratings = np.stack([first, second], axis=1).astype(np.float64)
    assert cohen(table, Weight.QUADRATIC).value == pytest.approx(icc(ratings, Form.TWO_SINGLE).value, abs=1e-3)


def test_the_standard_error_is_that_of_the_bootstrap() -> None:
    rng = np.random.default_rng(7)
    table = np.array([[40, 9, 3], [6, 31, 8], [2, 7, 24]])
    drawn = rng.multinomial(table.sum(), table.ravel() / table.sum(), size=4000).reshape(-1, 3, 3)
    for weight in Weight:
        spread = float(np.std([cohen(one, weight).value for one in drawn]))
        assert cohen(table, weight).se == pytest.approx(spread, rel=0.05)


def test_fleiss_kappa_as_published() -> None:
    found = fleiss(FOURTEEN)
    assert round(found.value, 5) == 0.20993
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high


@pytest.mark.parametrize(
    ("level", "value"),
    [(Level.NOMINAL, 0.7434), (Level.ORDINAL, 0.8154), (Level.INTERVAL, 0.8491), (Level.RATIO, 0.7974)],
)
def test_krippendorffs_alpha_as_published(level: Level, value: float) -> None:
    found = alpha(FOUR, level)
    assert round(found.value, 4) == value
    # One unit has a single rating, and cannot tell.
    assert found.n == 11


@pytest.mark.parametrize(
    ("form", "value", "low", "high"),
    [
        (Form.ONE_SINGLE, 0.166, -0.133, 0.723), (Form.TWO_SINGLE, 0.290, 0.019, 0.761),
        (Form.THREE_SINGLE, 0.715, 0.342, 0.946), (Form.ONE_MEAN, 0.443, -0.884, 0.912),
        (Form.TWO_MEAN, 0.620, 0.071, 0.927), (Form.THREE_MEAN, 0.909, 0.676, 0.986),
    ],
)  # fmt: skip
def test_the_six_intraclass_correlations_of_shrout_and_fleiss(
    form: Form, value: float, low: float, high: float
) -> None:
    found = icc(JUDGES, form)
    assert (round(found.value, 3), round(found.low, 3), round(found.high, 3)) == (value, low, high)


def test_full_agreement_has_no_interval_of_no_width() -> None:
    for found in (
        cohen(np.array([[10, 0], [0, 12]])),
        fleiss(np.array([[3, 0], [0, 3], [3, 0], [0, 3]])),
        alpha(np.array([[1.0, 2, 3], [1, 2, 3]]), Level.INTERVAL),
    ):
        assert (found.value, found.low, found.high) == (1.0, None, None)
        assert "never differ" in found.limit


def test_what_chance_explains_wholly_is_not_defined() -> None:
    with pytest.raises(ValueError, match="one category"):
        cohen(np.array([[10, 0], [0, 0]]))
    with pytest.raises(ValueError, match="one category"):
        fleiss(np.array([[3, 0], [3, 0]]))
    with pytest.raises(ValueError, match="no variation"):
        alpha(np.ones((3, 4)), Level.NOMINAL)
    with pytest.raises(ValueError, match="never differ"):
        icc(np.array([[1.0, 1], [2, 2]]), Form.ONE_SINGLE)


def test_tables_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="square"):
        cohen(np.array([[1, 2, 3], [1, 2, 3]]))
    with pytest.raises(ValueError, match="same number of ratings"):
        fleiss(np.array([[3, 0], [2, 0]]))
    with pytest.raises(ValueError, match="two ratings"):
        alpha(np.array([[1.0, NONE], [NONE, 2.0]]), Level.NOMINAL)
    with pytest.raises(ValueError, match="every rating"):
        icc(np.array([[1.0, NONE], [2, 3]]), Form.TWO_SINGLE)
