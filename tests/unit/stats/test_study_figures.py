"""Partial verification, sample sizes, exact intervals and paired tests against published numbers."""

from math import inf, log, sqrt

import numpy as np
import pytest

from collega.stats.paired import holm, mcnemar, tango
from collega.stats.partial_verification import Verified, begg_greenes
from collega.stats.proportion import clopper_pearson, newcombe
from collega.stats.sample_size import buderer, for_auc, hanley_mcneil, without_a_miss

pytestmark = pytest.mark.shows("R15", "R35", "R68", "R70")


@pytest.mark.parametrize(
    ("counts", "sensitivity", "specificity"),
    [
        ((650, 429, 231, 32, 27, 54), (0.8365, 0.0245), (0.7384, 0.0389)),
        ((900, 67, 26, 11, 7, 44), (0.2917, 0.0802), (0.9730, 0.0076)),
    ],
)
def test_begg_and_greenes_as_published(
    counts: tuple[int, ...], sensitivity: tuple[float, float], specificity: tuple[float, float]
) -> None:
    found = begg_greenes(Verified(**dict(zip(("n", "positive", "tp", "fp", "fn", "tn"), counts, strict=True))))
    for estimate, published in ((found.sensitivity, sensitivity), (found.specificity, specificity)):
        assert estimate.se is not None
        assert (round(estimate.value, 4), round(estimate.se, 4)) == published
        assert estimate.least < estimate.value < estimate.most


def test_with_all_verified_the_correction_changes_nothing() -> None:
    found = begg_greenes(Verified(n=100, positive=40, tp=30, fp=10, fn=5, tn=55))
    for estimate, share, n in ((found.sensitivity, 30 / 35, 35), (found.specificity, 55 / 65, 65)):
        assert (estimate.value, estimate.least, estimate.most) == pytest.approx((share, share, share))
        assert estimate.se == pytest.approx((share * (1 - share) / n) ** 0.5, rel=1e-9)


def test_bounds_are_those_of_every_way_in_which_the_others_can_be() -> None:
    counts = Verified(n=40, positive=15, tp=6, fp=3, fn=2, tn=9)
    found = begg_greenes(counts)
    shares = [(6 + a) / (6 + a + 2 + b) for a in range(7) for b in range(15)]
    specificities = [(9 + 14 - b) / (9 + 14 - b + 3 + 6 - a) for a in range(7) for b in range(15)]
    assert (found.sensitivity.least, found.sensitivity.most) == pytest.approx((min(shares), max(shares)))
    assert (found.specificity.least, found.specificity.most) == pytest.approx((min(specificities), max(specificities)))


def test_no_verified_miss_is_no_certainty() -> None:
    found = begg_greenes(Verified(n=100, positive=40, tp=30, fp=10, fn=0, tn=5))
    assert (found.sensitivity.value, found.sensitivity.low) == (1.0, None)
    assert found.sensitivity.least == pytest.approx(30 / 85)
    assert "variance is not known" in found.sensitivity.limit


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((10, 5, 4, 2, 1, 1), "more cases are verified"),
        ((10, 5, 0, 0, 1, 1), "must be verified"),
        ((10, 5, -1, 2, 1, 1), "not negative"),
        ((10, 5, 0, 2, 0, 1), "no verified case"),
    ],
)
def test_counts_that_make_no_sense_are_refused(counts: tuple[int, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        begg_greenes(Verified(**dict(zip(("n", "positive", "tp", "fp", "fn", "tn"), counts, strict=True))))


def test_sizes_by_buderer_as_published() -> None:
    first, second = buderer(0.9, 0.05, 0.2), buderer(0.85, 0.05, 0.8)
    assert (round(first.of_class, 1), first.total) == (138.3, 692)
    assert (round(second.of_class, 1), second.total) == (195.9, 245)


def test_the_size_for_an_area_is_the_smallest_that_is_enough() -> None:
    size = for_auc(0.85, 0.05, 0.2)

    def half_width(total: int) -> float:
        return 1.959964 * sqrt(hanley_mcneil(0.85, total * 0.2, total * 0.8))

    assert half_width(size.total) <= 0.05 < half_width(size.total - 1)


def test_the_variance_of_an_area_is_that_of_exponential_scores() -> None:
    rng = np.random.default_rng(11)
    diseased, other = rng.exponential(0.85 / 0.15, (4000, 51)), rng.exponential(1, (4000, 58))
    areas = [float((above[:, None] > below).mean()) for above, below in zip(diseased, other, strict=True)]
    assert float(np.std(areas)) == pytest.approx(hanley_mcneil(0.85, 51, 58) ** 0.5, rel=0.04)


def test_cases_without_a_miss_as_published() -> None:
    assert [without_a_miss(rate) for rate in (0.005, 0.01, 0.02)] == [598, 299, 149]


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0, 0.1684),
        (4926, 4935, 0.9965, 0.9992),
        (1692, 4644, 0.3505, 0.3784),
    ],
)
def test_exact_intervals_as_published(successes: int, trials: int, low: float, high: float) -> None:
    found = clopper_pearson(successes, trials)
    assert (round(found[0], 4), round(found[1], 4)) == (low, high)


