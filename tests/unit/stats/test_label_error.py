"""The error of labels and figures freed of it: by hand, by simulation, and where nothing can be said."""

import numpy as np
import pytest

from collega.stats.accuracy import Table
from collega.stats.label_error import CHANCE, LabelError, Side, freed, label_error, sides

pytestmark = pytest.mark.shows("R69", "R74")


def known(sensitivity: float, specificity: float) -> LabelError:
    """Give the error of a label that is all but certain."""
    n, d = 1_000_000, 0.3
    plus, minus = d * sensitivity + (1 - d) * (1 - specificity), d * (1 - sensitivity) + (1 - d) * specificity
    counts = [(True, True, n * d * sensitivity), (True, False, n * (1 - d) * (1 - specificity))]
    counts += [(False, True, n * d * (1 - sensitivity)), (False, False, n * (1 - d) * specificity)]
    read = [(said, found, 1.0) for said, found, count in counts for _ in range(round(count / 100))]
    return label_error(*sides(read, (round(n * plus), round(n * minus))))


def test_weights_bring_a_sample_of_rare_labels_back_to_all_reports() -> None:
    # Of 1,000 reports 40 are labelled; 20 of them are read, each for 2, and 60 of the others, each for 16.
    present = Side(frame=40, weights=(2.0,) * 20, is_present=(True,) * 15 + (False,) * 5)
    absent = Side(frame=960, weights=(16.0,) * 60, is_present=(True,) * 3 + (False,) * 57)
    error = label_error(present, absent)
    with_it = 40 * 15 / 20, 960 * 3 / 60
    assert error.sensitivity.value == pytest.approx(with_it[0] / sum(with_it))
    assert error.specificity.value == pytest.approx(912 / (912 + 10))
    assert error.sensitivity.low is not None
    assert error.sensitivity.high is not None
    assert error.sensitivity.low < 30 / 78 < error.sensitivity.high
    assert error.read == 80


def test_what_the_label_hid_is_given_back() -> None:
    # Prevalence .2, a test of .9 and .8 against a label of .7 and .95, in expectation, of 100,000 studies.
    n, d, se, sp, label_se, label_sp = 100_000, 0.2, 0.9, 0.8, 0.7, 0.95
    tp = d * se * label_se + (1 - d) * (1 - sp) * (1 - label_sp)
    fp = d * se * (1 - label_se) + (1 - d) * (1 - sp) * label_sp
    fn = d * (1 - se) * label_se + (1 - d) * sp * (1 - label_sp)
    counts = [round(n * share) for share in (tp, fp, fn)]
    table = Table(tp=counts[0], fp=counts[1], fn=counts[2], tn=n - sum(counts))
    found = freed(table, known(label_se, label_sp))
    assert table.tp / (table.tp + table.fn) < 0.8, "the raw sensitivity is far too low"
    assert found.sensitivity.value == pytest.approx(se, abs=0.005)
    assert found.specificity.value == pytest.approx(sp, abs=0.005)
    assert found.prevalence.value == pytest.approx(d, abs=0.005)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(7)
    d, se, sp, label_se, label_sp, studies = 0.3, 0.85, 0.9, 0.85, 0.95, 1500
    runs, hits = 200, 0
    for run in range(runs):
        truth = generator.random(studies) < d
        label = np.where(truth, generator.random(studies) < label_se, generator.random(studies) > label_sp)
        test = np.where(truth, generator.random(studies) < se, generator.random(studies) > sp)
        chosen = [
            *generator.permutation(np.flatnonzero(label))[:100],
            *generator.permutation(np.flatnonzero(~label))[:100],
        ]
        frame = int(label.sum()), int((~label).sum())
        read = [(bool(label[i]), bool(truth[i]), frame[0 if label[i] else 1] / 100) for i in chosen]
        counts = [int((test & label).sum()), int((test & ~label).sum()), int((~test & label).sum())]
        table = Table(tp=counts[0], fp=counts[1], fn=counts[2], tn=studies - sum(counts))
        found = freed(table, label_error(*sides(read, frame), seed=run), seed=run).sensitivity
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= se <= found.high
    # Monte Carlo limits of 95 % in 200 runs.
    assert 0.91 <= hits / runs <= 0.995


def test_nothing_is_said_where_nothing_is_known() -> None:
    none = label_error(Side(frame=10), Side(frame=90, weights=(1.0,), is_present=(False,)))
    assert (none.sensitivity.value, none.sensitivity.limit != "") == (None, True)
    table = Table(tp=5, fp=5, fn=5, tn=5)
    assert freed(table, none).sensitivity.value is None
    assert freed(table, known(0.4, 0.5)).sensitivity.limit == CHANCE
    alone = label_error(Side(frame=0), Side(frame=50, weights=(1.0,) * 50, is_present=(False,) * 50))
    assert alone.sensitivity.value is None
    assert alone.specificity.value is None, "that no report has the label does not show that it is never wrong"
