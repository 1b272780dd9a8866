"""Draws follow their distributions, and what they come to is told as it is."""

import numpy as np
import pytest
from tests.unit.value.cases import ADOPTION, FULL, case_of

from collega.value.draws import draw
from collega.value.flows import flows
from collega.value.uncertainty import known, probability, spread, tornado

N = 20_000


def test_each_distribution_keeps_its_mean_and_its_interval() -> None:
    case = case_of(FULL, adoption=ADOPTION)
    found = draw(case, N)
    pert = (0.1 + 4 * 0.15 + 0.2) / 6
    for key, mean, tolerance in (
        ("population.volume_per_year", 4000, 10),
        ("population.share_night", 0.3, 0.001),
        ("population.prevalence", 0.11, 0.001),
        ("roles.radiologist.money_per_hour", 140, 0.6),
        ("calls.per_night_study_after", pert, 0.001),
    ):
        assert np.mean(found[key]) == pytest.approx(mean, abs=tolerance), key
    assert np.percentile(found["population.volume_per_year"], [2.5, 97.5]) == pytest.approx([3500, 4500], rel=0.01)
    assert np.min(found["calls.per_night_study_after"]) >= 0.1
    assert found["population.growth_per_year"] == 0.03


def test_sensitivity_and_specificity_move_together_and_keep_their_own_distributions() -> None:
    case = case_of(FULL, adoption=ADOPTION)
    alone = draw(case_of(FULL | {"accuracy": {**FULL["accuracy"], "correlation": "0.0"}}), N)
    found = draw(case, N)
    pair = [np.asarray(found[f"accuracy.{figure}_app"]) for figure in ("sensitivity", "specificity")]
    ranks = [np.argsort(np.argsort(column)) for column in pair]
    # A correlation r of normal scores is one of 6/pi asin(r/2) of ranks.
    assert np.corrcoef(np.array(ranks)).ravel()[1] == pytest.approx(6 / np.pi * np.arcsin(-0.2), abs=0.02)
    for column, other in zip(pair, (alone["accuracy.sensitivity_app"], alone["accuracy.specificity_app"]), strict=True):
        assert np.sort(column) == pytest.approx(np.sort(other))


def test_the_same_seed_gives_the_same_answer_and_another_another() -> None:
    case = case_of(FULL, adoption=ADOPTION)
    assert spread(case, 500, 7) == spread(case, 500, 7)
    assert spread(case, 500, 7).npv_mean != spread(case, 500, 8).npv_mean
    assert probability(case, 500, 7) == spread(case, 500, 7).p_npv_positive


def test_a_column_of_draws_is_reckoned_as_each_draw_alone() -> None:
    case = case_of(FULL, adoption=ADOPTION)
    columns = draw(case, 20)
    whole = flows(case, columns).value(case.perspective)
    for number in (0, 7, 19):
        one = {key: float(value[number]) if isinstance(value, np.ndarray) else value for key, value in columns.items()}
        assert float(flows(case, one).value(case.perspective)[0]) == pytest.approx(whole[number])


def test_knowing_more_is_worth_no_more_than_knowing_all() -> None:
    case = case_of(FULL, adoption=ADOPTION)
    found = spread(case, 5000)
    assert all(0 <= value <= found.evpi * 1.02 + 1 for value in found.evppi.values())
    stream = np.random.default_rng(1)
    cause, noise = stream.standard_normal(N), stream.standard_normal(N)
    # E max(0, x) of a standard normal is 1 / sqrt(2 pi); a pure noise tells nothing.
    assert known(cause, cause + noise) == pytest.approx(1 / np.sqrt(2 * np.pi), abs=0.02)
    assert known(noise, cause) < 0.02


def test_the_fan_ends_at_the_percentiles_of_the_value() -> None:
    found = spread(case_of(FULL, adoption=ADOPTION), 1000)
    for percent, row in found.fan.items():
        assert len(row) == 6
        assert row[-1] == pytest.approx(found.npv_percentiles[percent], abs=1700 + 0.05 * abs(row[-1]))
    assert [value for value, _ in found.acceptability][:2] == [0, 10000]


def test_the_tornado_has_the_widest_first_and_no_sure_number() -> None:
    bars = tornado(case_of(FULL, adoption=ADOPTION))
    assert [bar.swing for bar in bars] == sorted((bar.swing for bar in bars), reverse=True)
    assert "population.growth_per_year" not in {bar.key for bar in bars}
    assert "population.volume_per_year" in {bar.key for bar in bars}