def test_the_interval_of_a_difference_as_published() -> None:
    # Newcombe 1998, table II, method 10: 56/70 less 48/80.
    found = newcombe((56, 70), (48, 80))
    assert (round(found[0], 4), round(found[1], 4)) == (0.0524, 0.3339)


def test_mcnemar_as_published() -> None:
    found = mcnemar(150, 86)
    assert found.chi2 is not None
    assert found.corrected is not None
    assert (round(found.chi2, 4), round(found.corrected, 3)) == (17.3559, 16.818)
    assert round(found.exact, 7) == 3.72e-5
    assert mcnemar(0, 0).exact == 1.0
    assert mcnemar(0, 0).chi2 is None


@pytest.mark.parametrize(
    ("first_only", "second_only", "n"), [(12, 2, 50), (5, 0, 20), (0, 0, 30), (1, 7, 8), (20, 0, 20)]
)
def test_tangos_interval_holds_the_differences_that_a_likelihood_does_not_reject(
    first_only: int, second_only: int, n: int
) -> None:
    low, high = tango(first_only, second_only, n)

    def rejected(difference: float) -> bool:
        shares = np.linspace(max(0.0, -difference), min(1.0, (1 - difference) / 2), 20001)[:-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = [
                np.where(count > 0, count * np.log(share), 0)
                for count, share in (
                    (first_only, shares + difference),
                    (second_only, shares),
                    (n - first_only - second_only, 1 - 2 * shares - difference),
                )
            ]
        best = shares[int(np.nanargmax(sum(logs)))]
        variance = n * (2 * best + difference - difference**2)
        z = inf if variance <= 0 else float((first_only - second_only - n * difference) / variance**0.5)
        return abs(z) > 1.959964

    seen = (first_only - second_only) / n
    for limit, outside in ((low, -1), (high, 1)):
        if abs(limit) < 1:
            assert rejected(limit + outside * 2e-3)
        assert limit == seen or not rejected(limit + (2e-3 if limit < seen else -2e-3))
    assert tango(second_only, first_only, n) == pytest.approx((-high, -low), abs=1e-9)


def test_tangos_interval_of_published_counts() -> None:
    low, high = tango(12, 2, 50)
    assert (round(low, 4), round(high, 4)) == (0.0611, 0.3447)


def test_p_values_are_adjusted_for_their_number() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@pytest.mark.parametrize(
    "wrong", [lambda: buderer(1.2, 0.05, 0.2), lambda: for_auc(0.4, 0.05, 0.2), lambda: without_a_miss(0)]
)
def test_shares_that_make_no_sense_are_refused(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(ValueError, match="between 0 and 1"):
        wrong()


def test_the_rule_of_three_is_near() -> None:
    assert without_a_miss(0.001) == pytest.approx(-log(0.05) / 0.001, rel=1e-3)
