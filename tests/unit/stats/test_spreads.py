"""Quantiles, ends of distributions and counts against published numbers and against simulation."""

import math
from random import Random

import numpy as np
import pytest

from collega.stats.order_statistics import quantile_interval
from collega.stats.rate import byar
from collega.stats.truncation import lower_end

pytestmark = pytest.mark.shows("R26")
SEEDS = 400


@pytest.mark.parametrize(("n", "low", "high"), [(6, 1, 6), (10, 2, 9), (20, 6, 15), (50, 18, 33), (100, 40, 61)])
def test_the_interval_of_the_median_takes_the_ranks_of_the_tables(n: int, low: int, high: int) -> None:
    # Conover, Practical Nonparametric Statistics, table of the sign test; Campbell and Gardner, BMJ 296 (1988) 1454.
    assert quantile_interval(np.arange(1.0, n + 1), 0.5)[1:] == (low, high)


def test_so_few_values_give_no_limit() -> None:
    assert quantile_interval(np.arange(1.0, 6), 0.5)[1:] == (None, None)
    assert quantile_interval(np.arange(1.0, 30), 0.95)[2] is None


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95])
def test_the_interval_holds_the_quantile_as_often_as_it_says(share: float) -> None:
    truth = -math.log(1 - share)
    held = 0
    for seed in range(SEEDS):
        random = Random(seed)  # noqa: S311 - noise
        values = np.sort([random.expovariate(1) for _ in range(200)])
        _, low, high = quantile_interval(values, share)
        held += (low or 0) <= truth <= (math.inf if high is None else high)
    assert held / SEEDS >= 0.93


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.69), (1, 0.03, 5.57), (10, 4.79, 18.39), (50, 37.1, 65.9)]
)
def test_the_interval_of_a_count_is_that_of_the_tables(count: int, low: float, high: float) -> None:
    # Exact limits: Breslow and Day (1987), table 2.10; Byar's are within a few hundredths.
    assert byar(count) == pytest.approx((low, high), abs=0.12)


def test_two_spacings_give_the_limit_of_robson_and_whitlock() -> None:
    # m = 1 would be y1 - 19 (y2 - y1); three values make m = 2: 2 (0.05 ** -0.5 - 1) times the mean spacing.
    low, smallest = lower_end([1.0, 2.0, 3.0]) or (0.0, 0.0)
    spacing = (2 * 1.0 + 1 * 1.0) / 2
    assert smallest == 1.0
    assert low == pytest.approx(1.0 - 2 * (0.05**-0.5 - 1) * spacing / 3)


def _drawn(kind: str, random: Random) -> float:
    if kind == "exponential":
        return random.expovariate(1 / 30)
    if kind == "uniform":
        return random.uniform(0, 60)
    return random.expovariate(2) if random.random() < 0.7 else random.uniform(60, 900)


@pytest.mark.parametrize("kind", ["exponential", "uniform", "bursts"])
def test_the_end_of_a_distribution_is_held_as_often_as_it_says(kind: str) -> None:
    held = 0
    for seed in range(SEEDS):
        random = Random(seed)  # noqa: S311 - noise
        low, smallest = lower_end([5.0 + _drawn(kind, random) for _ in range(80)]) or (math.nan, math.nan)
        held += low <= 5.0 <= smallest
    assert held / SEEDS >= 0.93


def test_one_impossible_value_is_no_end() -> None:
    random = Random(1)  # noqa: S311 - noise
    values = [5 + random.expovariate(1 / 3) for _ in range(60)]
    _, smallest = lower_end([*values, -3600.0]) or (0.0, 0.0)
    assert smallest == min(values)
    assert lower_end([1.0, 2.0]) is None
